//! Real servers for the tests, each on a port of its own.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::Router;
use sanzi::publish::Retries;

/// So many tries, with next to no pause.
pub fn patience(attempts: u32) -> Retries {
    Retries { attempts, pause: Duration::from_millis(1), deadline: Duration::from_secs(5) }
}

/// A server in a thread that ends with the test.
pub fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), router).await.unwrap() });
    });
    address
}
