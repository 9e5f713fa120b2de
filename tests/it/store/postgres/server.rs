//! A server of the tests' own, started once for each test binary, and a fresh database for each test.
//!
//! The script that runs the server stops it when its input ends, and that is when this process ends, however it does.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

use sanzi::dongsha::Dongsha;
use sanzi::flow::{Flow, Graph, StepId};
use sanzi::store::PostgresStore;
use sanzi::store::postgres::postgres::{Client, NoTls};
use sanzi::store::postgres::{Moves, Order, Settings, create_ledger, install};

use super::super::org;

/// A running server.
pub struct Server {
    folder: tempfile::TempDir,
    bin: PathBuf,
    running: Child,
}

impl Server {
    /// Starts one, with more lines for its configuration.
    pub fn start(configuration: &[&str]) -> Server {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postgres/start.sh");
        let folder = tempfile::Builder::new().prefix("sanzi-pg").tempdir().unwrap();
        let mut running = Command::new(&script)
            .arg(folder.path())
            .args(configuration)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} cannot be run: {error}", script.display()));
        let mut ready = String::new();
        BufReader::new(running.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let words: Vec<&str> = ready.split_whitespace().collect();
        let ["ready", _, bin] = words[..] else {
            drop(running.stdin.take());
            let output = running.wait_with_output().unwrap();
            panic!("PostgreSQL could not be started:\n{}", String::from_utf8_lossy(&output.stderr));
        };
        let bin = PathBuf::from(bin);
        Server { folder, bin, running }
    }

    /// How a user connects to one of its databases.
    pub fn dsn(&self, user: &str, database: &str) -> String {
        format!("host={} user={user} dbname={database}", self.folder.path().display())
    }

    pub fn superuser(&self, database: &str) -> Client {
        Client::connect(&self.dsn("postgres", database), NoTls).unwrap()
    }

    /// A command of the server's own tools, such as `pg_ctl`, as the user who runs the server.
    pub fn tool(&self, name: &str, arguments: &[&str]) -> std::process::Output {
        use std::os::unix::fs::MetadataExt;
        let owner = std::fs::metadata(self.data()).unwrap();
        let mut command = match std::fs::metadata("/proc/self").unwrap().uid() {
            0 => {
                let mut command = Command::new("setpriv");
                command.args([&format!("--reuid={}", owner.uid()), &format!("--regid={}", owner.gid()), "--clear-groups"]);
                command.arg(self.bin.join(name));
                command
            }
            _ => Command::new(self.bin.join(name)),
        };
        command.args(arguments).stdin(Stdio::null()).current_dir(self.folder.path()).output().unwrap()
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join(".s.PGSQL.5432")
    }

    /// Stops one that was leaked on purpose.
    pub fn stop(&self) {
        let output = self.tool("pg_ctl", &["-D", self.data().to_str().unwrap(), "-m", "immediate", "-w", "stop"]);
        assert!(output.status.success(), "{output:?}");
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Stops it at once, as a crash would, and starts it again.
    pub fn crash_and_restart(&self) {
        let (data, log) = (self.data(), self.folder.path().join("server.log"));
        let (data, log) = (data.to_str().unwrap(), log.to_str().unwrap());
        // The output goes to a file: a server that inherits a pipe keeps it open.
        let output = self.tool("pg_ctl", &["-D", data, "-l", log, "-w", "-t", "60", "-m", "immediate", "restart"]);
        assert!(output.status.success(), "{output:?}");
    }

    /// Makes roles that log in, and a template of a database with everything installed.
    pub fn prepared(self) -> Server {
        self.superuser("postgres").batch_execute("CREATE DATABASE ledger_template").unwrap();
        install_in(&self.dsn("postgres", "ledger_template"));
        self.superuser("postgres")
            .batch_execute(
                "CREATE ROLE app LOGIN IN ROLE sanzi_app; CREATE ROLE reader LOGIN IN ROLE sanzi_reader; CREATE ROLE stranger LOGIN",
            )
            .unwrap();
        self
    }

    /// A fresh database with a ledger.
    pub fn place(&'static self, order: Order) -> Place {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        /// A template can be copied once at a time.
        static COPYING: Mutex<()> = Mutex::new(());
        let database = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let copying = COPYING.lock().unwrap();
        self.superuser("postgres").batch_execute(&format!("CREATE DATABASE {database} TEMPLATE ledger_template")).unwrap();
        drop(copying);
        create_ledger(&self.dsn("postgres", &database), org(), order).unwrap();
        Place { server: self, database }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.running.stdin.take());
        let _ = self.running.wait();
    }
}

/// Installs with the moves of the sixteen steps.
pub fn install_in(dsn: &str) {
    let edges = Graph::of::<Dongsha>().edges();
    let moves: Vec<(&str, Option<&str>)> = edges.iter().map(|(from, _, to)| (*from, Some(*to).filter(|to| *to != "End"))).collect();
    let first = sanzi::dongsha::Step::ALL[0].id();
    install(dsn, &[Moves { procedure: Dongsha::digest().unwrap(), first, moves: &moves }]).unwrap();
}

/// The server that tests share. Statics are not dropped: it ends with this process's end of the pipe.
pub fn shared() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&[]).prepared())
}

/// A database of its own, dropped at the end.
pub struct Place {
    pub server: &'static Server,
    pub database: String,
}

impl Place {
    pub fn dsn(&self, user: &str) -> String {
        self.server.dsn(user, &self.database)
    }

    pub fn store(&self) -> PostgresStore {
        PostgresStore::open(&self.dsn("app"), org()).unwrap()
    }

    pub fn with(&self, settings: Settings) -> PostgresStore {
        PostgresStore::with(&self.dsn("app"), org(), settings).unwrap()
    }

    pub fn client(&self, user: &str) -> Client {
        Client::connect(&self.dsn(user), NoTls).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.database);
        if let Ok(mut client) = Client::connect(&self.server.dsn("postgres", "postgres"), NoTls) {
            let _ = client.batch_execute(&drop);
        }
    }
}
