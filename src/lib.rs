//! Sixteen steps, each with a responsible party and a required publication, and no way to skip one.

extern crate self as sanzi;

pub mod calendar;
pub mod case;
pub mod disclosure;
pub mod dongsha;
pub mod flow;
pub mod policy;
pub mod register;
pub mod value;

/// What the macros need, under paths that no user's imports can shadow.
#[doc(hidden)]
pub mod __private {
    pub use serde;
}
