//! Find every skipped step, in any log: what happened, judged again by an outsider with a file.
//!
//! An audit never touches a store or an engine, and it never fails on bad history: what is wrong is a [`Finding`], what
//! cannot be read is counted and shown, and what a log does not say is *cannot be judged*, neither a pass nor a breach.
//!
//! # How it is built
//!
//! ```text
//! bytes ── reader ──► batches by case ──► judge ──► Part ──┐
//!                                       ► judge ──► Part ──┴► across the cases ──► Report
//! ```
//!
//! 1. A **reader** cuts the file into lines or rows, and sends each to the judge that its case belongs to. There are more
//!    judges than threads, and whoever is free works for one that has something waiting, the reader too; a judge sees its
//!    cases in the order of the file. Memory holds open cases and a short form of each ended one, never the file.
//! 2. **Our own ledger** ([`Audit::ledger`]): the hash of each record and the chain of each case are checked, and every
//!    entry is asked again: [`decide`](crate::case::decide) on the state before it, with the command that asked for it, its
//!    own clock and the auditor's register, calendar and policies. Each reason for which it would have been refused is a
//!    finding. What is decided today must also be the entry that was recorded. Behind a broken entry the case goes on as if
//!    it had been lawful (`Case::suffer`), so one breach is one finding and not a trail of them. A case whose first record
//!    is lost has no rules of its own: it is named, its chain is checked, its entries count as not judged.
//! 3. **Another platform's log** (`Audit::log`, feature `audit`): a [`Mapping`] says which columns hold the case, the step,
//!    the person and so on, and which names mean which step. Its rows lack most of what our records have, so they are
//!    judged by a lighter reading of the same table, policies and calendar, each rule on its own: kept, broken, or not to be
//!    judged for want of a field.
//! 4. **Across the cases** each ended case leaves a short form of itself: asset, winner, bids, accounts. Patterns in them are
//!    suspicions, each with its evidence and the chance that it is innocent under a stated model.
//!
//! The rules of the audit ([`Rule`]) are few and stable; the guard's own code stands beside them ([`Finding::code`]).
//! Findings come in the order case, place, rule, whatever the number of threads.

mod across;
mod auditor;
mod chance;
mod deals;
mod desk;
mod finding;
mod ledger;
mod lines;
mod names;
mod part;
mod periods;
mod report;
mod rule;
mod turnout;
mod write;

#[cfg(feature = "audit")]
mod log;
#[cfg(feature = "audit")]
mod page;

pub use auditor::{Audit, Progress};
pub use finding::{Finding, Severity};
#[cfg(feature = "audit")]
pub use log::{Field, Format, Log, Mapping, MappingError, Suggestion};
pub use report::{Missing, Proof, Report, Standing, Timeline, Unreadable};
pub use rule::Rule;
