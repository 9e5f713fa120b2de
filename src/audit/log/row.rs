//! A row, as a judge keeps it; and the rows of a case.

use std::ops::Deref;

use super::super::deals::{Bid, Bidder};
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

/// What a row says, read, but for who did it when: [`Columns`](super::columns::Columns).
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) facts: Span,
    pub(super) step: Step,
    pub(super) act: Act,
    pub(super) role: Option<Role>,
    pub(super) channels: Channels,
    /// Whether it says when.
    pub(super) is_timed: bool,
}

/// Where a row stands in the file, and when it says that it was entered: seldom asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entered {
    pub(super) line: u64,
    pub(super) at: Option<Moment>,
}

/// A row as it is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadRow {
    pub(super) row: Row,
    pub(super) at: Option<Moment>,
    pub(super) person: Option<Name>,
    pub(super) entered: Entered,
}

/// A row of a case.
#[derive(Clone, Copy)]
pub(super) struct Seen<'r> {
    row: &'r Row,
    pub(super) at: Option<Moment>,
    pub(super) person: Option<Name>,
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
        let bits = [u16::from(self.is_timed), u16::from(self.role.is_some()), u16::from(self.is_by_party())];
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
    /// A row tells of a moment before that of a row that stands before it.
    pub(super) goes_back: bool,
    /// The plan that was named first, as long as rows are added; and whether another is named besides.
    plan: Option<Name>,
    pub(super) plans_differ: bool,
    /// A row says when it was entered, and one was not entered on the day it tells of.
    pub(super) is_dated: bool,
    pub(super) is_dated_otherwise: bool,
}

impl Gist {
    pub(super) fn add(&mut self, at: Option<Moment>, entered: Entered, facts: Facts<'_>) {
        if self.line == 0 {
            self.line = entered.line;
        }
        self.asset = self.asset.or_else(|| facts.asset());
        let plan = facts.plan();
        self.plans_differ |= plan.is_some() && self.plan.is_some_and(|named| plan != Some(named));
        self.plan = self.plan.or(plan);
        if let (Some(at), Some(entered)) = (at, entered.at) {
            self.is_dated = true;
            self.is_dated_otherwise |= entered.is_not_just_after(at);
        }
        if let Some(at) = at {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.goes_back |= Some(at) < self.last;
            self.last = self.last.max(Some(at));
        }
    }
}

/// The rows of one case.
#[derive(Clone, Copy)]
pub(super) struct CaseRows<'c> {
    pub(super) name: Option<Name>,
    pub(super) rows: &'c [Row],
    pub(super) times: &'c [Option<Moment>],
    pub(super) people: &'c [Option<Name>],
    pub(super) entered: &'c [Entered],
    /// The kind of each row.
    pub(super) kinds: &'c [Kind],
    /// All who registered, and all bids, in the order of the rows.
    pub(super) bidders: &'c [Bidder],
    pub(super) bids: &'c [Bid],
    /// What its rows say beside who, what and when.
    pub(super) facts: &'c [Fact],
    pub(super) gist: &'c Gist,
}

impl<'c> CaseRows<'c> {
    pub(super) fn row(&self, place: Place) -> Option<Seen<'c>> {
        let (row, entered) = row(self.rows, place).zip(self.entered.get(usize::from(place)))?;
        Some(Seen { row, at: self.at(place), person: self.person(place), entered })
    }

    /// When the row at a place tells of.
    pub(super) fn at(&self, place: Place) -> Option<Moment> {
        self.times.get(usize::from(place)).copied().flatten()
    }

    pub(super) fn person(&self, place: Place) -> Option<Name> {
        self.people.get(usize::from(place)).copied().flatten()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Seen<'c>> + use<'c> {
        let who_and_when = self.times.iter().copied().zip(self.people.iter().copied());
        let rows = self.rows.iter().zip(self.entered).zip(who_and_when);
        rows.map(|((row, entered), (at, person))| Seen { row, at, person, entered })
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

impl Facts<'_> {
    /// Who registers by a row of this act.
    pub(super) fn registered(self, act: Act) -> Option<Bidder> {
        let who = Some(self).filter(|_| act == Act::Registered)?.bidder()?;
        Some(Bidder { who, account: self.account(), qualified: self.qualified() })
    }

    /// What is bid by one.
    pub(super) fn bid(self, act: Act) -> Option<Bid> {
        let who = Some(self).filter(|_| act == Act::Bid)?.bidder()?;
        Some(Bid { who, price: self.price()? })
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
