//! The server of the integration tests, for this binary.

#[path = "../it/store/postgres/server.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
pub mod server;
