//! What only a server can suffer: attacks with SQL, frozen and killed processes, restarts, and other clients.

mod attacks;
mod cutter;
mod deadlines;
mod full;
mod install;
mod killed;
mod server;
mod several;
mod sql;
mod stale;
mod tamper;

use sanzi::store::postgres::Order;

pub use server::Place;

/// A fresh database whose ledger takes any body.
pub fn fresh() -> Place {
    server::shared().place(Order::Free)
}
