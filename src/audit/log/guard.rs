//! A stream in UTF-8, whatever it was, with a bound on how much may come between two looks.

use std::cell::Cell;
use std::io::{BufRead, Error, ErrorKind, Read, Result};
use std::rc::Rc;

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8};

use super::super::lines::MOST_BYTES;

/// How many bytes came since the reader was last content.
#[derive(Clone, Default)]
pub(super) struct Meter {
    since: Rc<Cell<usize>>,
    all: Rc<Cell<u64>>,
}

impl Meter {
    pub(super) fn content(&self) {
        self.since.set(0);
    }

    pub(super) fn bytes(&self) -> u64 {
        self.all.get()
    }

    fn count(&self, read: usize) {
        self.since.set(self.since.get().saturating_add(read));
        self.all.set(self.all.get().saturating_add(u64::try_from(read).unwrap_or(0)));
    }

    fn check(&self) -> Result<()> {
        if self.since.get() > MOST {
            return Err(Error::new(ErrorKind::InvalidData, "an element is longer than is accepted"));
        }
        Ok(())
    }
}

pub(super) struct Utf8<R> {
    input: R,
    decoder: Decoder,
    meter: Meter,
    over: bool,
    /// What a reader has not yet taken, and how much of it is taken.
    text: String,
    taken: usize,
}

/// Larger than what is read at once: a look is taken before each time.
const MOST: usize = MOST_BYTES + (1 << 16);

impl<R: BufRead> Utf8<R> {
    /// By the byte order mark, else by the encoding that the XML declaration names, else UTF-8.
    pub(super) fn new(mut input: R) -> Result<Utf8<R>> {
        let head = input.fill_buf()?;
        let head = String::from_utf8_lossy(head.get(..200.min(head.len())).unwrap_or_default()).into_owned();
        let declared = head.split_once("encoding=").and_then(|(_, rest)| {
            let mut quoted = rest.split(['"', '\'']);
            quoted.nth(1).and_then(|name| Encoding::for_label(name.as_bytes()))
        });
        let decoder = declared.unwrap_or(UTF_8).new_decoder();
        Ok(Utf8 { input, decoder, meter: Meter::default(), over: false, text: String::new(), taken: 0 })
    }

    pub(super) fn meter(&self) -> Meter {
        self.meter.clone()
    }

    /// Puts what comes next behind a text; `false` where nothing comes any more.
    pub(super) fn more(&mut self, text: &mut String) -> Result<bool> {
        self.meter.check()?;
        let before = text.len();
        while !self.over && text.len() == before {
            text.reserve(1 << 16);
            let input = self.input.fill_buf()?;
            let last = input.is_empty();
            let (result, read, _) = self.decoder.decode_to_string(input, text, last);
            self.input.consume(read);
            self.meter.count(read);
            self.over = last && result == CoderResult::InputEmpty;
        }
        Ok(text.len() > before)
    }
}

impl<R: BufRead> Read for Utf8<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        if self.taken == self.text.len() {
            let mut text = std::mem::take(&mut self.text);
            text.clear();
            self.taken = 0;
            self.more(&mut text)?;
            self.text = text;
        }
        let mut rest = self.text.as_bytes().get(self.taken..).unwrap_or_default();
        let given = rest.read(out)?;
        self.taken = self.taken.saturating_add(given);
        Ok(given)
    }
}
