//! A procedure as data: rows, outcomes, the graph they make, and the proof that no path avoids a step.
//!
//! Write a table with [`flow!`](crate::flow!); everything else in this crate reads it. [`check`] proves a table sound:
//! one start, every step reachable and able to end, returns only go back, and **each step dominates the end**.

mod graph;
mod macros;
mod mistakes;
mod row;

pub use graph::{Flaw, Graph, check};
pub use row::{Apart, Flow, Outcome, Phase, Publication, RoleId, Row, StepId, Target, UnknownName, digest};

pub(crate) use row::names;
#[doc(hidden)]
pub use row::numbered;
