//! Cuts a log into its traces without taking them apart: that is the judges' work, and there are several.

mod tags;

use std::io::BufRead;

use super::super::guard::{Meter, Utf8};
use tags::Tag;

/// A longer trace is handed on in pieces.
const PIECE: usize = 1 << 18;

/// A trace as it stands in the file, or one piece of it, or an event that is in no trace.
#[derive(Default)]
pub(super) struct Piece<'t> {
    /// The beginning of the trace, up to its first event; a later piece of it does not have it in its text.
    pub(super) head: &'t str,
    pub(super) is_later: bool,
    pub(super) text: &'t str,
    /// Events of the file before it.
    pub(super) events: u64,
}

pub(super) enum Next<'t> {
    Piece(Piece<'t>),
    /// The beginning of a trace, or an event of it, is too long: what is left of the trace is left out.
    TooLong(u64),
    /// Why nothing comes any more, and what there is of the trace that was open.
    BrokenOff(Piece<'t>, String),
    End,
}

pub(super) struct Cutter<R> {
    stream: Utf8<R>,
    meter: Meter,
    text: String,
    /// Where the open piece begins.
    start: usize,
    /// The tag that was looked at last, and how far all was looked at.
    tag: usize,
    at: usize,
    /// The name of the outermost element, and whether it is open.
    root: String,
    root_is_open: bool,
    /// Traces that are open, one within the other; an event that is in none counts as one.
    depth: usize,
    is_alone: bool,
    /// The beginning of the open trace; empty before its first event.
    head: String,
    is_later: bool,
    is_too_long: bool,
    /// Events begun, and those before the open piece.
    events: u64,
    before: u64,
}

impl<R: BufRead> Cutter<R> {
    pub(super) fn new(stream: Utf8<R>) -> Cutter<R> {
        Cutter {
            meter: stream.meter(),
            stream,
            text: String::new(),
            start: 0,
            tag: 0,
            at: 0,
            root: String::new(),
            root_is_open: false,
            depth: 0,
            is_alone: false,
            head: String::new(),
            is_later: false,
            is_too_long: false,
            events: 0,
            before: 0,
        }
    }

    /// Bytes of the file read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.meter.bytes()
    }

    /// Events of the file so far.
    pub(super) const fn events(&self) -> u64 {
        self.events
    }

    pub(super) fn next(&mut self) -> Next<'_> {
        loop {
            let tag = match self.tag() {
                Ok(Some(tag)) => tag,
                Ok(None) if self.depth == 0 && !self.root_is_open => return Next::End,
                Ok(None) => return self.broken_off("the file breaks off".to_owned()),
                Err(error) => return self.broken_off(error.to_string()),
            };
            match (tag, self.depth) {
                (Tag::Trace | Tag::Event, 0) => {
                    (self.start, self.depth, self.before) = (self.tag, 1, self.events);
                    (self.is_alone, self.is_later, self.is_too_long) = (matches!(tag, Tag::Event), false, false);
                    self.events = self.events.saturating_add(u64::from(self.is_alone));
                    self.head.clear();
                }
                (Tag::TraceEnd | Tag::EventEnd, 1) => {
                    self.depth = 0;
                    if !self.is_too_long {
                        return Next::Piece(self.piece(self.at));
                    }
                }
                (Tag::Trace, depth) => self.depth = depth.saturating_add(1),
                (Tag::TraceEnd, depth) => self.depth = depth.saturating_sub(1),
                (Tag::Event, 1) => {
                    self.events = self.events.saturating_add(1);
                    if self.head.is_empty() {
                        self.head.push_str(self.text.get(self.start..self.tag).unwrap_or_default());
                    } else if self.tag.saturating_sub(self.start) > PIECE && !self.is_too_long {
                        return Next::Piece(self.piece(self.tag));
                    }
                }
                (Tag::Event | Tag::EventEnd, _) => {}
                (Tag::TooFar, _) => {
                    self.is_too_long = true;
                    return Next::TooLong(self.events);
                }
            }
        }
    }

    /// What is kept up to here; the next piece of the trace begins there.
    fn piece(&mut self, to: usize) -> Piece<'_> {
        let from = std::mem::replace(&mut self.start, to);
        // An event that has begun belongs to the next piece.
        let begun = self.events.saturating_sub(u64::from(self.depth > 0));
        let events = std::mem::replace(&mut self.before, begun);
        let is_later = std::mem::replace(&mut self.is_later, true);
        Piece { head: &self.head, is_later, text: self.text.get(from..to).unwrap_or_default(), events }
    }

    fn broken_off(&mut self, why: String) -> Next<'_> {
        self.root_is_open = false;
        if self.depth == 0 || self.is_too_long {
            self.depth = 0;
            return Next::BrokenOff(Piece::default(), why);
        }
        // The last tag is there as a whole, or not at all.
        self.at = self.tag;
        let to = if matches!(self.close(), Ok(Some(_))) { self.text.len() } else { self.tag };
        self.at = self.text.len();
        let piece = self.piece(to);
        Next::BrokenOff(piece, why)
    }
}
