//! A row, as a judge keeps it; and the rows of a case.

use std::ops::Deref;

use super::super::names::Name;
use super::moment::Moment;
use super::variant::{Place, row};
use super::words::Act;
use crate::calendar::DayNumber;
use crate::disclosure::Channels;
use crate::dongsha::{Dongsha, Role, Step};
use crate::flow::{Flow, StepId};
use crate::policy::Body;
use crate::value::Money;

/// What a row says, read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) at: Option<Moment>,
    pub(super) person: Option<Name>,
    pub(super) facts: Span,
    pub(super) step: Step,
    pub(super) act: Act,
    pub(super) role: Option<Role>,
    pub(super) channels: Channels,
}

/// Where a row stands in the file, and when it says that it was entered. That is seldom asked for, and so kept apart: where
/// millions of rows are judged, fetching them takes the time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entered {
    pub(super) line: u64,
    pub(super) at: Option<Moment>,
}

/// A row, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Seen<'r> {
    row: &'r Row,
    entered: &'r Entered,
}

impl Deref for Seen<'_> {
    type Target = Row;

    fn deref(&self) -> &Row {
        self.row
    }
}

impl Seen<'_> {
    pub(super) const fn line(self) -> u64 {
        self.entered.line
    }

    pub(super) const fn entered(self) -> Option<Moment> {
        self.entered.at
    }
}

/// What the order of a case and its notices hang on, apart from who, when and how much.
pub(super) type Kind = u16;

impl Row {
    /// Whether the row names the party that the step belongs to.
    pub(super) fn is_by_party(&self) -> bool {
        self.role == Some(Dongsha::row(self.step).by)
    }

    pub(super) fn kind(&self) -> Kind {
        let step = u16::try_from(self.step.index()).unwrap_or(0);
        let bits = [u16::from(self.at.is_some()), u16::from(self.role.is_some()), u16::from(self.is_by_party())];
        let named = bits.into_iter().fold(u16::from(self.channels.bits()), |all, bit| all << 1 | bit);
        step << 11 | (self.act as u16) << 7 | named
    }
}

/// What is known of a case without a look at its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Gist {
    /// Of its first row; from 1.
    pub(super) line: u64,
    pub(super) asset: Option<Name>,
    pub(super) first: Option<Moment>,
    pub(super) last: Option<Moment>,
    /// A row says when it was entered, and one was not entered on the day it tells of.
    pub(super) is_dated: bool,
    pub(super) is_dated_otherwise: bool,
}

impl Gist {
    pub(super) fn add(&mut self, row: &Row, entered: Entered, facts: Facts<'_>) {
        if self.line == 0 {
            self.line = entered.line;
        }
        self.asset = self.asset.or_else(|| facts.asset());
        if let (Some(at), Some(entered)) = (row.at, entered.at) {
            self.is_dated = true;
            self.is_dated_otherwise |= entered.is_not_just_after(at);
        }
        if let Some(at) = row.at {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = self.last.max(Some(at));
        }
    }
}

/// The rows of one case.
#[derive(Clone, Copy)]
pub(super) struct CaseRows<'c> {
    pub(super) name: Option<Name>,
    pub(super) rows: &'c [Row],
    pub(super) entered: &'c [Entered],
    /// The kind of each row.
    pub(super) kinds: &'c [Kind],
    /// What its rows say beside who, what and when.
    pub(super) facts: &'c [Fact],
    pub(super) gist: &'c Gist,
}

impl<'c> CaseRows<'c> {
    pub(super) fn row(&self, place: Place) -> Option<Seen<'c>> {
        let place = usize::from(place);
        self.rows.get(place).zip(self.entered.get(place)).map(|(row, entered)| Seen { row, entered })
    }

    /// When the row at a place tells of.
    pub(super) fn at(&self, place: Place) -> Option<Moment> {
        row(self.rows, place)?.at
    }

    pub(super) fn person(&self, place: Place) -> Option<Name> {
        row(self.rows, place)?.person
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Seen<'c>> + use<'c> {
        self.rows.iter().zip(self.entered).map(|(row, entered)| Seen { row, entered })
    }

    /// What a row says beside who, what and when.
    pub(super) fn said(&self, row: &Row) -> Facts<'c> {
        row.facts.of(self.facts)
    }
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

impl Fact {
    /// The name that it says, if it is one.
    pub(super) const fn name(&mut self) -> Option<&mut Name> {
        match self {
            Fact::Asset(name) | Fact::Notice(name) | Fact::Plan(name) => Some(name),
            Fact::Bidder(name) | Fact::Account(name) | Fact::Winner(name) => Some(name),
            _ => None,
        }
    }
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
    ValidUntil valid_until: DayNumber,
    CalledOn called_on: DayNumber,
    SignedOn signed_on: DayNumber,
    Negotiated negotiated: bool,
    Qualified qualified: bool,
    BelowVoted below_voted: bool,
    Body body: Body,
}
