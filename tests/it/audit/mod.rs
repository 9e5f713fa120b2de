//! The audit: what it finds, and what it does not invent.

mod at_a_glance;
mod ledger;
mod log;
mod planted;
mod variants;
mod xes;
