//! Sixteen steps, each with a responsible party and a required publication, and no way to skip one.

pub mod ledger;
pub mod store;
pub mod value;
