//! A second, naive reading of DOMAIN.md: what is lawful, said again without the crate's rows, guards or calendar.

pub mod days;
pub mod table;

use sanzi::case::EvidenceSet;
use sanzi::dongsha::Evidence;

/// The number on the paper of the step that a record belongs to.
pub fn number(evidence: &Evidence) -> usize {
    EvidenceSet::step(evidence) as usize + 1
}
