//! A row: cells on their way to a judge, and what a judge keeps of them.

use std::sync::Arc;

use chrono::NaiveDate;

use super::super::crew::Handed;
use super::super::names::Name;
use super::field::Field;
use super::moment::Moment;
use super::names::Act;
use crate::disclosure::Channels;
use crate::dongsha::{Role, Step};
use crate::policy::Body;
use crate::value::Money;

/// Cells in one run of memory: what each holds, and where it ends.
#[derive(Default)]
pub(super) struct Cells {
    text: String,
    ends: Vec<(Field, u32)>,
}

impl Cells {
    pub(super) fn push(&mut self, field: Field, text: &str) {
        self.text.push_str(text);
        self.ends.push((field, u32::try_from(self.text.len()).unwrap_or(u32::MAX)));
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Field, &str)> + Clone {
        let mut start = 0;
        self.ends.iter().map(move |(field, end)| {
            let end = usize::try_from(*end).unwrap_or(usize::MAX);
            let text = self.text.get(start..end).unwrap_or_default();
            start = end;
            (*field, text)
        })
    }
}

/// Rows in one run of memory: the line of each, and how many cells there are at its end.
pub(super) struct Rows {
    cells: Cells,
    rows: Vec<(u64, usize)>,
}

impl Handed for Rows {
    fn with_room(bytes: usize) -> Rows {
        Rows { cells: Cells { text: String::with_capacity(bytes), ends: Vec::new() }, rows: Vec::new() }
    }

    fn bytes(&self) -> usize {
        // A row without cells is one all the same.
        self.cells.text.len().saturating_add(self.rows.len())
    }
}

impl Rows {
    pub(super) fn add<'c>(&mut self, line: u64, cells: impl Iterator<Item = (Field, &'c str)>) {
        cells.for_each(|(field, text)| self.cells.push(field, text));
        self.rows.push((line, self.cells.len()));
    }

    /// Calls with the line and the cells of each row.
    pub(super) fn each(&self, mut each: impl FnMut(u64, &[(Field, &str)])) {
        let mut cells = self.cells.iter();
        let mut before = 0;
        let mut row: Vec<(Field, &str)> = Vec::with_capacity(Field::ALL.len());
        for (line, end) in &self.rows {
            row.clear();
            row.extend(cells.by_ref().take(end.saturating_sub(before)));
            before = *end;
            each(*line, &row);
        }
    }
}

/// What a row says, read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) at: Option<Moment>,
    pub(super) recorded: Option<Moment>,
    pub(super) person: Option<Name>,
    pub(super) facts: Span,
    pub(super) step: Step,
    pub(super) act: Act,
    pub(super) role: Option<Role>,
    pub(super) channels: Channels,
}

/// The rows of one case.
#[derive(Clone, Copy)]
pub(super) struct CaseRows<'c> {
    pub(super) name: &'c Arc<str>,
    pub(super) rows: &'c [Row],
    /// What its rows say beside who, what and when.
    pub(super) facts: &'c [Fact],
}

/// Where the facts of a row stand among those of its case.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    from: u32,
    len: u16,
}

impl Span {
    pub(super) fn between(from: usize, to: usize) -> Span {
        let len = to.saturating_sub(from);
        Span { from: u32::try_from(from).unwrap_or(u32::MAX), len: u16::try_from(len).unwrap_or(u16::MAX) }
    }

    pub(super) fn of(self, facts: &[Fact]) -> Facts<'_> {
        let from = usize::try_from(self.from).unwrap_or(usize::MAX);
        Facts(facts.get(from..).and_then(|facts| facts.get(..self.len.into())).unwrap_or_default())
    }
}

macro_rules! facts {
    ($($name:ident $find:ident: $of:ty,)+) => {
        /// What few rows say.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub(super) enum Fact {
            $($name($of)),+
        }

        impl Facts<'_> {
            pub(super) const fn is_empty(self) -> bool {
                self.0.is_empty()
            }

            $(
                pub(super) fn $find(self) -> Option<$of> {
                    self.0.iter().rev().find_map(|fact| if let Fact::$name(found) = fact { Some(*found) } else { None })
                }
            )+
        }
    };
}

/// The facts of one row; of two that say the same thing the last counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts<'f>(pub(super) &'f [Fact]);

facts! {
    Asset asset: Name,
    Notice notice: Name,
    Plan plan: Name,
    Bidder bidder: Name,
    Account account: Name,
    Winner winner: Name,
    Valuation valuation: Money,
    Floor floor: Money,
    Price price: Money,
    Term term: u32,
    Eligible eligible: u32,
    Present present: u32,
    InFavour in_favour: u32,
    ValidUntil valid_until: NaiveDate,
    CalledOn called_on: NaiveDate,
    SignedOn signed_on: NaiveDate,
    Negotiated negotiated: bool,
    Qualified qualified: bool,
    BelowVoted below_voted: bool,
    Body body: Body,
}
