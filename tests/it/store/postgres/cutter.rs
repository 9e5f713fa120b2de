//! Replies that are lost on the way.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Place;
use super::server::Server;

/// Stands between the store and the server; when told to, keeps the server's replies and hangs up.
pub struct Cutter {
    folder: tempfile::TempDir,
    cut: Arc<AtomicBool>,
}

impl Cutter {
    pub fn before(server: &Server) -> Cutter {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let cut = Arc::new(AtomicBool::new(false));
        let (behind, flag) = (server.socket(), Arc::clone(&cut));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), UnixStream::connect(&behind).unwrap());
                let (mut up, mut down) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let (mut from_client, mut from_server) = (client, server);
                std::thread::spawn(move || std::io::copy(&mut from_client, &mut up));
                let flag = Arc::clone(&flag);
                std::thread::spawn(move || {
                    let mut buffer = [0; 8_192];
                    while let Ok(count @ 1..) = from_server.read(&mut buffer) {
                        if flag.swap(false, Ordering::AcqRel) {
                            let _ = down.shutdown(std::net::Shutdown::Both);
                            return;
                        }
                        let _ = down.write_all(&buffer[..count]);
                    }
                });
            }
        });
        Cutter { folder, cut }
    }

    /// How the application connects through it.
    pub fn dsn(&self, place: &Place) -> String {
        format!("host={} user=app dbname={}", self.folder.path().display(), place.database)
    }

    pub fn cut_next(&self) {
        self.cut.store(true, Ordering::Release);
    }

    /// Whether the next reply is still to be cut off.
    pub fn waits(&self) -> bool {
        self.cut.load(Ordering::Acquire)
    }
}
