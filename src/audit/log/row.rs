//! A row: cells on their way to a judge, and what a judge keeps of them.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use foldhash::quality::RandomState;

use super::super::crew::Handed;
use super::super::deal::Names;
use super::super::part::Part;
use super::super::report::clip;
use super::field::Field;
use super::mapping::Mapping;
use super::names::{self, Act};
use super::time;
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

    fn clear(&mut self) {
        self.cells.clear();
        self.rows.clear();
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
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) line: u64,
    pub(super) step: Step,
    pub(super) act: Act,
    pub(super) at: Option<DateTime<Utc>>,
    pub(super) recorded: Option<DateTime<Utc>>,
    pub(super) person: Option<Arc<str>>,
    pub(super) role: Option<Role>,
    pub(super) channels: Channels,
    pub(super) values: Option<Box<Values>>,
    /// Of all its cells: two rows that are the same are one.
    pub(super) hash: u64,
}

/// What few rows say.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) asset: Option<Arc<str>>,
    pub(super) notice: Option<Arc<str>>,
    pub(super) plan: Option<Arc<str>>,
    pub(super) bidder: Option<Arc<str>>,
    pub(super) account: Option<Arc<str>>,
    pub(super) winner: Option<Arc<str>>,
    pub(super) valuation: Option<Money>,
    pub(super) floor: Option<Money>,
    pub(super) price: Option<Money>,
    pub(super) term: Option<u32>,
    pub(super) eligible: Option<u32>,
    pub(super) present: Option<u32>,
    pub(super) in_favour: Option<u32>,
    pub(super) valid_until: Option<NaiveDate>,
    pub(super) called_on: Option<NaiveDate>,
    pub(super) signed_on: Option<NaiveDate>,
    pub(super) negotiated: Option<bool>,
    pub(super) qualified: Option<bool>,
    pub(super) below_voted: Option<bool>,
    pub(super) body: Option<Body>,
}

/// Reads cells by a mapping. What cannot be read is counted in the part, and is then not there: it is no breach.
pub(super) struct Reading<'a> {
    pub(super) mapping: &'a Mapping,
    pub(super) names: &'a mut Names,
    pub(super) hash: &'a RandomState,
    pub(super) part: &'a mut Part,
    pub(super) line: u64,
}

impl Reading<'_> {
    /// `None` where the row names no step that is known.
    pub(super) fn row<'c>(&mut self, cells: impl Iterator<Item = (Field, &'c str)>) -> Option<Seen> {
        let mut hasher = self.hash.build_hasher();
        let (mut step, mut act) = (None, Some(Act::Performed));
        let (mut at, mut recorded, mut person, mut role, mut channels) = (None, None, None, None, Channels::NONE);
        let mut values: Option<Box<Values>> = None;
        for (field, text) in cells {
            (field, text).hash(&mut hasher);
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            match field {
                Field::Case => {}
                Field::Step => step = self.known(text, Mapping::step),
                Field::Action => act = self.known(text, Mapping::act),
                Field::Time => at = self.moment(text),
                Field::Recorded => recorded = self.moment(text),
                Field::Person => person = Some(self.names.keep(text)),
                Field::Role => role = self.known(text, Mapping::role),
                Field::Channel => channels = self.channels(text),
                _ => self.value(field, text, values.get_or_insert_default()),
            }
        }
        let (step, act) = (step?, act?);
        Some(Seen { line: self.line, step, act, at, recorded, person, role, channels, values, hash: hasher.finish() })
    }

    fn known<T>(&mut self, name: &str, find: impl Fn(&Mapping, &str) -> Option<T>) -> Option<T> {
        let found = find(self.mapping, name);
        if found.is_none() {
            self.part.unknown(&clip(name));
        }
        found
    }

    fn channels(&mut self, text: &str) -> Channels {
        let known: Vec<_> = names::split(text).filter_map(|name| self.known(name, Mapping::channel)).collect();
        names::all(known.into_iter())
    }

    fn moment(&mut self, text: &str) -> Option<DateTime<Utc>> {
        let found = time::moment(text, self.mapping.zone, self.mapping.time_formats());
        self.read(found, "time", text)
    }

    fn read<T>(&mut self, found: Option<T>, field: &str, text: &str) -> Option<T> {
        if found.is_none() {
            self.part.unreadable.add(self.line, format_args!("{field}: `{text}` cannot be read"));
        }
        found
    }

    fn value(&mut self, field: Field, text: &str, values: &mut Values) {
        let key = field.key();
        let (zone, formats) = (self.mapping.zone, self.mapping.time_formats());
        let day = |text: &str| time::day(text, zone, formats);
        match field {
            Field::Asset => values.asset = Some(self.names.keep(text)),
            Field::Notice => values.notice = Some(self.names.keep(text)),
            Field::Plan => values.plan = Some(self.names.keep(text)),
            Field::Bidder => values.bidder = Some(self.names.keep(text)),
            Field::Account => values.account = Some(self.names.keep(text)),
            Field::Winner => values.winner = Some(self.names.keep(text)),
            Field::Valuation => values.valuation = self.read(time::amount(text), key, text),
            Field::Floor => values.floor = self.read(time::amount(text), key, text),
            Field::Price => values.price = self.read(time::amount(text), key, text),
            Field::Term => values.term = self.read(time::count(text), key, text),
            Field::Eligible => values.eligible = self.read(time::count(text), key, text),
            Field::Present => values.present = self.read(time::count(text), key, text),
            Field::InFavour => values.in_favour = self.read(time::count(text), key, text),
            Field::ValidUntil => values.valid_until = self.read(day(text), key, text),
            Field::CalledOn => values.called_on = self.read(day(text), key, text),
            Field::SignedOn => values.signed_on = self.read(day(text), key, text),
            Field::Method => values.negotiated = self.read(names::negotiated(text), key, text),
            Field::Qualified => values.qualified = self.read(names::flag(text), key, text),
            Field::BelowVoted => values.below_voted = self.read(names::flag(text), key, text),
            Field::Body => values.body = self.read(names::body(text), key, text),
            _ => {}
        }
    }
}
