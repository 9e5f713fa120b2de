//! What an ended case leaves behind, for patterns across cases.

use std::sync::Arc;

use chrono::NaiveDate;
use foldhash::HashSet;

use crate::value::Money;

/// A transaction in short: what patterns across cases are looked for in. What the log does not say is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deal {
    /// The case, as the log names it.
    pub case: Arc<str>,
    /// The line of its first record.
    pub line: u64,
    /// The asset.
    pub asset: Option<Arc<str>>,
    /// The day it was opened.
    pub opened: Option<NaiveDate>,
    /// The day its plan was made: what splitting is measured at.
    pub planned: Option<NaiveDate>,
    /// Of its last record, and its place in the file.
    pub last: Option<(NaiveDate, u64)>,
    /// Whether it is over.
    pub ended: bool,
    /// Whether it was ended by a decision: then it is no deal.
    pub terminated: bool,
    /// What the whole deal is worth at the floor.
    pub worth: Option<Money>,
    /// The smallest amount from which it must be traded publicly, by its own policy.
    pub threshold: Option<Money>,
    /// The policy's window for splitting, in days.
    pub window: Option<u32>,
    /// Whether it was negotiated with one party.
    pub negotiated: Option<bool>,
    /// Everyone who registered.
    pub bidders: Vec<Bidder>,
    /// All bids, in the order they were made.
    pub bids: Vec<Bid>,
    /// Who won.
    pub winner: Option<Arc<str>>,
}

/// One who registered.
#[derive(Clone, Debug, PartialEq)]
pub struct Bidder {
    /// Who, as the log names them.
    pub who: Arc<str>,
    /// The account that the deposit came from. Private: never written into a report.
    pub account: Option<Arc<str>>,
    /// Qualified or not.
    pub qualified: Option<bool>,
}

/// One bid.
#[derive(Clone, Debug, PartialEq)]
pub struct Bid {
    /// Whose.
    pub who: Arc<str>,
    /// The price.
    pub price: Money,
}

/// Names are kept once, whoever has them: a log names the same few people again and again.
#[derive(Default)]
pub(super) struct Names(HashSet<Arc<str>>);

impl Names {
    pub(super) fn keep(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return known.clone();
        }
        let kept: Arc<str> = name.into();
        self.0.insert(kept.clone());
        kept
    }
}
