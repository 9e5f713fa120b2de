//! Which tags there are in a log, as far as they matter for where its traces begin and end.

use std::io::{BufRead, Result};

use memchr::{memchr, memchr2, memchr3, memmem};

use super::super::super::super::lines::MOST_BYTES;
use super::Cutter;

/// No name that matters is longer, whatever stands before its colon.
const NAME: usize = 256;

/// A tag that matters.
#[derive(Clone, Copy)]
pub(super) enum Tag {
    Trace,
    TraceEnd,
    Event,
    /// Of an event that is in no trace.
    EventEnd,
    /// Any tag, too far from where the open trace, or its last event, began.
    TooFar,
}

impl<R: BufRead> Cutter<R> {
    /// The next tag that matters: `tag` is where it begins.
    pub(super) fn tag(&mut self) -> Result<Option<Tag>> {
        while self.find(|text| memchr(b'<', text))? {
            self.pass();
            if self.rest().first() != Some(&b'<') {
                continue;
            }
            self.tag = self.at;
            self.meter.content();
            if self.depth > 0 && !self.is_too_long && self.tag.saturating_sub(self.start) > MOST_BYTES {
                return Ok(Some(Tag::TooFar));
            }
            if self.depth > 0 && self.rest().starts_with(b"<event>") {
                self.at = self.at.saturating_add(1);
                return Ok(Some(Tag::Event));
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

    /// Goes over tags that do not matter within a trace, as nearly every writer writes them: they are most of a log.
    fn pass(&mut self) {
        if self.depth == 0 || self.is_alone || self.is_too_long {
            return;
        }
        let most = self.start.saturating_add(MOST_BYTES).min(self.text.len());
        let text = self.text.as_bytes().get(..most).unwrap_or_default();
        while text.get(self.at..).is_some_and(is_everyday) {
            self.meter.content();
            self.tag = self.at;
            self.at = self.at.saturating_add(1);
            match text.get(self.at..).and_then(|rest| memchr(b'<', rest)) {
                Some(next) => self.at = self.at.saturating_add(next),
                None => return,
            }
        }
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
    pub(super) fn close(&mut self) -> Result<Option<bool>> {
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

/// Tags of attributes, and the end of an event.
#[inline]
fn is_everyday(tag: &[u8]) -> bool {
    tag.starts_with(b"<string ")
        || tag.starts_with(b"<date ")
        || tag.starts_with(b"</event>")
        || tag.starts_with(b"<int ")
        || tag.starts_with(b"<float ")
        || tag.starts_with(b"<boolean ")
        || tag.starts_with(b"<id ")
}

fn nearest(one: Option<usize>, other: Option<usize>) -> Option<usize> {
    one.into_iter().chain(other).min()
}
