//! One transaction: a command is decided, what is decided becomes events, events make the state.
//!
//! [`decide`] is pure and [`Case::evolve`] cannot fail; neither touches a store, a clock or a file, so a platform can check
//! a case that it stores itself. [`Transaction`] is the same decision as types: it only removes calls that can never
//! succeed.

mod clock;
mod code;
mod decide;
mod duty;
mod event;
mod guard;
mod notices;
mod office;
mod period;
mod plan;
mod procedure;
mod replay;
mod rising;
mod state;
mod typed;
mod verdict;

pub use code::{Code, ReasonCode};
pub use decide::decide;
pub(crate) use decide::decide_again;
pub use duty::{Duty, DutyKind};
pub use event::{Command, Correction, Entry, Event, Next, Opening, Subject, TakenBack, Termination};
pub use office::{Acting, Nearby, Office};
pub use plan::Planned;
pub use procedure::{EvidenceSet, Procedure, Scene, StepRecord};
pub use replay::ReplayError;
pub use rising::Asked;
pub use state::{Case, CaseStatus, Done, Place, Stage};
pub use typed::{AtStep, Concluded, Found, Held, Landing, Moving, Pending, Performed, Public, Transaction, TypedStep};
pub use verdict::{Faults, Party, Problem, Reason, Refusal, Verdict};
