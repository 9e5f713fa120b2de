//! Sixteen steps, each with a responsible party and a required publication, and no way to skip one.

pub mod value;

pub mod calendar;
pub mod disclosure;
pub mod flow;
pub mod policy;
pub mod register;

pub mod case;
pub mod dongsha;

pub mod ledger;
pub mod store;

mod engine;
mod error;
pub mod export;

pub use engine::{Acted, Draft, Engine, Prepared};
pub use error::{Error, ErrorKind};

/// What the macros need, under paths that no user's imports can shadow.
#[doc(hidden)]
pub mod __private {
    pub use serde;
}
