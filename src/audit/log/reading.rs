//! Cells become a row, by the mapping.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::RandomState;

use super::super::names::{Name, Names};
use super::super::part::Part;
use super::super::report::clip;
use super::field::Field;
use super::mapping::Mapping;
use super::moment::Moment;
use super::row::{Entered, Fact, ReadRow, Row, Span};
use super::time;
use super::words::{self, Act};
use crate::calendar::DayNumber;
use crate::disclosure::Channels;

/// Reads cells by a mapping. What cannot be read is counted in the part, and is then not there: it is no breach.
pub(super) struct Reading<'a> {
    pub(super) mapping: &'a Mapping,
    pub(super) known: &'a mut Names,
    pub(super) hash: &'a RandomState,
    /// Where to put what the row says beside who, what and when.
    pub(super) facts: &'a mut Vec<Fact>,
    pub(super) part: &'a mut Part,
    pub(super) line: u64,
}

impl Reading<'_> {
    /// The row, still without its facts, and a hash of all its cells: two rows that are the same are one. `None` where it
    /// names no step that is known.
    pub(super) fn row<'c>(&mut self, cells: impl Iterator<Item = (Field, &'c str)>) -> Option<(ReadRow, u64)> {
        let mut hasher = self.hash.build_hasher();
        let (mut step, mut act) = (None, Some(Act::Performed));
        let (mut at, mut recorded, mut person, mut role, mut channels) = (None, None, None, None, Channels::NONE);
        for (field, text) in cells {
            (field, text).hash(&mut hasher);
            match field {
                Field::Case => {}
                Field::Step => step = self.known(text, Mapping::step),
                Field::Action => act = self.known(text, Mapping::act),
                Field::Time => at = self.moment(text),
                Field::Recorded => recorded = self.moment(text),
                Field::Person => person = self.known.number(text),
                Field::Role => role = self.known(text, Mapping::role),
                Field::Channel => channels = self.channels(text),
                _ => {
                    let fact = self.fact(field, text);
                    self.facts.extend(fact);
                }
            }
        }
        let row = Row { facts: Span::default(), step: step?, act: act?, role, channels, is_timed: at.is_some() };
        Some((ReadRow { row, at, person, entered: Entered { line: self.line, at: recorded } }, hasher.finish()))
    }

    fn known<T>(&mut self, name: &str, find: impl Fn(&Mapping, &str) -> Option<T>) -> Option<T> {
        let found = find(self.mapping, name);
        if found.is_none() {
            self.part.unknown(&clip(name));
        }
        found
    }

    fn channels(&mut self, text: &str) -> Channels {
        words::split(text).filter_map(|name| self.known(name, Mapping::channel)).collect()
    }

    fn moment(&mut self, text: &str) -> Option<Moment> {
        let found = time::moment(text, self.mapping.zone, self.mapping.time_formats()).and_then(Moment::of);
        self.read(found, "time", text)
    }

    fn read<T>(&mut self, found: Option<T>, field: &str, text: &str) -> Option<T> {
        if found.is_none() {
            self.part.unreadable.add(self.line, format_args!("{field}: `{text}` cannot be read"));
        }
        found
    }

    fn fact(&mut self, field: Field, text: &str) -> Option<Fact> {
        let (zone, formats) = (self.mapping.zone, self.mapping.time_formats());
        let mut name = |of: fn(Name) -> Fact| self.known.number(text).map(of);
        let amount = |of: fn(crate::value::Money) -> Fact| time::amount(text).map(of);
        let count = |of: fn(u32) -> Fact| time::count(text).map(of);
        let day = |of: fn(DayNumber) -> Fact| time::day(text, zone, formats).map(DayNumber::of).map(of);
        let fact = match field {
            Field::Asset => return name(Fact::Asset),
            Field::Notice => return name(Fact::Notice),
            Field::Plan => return name(Fact::Plan),
            Field::Bidder => return name(Fact::Bidder),
            Field::Account => return name(Fact::Account),
            Field::Winner => return name(Fact::Winner),
            Field::Valuation => amount(Fact::Valuation),
            Field::Floor => amount(Fact::Floor),
            Field::Price => amount(Fact::Price),
            Field::Term => count(Fact::Term),
            Field::Eligible => count(Fact::Eligible),
            Field::Present => count(Fact::Present),
            Field::InFavour => count(Fact::InFavour),
            Field::ValidUntil => day(Fact::ValidUntil),
            Field::CalledOn => day(Fact::CalledOn),
            Field::SignedOn => day(Fact::SignedOn),
            Field::Method => words::negotiated(text).map(Fact::Negotiated),
            Field::Qualified => words::flag(text).map(Fact::Qualified),
            Field::BelowVoted => words::flag(text).map(Fact::BelowVoted),
            Field::Body => words::body(text).map(Fact::Body),
            _ => return None,
        };
        self.read(fact, field.key(), text)
    }
}
