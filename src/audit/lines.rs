//! Lines of a file, each up to a bound: a line of a gigabyte is counted, not kept.

use std::io::{BufRead, Read, Result};

/// The longest line that is read, in bytes; what is longer is unreadable.
pub(super) const MOST_BYTES: usize = 1 << 21;

pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    /// The line that was read last, from 1.
    pub(super) number: u64,
    /// Bytes read so far.
    pub(super) bytes: u64,
}

pub(super) enum Line<'a> {
    Text(&'a [u8]),
    TooLong,
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn new(reader: R) -> Lines<R> {
        Lines { reader, buffer: Vec::new(), number: 0, bytes: 0 }
    }

    /// The next line without its end (LF or CRLF), and without a byte order mark before the first.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>> {
        self.buffer.clear();
        let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
        let read = self.reader.by_ref().take(most).read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(None);
        }
        self.number = self.number.saturating_add(1);
        let mut all = read;
        let whole = self.buffer.last() == Some(&b'\n');
        if !whole && read == MOST_BYTES {
            all = all.saturating_add(self.reader.skip_until(b'\n')?);
        }
        self.bytes = self.bytes.saturating_add(u64::try_from(all).unwrap_or(u64::MAX));
        if all > read {
            return Ok(Some(Line::TooLong));
        }
        let text = self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let bom = self.number == 1;
        Ok(Some(Line::Text(if bom { text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text) } else { text })))
    }
}
