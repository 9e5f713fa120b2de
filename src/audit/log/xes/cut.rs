//! Cuts a log into its traces without taking them apart: that is the judges' work, and there are several.

use std::io::{BufRead, Result};

use memchr::{memchr, memchr2, memchr3, memmem};

use super::super::super::lines::MOST_BYTES;
use super::super::guard::{Meter, Utf8};

/// A longer trace is handed on in pieces.
const PIECE: usize = 1 << 18;
/// No name that matters is longer, whatever stands before its colon.
const NAME: usize = 256;

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

/// A tag that matters.
#[derive(Clone, Copy)]
enum Tag {
    Trace,
    TraceEnd,
    Event,
    /// Of an event that is in no trace.
    EventEnd,
    /// Any tag, too far from where the open trace, or its last event, began.
    TooFar,
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

    /// The next tag that matters: `tag` is where it begins.
    fn tag(&mut self) -> Result<Option<Tag>> {
        while self.find(|text| memchr(b'<', text))? {
            self.tag = self.at;
            self.meter.content();
            if self.depth > 0 && !self.is_too_long && self.tag.saturating_sub(self.start) > MOST_BYTES {
                return Ok(Some(Tag::TooFar));
            }
            while self.rest().len() < NAME && self.read()? {}
            match self.rest().get(1) {
                Some(b'!') if self.rest().starts_with(b"<!--") => drop(self.skip(b"-->")?),
                Some(b'!') if self.rest().starts_with(b"<![CDATA[") => drop(self.skip(b"]]>")?),
                Some(b'!') => self.document_type()?,
                Some(b'?') => drop(self.skip(b"?>")?),
                _ => {
                    if let Some(tag) = self.named()? {
                        return Ok(Some(tag));
                    }
                }
            }
        }
        Ok(None)
    }

    fn named(&mut self) -> Result<Option<Tag>> {
        self.at = self.at.saturating_add(1);
        let ends = self.rest().first() == Some(&b'/');
        self.at = self.at.saturating_add(usize::from(ends));
        let is_end = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'/' | b'>');
        let Some(name) = self.rest().iter().take(NAME).position(is_end).and_then(|end| self.rest().get(..end)) else { return Ok(None) };
        let local = memchr(b':', name).and_then(|colon| name.get(colon.saturating_add(1)..)).unwrap_or(name);
        let tag = match (local, ends) {
            (b"trace", false) => Some(Tag::Trace),
            (b"trace", true) => Some(Tag::TraceEnd),
            (b"event", false) => Some(Tag::Event),
            (b"event", true) if self.is_alone => Some(Tag::EventEnd),
            _ => None,
        };
        let closes_root = self.depth == 0 && ends && name == self.root.as_bytes();
        let root = (self.root.is_empty() && !ends).then(|| String::from_utf8_lossy(name).into_owned());
        self.root_is_open &= !closes_root;
        let is_root = root.is_some();
        self.root.push_str(&root.unwrap_or_default());
        // Of an event in a trace only the beginning matters; what is not empty begins or ends only where its tag ends.
        let in_trace = matches!(tag, Some(Tag::Event)) && self.depth > 0;
        if is_root || tag.is_some() && !in_trace {
            self.root_is_open |= is_root && tag.is_none();
            let Some(is_empty) = self.close()? else { return Ok(None) };
            self.root_is_open &= !(is_root && is_empty);
            return Ok(tag.filter(|_| !is_empty));
        }
        Ok(tag)
    }

    /// Goes behind the end of a tag, and says whether the element is empty; `None` where the tag does not end.
    fn close(&mut self) -> Result<Option<bool>> {
        while self.find(|text| memchr3(b'>', b'"', b'\'', text))? {
            let byte = self.rest().first().copied().unwrap_or_default();
            let before = self.at.checked_sub(1).and_then(|before| self.text.as_bytes().get(before));
            let is_empty = before == Some(&b'/');
            self.at = self.at.saturating_add(1);
            if byte == b'>' {
                return Ok(Some(is_empty));
            }
            if !self.skip(&[byte])? {
                break;
            }
        }
        Ok(None)
    }

    /// Nothing in it means anything here, and nothing in it is to be taken for a trace.
    fn document_type(&mut self) -> Result<()> {
        let mut depth = 0_usize;
        while self.find(|text| nearest(memchr2(b'<', b'>', text), memchr2(b'"', b'\'', text)))? {
            while self.rest().len() < 4 && self.read()? {}
            match self.rest() {
                [b'<', b'!', b'-', b'-', ..] => drop(self.skip(b"-->")?),
                [b'<', b'?', ..] => drop(self.skip(b"?>")?),
                [quote @ (b'"' | b'\''), ..] => {
                    let quote = [*quote];
                    self.at = self.at.saturating_add(1);
                    self.skip(&quote)?;
                }
                [byte, ..] => {
                    depth = if *byte == b'<' { depth.saturating_add(1) } else { depth.saturating_sub(1) };
                    self.at = self.at.saturating_add(1);
                    if depth == 0 {
                        return Ok(());
                    }
                }
                [] => return Ok(()),
            }
        }
        Ok(())
    }

    fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Goes to what is looked for; `false` where the file has no more of it.
    fn find(&mut self, look: impl Fn(&[u8]) -> Option<usize>) -> Result<bool> {
        loop {
            if let Some(place) = look(self.rest()) {
                self.at = self.at.saturating_add(place);
                return Ok(true);
            }
            self.at = self.text.len();
            if !self.read()? {
                return Ok(false);
            }
        }
    }

    /// Goes behind a mark.
    fn skip(&mut self, mark: &[u8]) -> Result<bool> {
        loop {
            if let Some(place) = memmem::find(self.rest(), mark) {
                self.at = self.at.saturating_add(place).saturating_add(mark.len());
                return Ok(true);
            }
            // The mark may have begun.
            self.at = self.at.max((self.text.len().saturating_add(1)).saturating_sub(mark.len()));
            if !self.read()? {
                return Ok(false);
            }
        }
    }

    /// More of the file; `false` at its end.
    fn read(&mut self) -> Result<bool> {
        let is_kept = self.depth > 0 && !self.is_too_long;
        let done = if is_kept { self.start.min(self.tag) } else { self.tag };
        if done > 0 && self.text.is_char_boundary(done) {
            self.text.drain(..done);
            for place in [&mut self.start, &mut self.tag, &mut self.at] {
                *place = place.saturating_sub(done);
            }
        }
        self.stream.more(&mut self.text)
    }
}

fn nearest(one: Option<usize>, other: Option<usize>) -> Option<usize> {
    one.into_iter().chain(other).min()
}
