//! Lines of a file, each up to a bound: a line of a gigabyte is counted, not kept.

use std::io::{BufRead, ErrorKind, Read, Result};

use memchr::memchr;

/// The longest line that is read, in bytes; what is longer is unreadable.
pub(super) const MOST_BYTES: usize = 1 << 21;

pub(super) struct Lines<R> {
    reader: R,
    /// A line that the reader does not hold in one piece.
    pieces: Vec<u8>,
    /// So many bytes of what the reader holds were lent out with the last line.
    lent: usize,
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
        Lines { reader, pieces: Vec::new(), lent: 0, number: 0, bytes: 0 }
    }

    /// The next line without its end (LF or CRLF), and without a byte order mark before the first. It is lent from what the
    /// reader holds, and copied only where it goes on in what comes next.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>> {
        self.reader.consume(std::mem::take(&mut self.lent));
        let end = match self.reader.fill_buf() {
            Ok(held) => memchr(b'\n', held),
            Err(error) if error.kind() == ErrorKind::Interrupted => None,
            Err(error) => return Err(error),
        };
        let Some(end) = end else { return self.next_in_pieces() };
        self.lent = end.saturating_add(1);
        self.count(self.lent);
        if self.lent > MOST_BYTES {
            return Ok(Some(Line::TooLong));
        }
        let first = self.number == 1;
        Ok(self.reader.fill_buf()?.get(..end).map(|line| Line::Text(text_of(line, first))))
    }

    fn next_in_pieces(&mut self) -> Result<Option<Line<'_>>> {
        self.pieces.clear();
        let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
        let read = self.reader.by_ref().take(most).read_until(b'\n', &mut self.pieces)?;
        if read == 0 {
            return Ok(None);
        }
        let whole = self.pieces.last() == Some(&b'\n');
        let more = if !whole && read == MOST_BYTES { self.reader.skip_until(b'\n')? } else { 0 };
        self.count(read.saturating_add(more));
        if more > 0 {
            return Ok(Some(Line::TooLong));
        }
        let line = self.pieces.strip_suffix(b"\n").unwrap_or(&self.pieces);
        Ok(Some(Line::Text(text_of(line, self.number == 1))))
    }

    fn count(&mut self, bytes: usize) {
        self.number = self.number.saturating_add(1);
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }
}

fn text_of(line: &[u8], first: bool) -> &[u8] {
    let text = line.strip_suffix(b"\r").unwrap_or(line);
    if first { text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text) } else { text }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use super::*;

    /// The lines, where the reader holds so many bytes at once; a line that is too long is a number.
    fn lines(bytes: &[u8], held: usize) -> (Vec<std::result::Result<Vec<u8>, u64>>, u64) {
        let mut lines = Lines::new(BufReader::with_capacity(held, bytes));
        let mut all = Vec::new();
        loop {
            let number = lines.number.saturating_add(1);
            match lines.next().unwrap() {
                Some(Line::Text(line)) => all.push(Ok(line.to_vec())),
                Some(Line::TooLong) => all.push(Err(number)),
                None => return (all, lines.bytes),
            }
        }
    }

    #[test]
    fn a_line_is_the_same_however_it_is_held() {
        let file = b"\xef\xbb\xbffirst\r\n\n\r\nsecond \xe5\x85\x83\n\xef\xbb\xbfthird\r\r\nlast";
        let due: [&[u8]; 6] = [b"first", b"", b"", b"second \xe5\x85\x83", b"\xef\xbb\xbfthird\r", b"last"];
        for held in 1..=file.len() + 1 {
            let (found, bytes) = lines(file, held);
            assert_eq!(found, due.map(|line| Ok(line.to_vec())), "{held} bytes at once");
            assert_eq!(bytes, u64::try_from(file.len()).unwrap());
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_not_kept_and_the_next_is_read() {
        for (length, end, fits) in [
            (MOST_BYTES - 1, "\n", true),
            (MOST_BYTES, "\n", false),
            (MOST_BYTES, "", true),
            (MOST_BYTES + 1, "", false),
            (3 * MOST_BYTES, "\n", false),
        ] {
            let long = vec![b'x'; length];
            let rest = if end.is_empty() { "" } else { "\nb" };
            let file = [b"a\n", long.as_slice(), rest.as_bytes()].concat();
            for held in [1 << 10, 1 << 20, file.len()] {
                let (found, bytes) = lines(&file, held);
                let due = if fits { Ok(long.clone()) } else { Err(2) };
                assert!(found.first() == Some(&Ok(b"a".to_vec())) && found.get(1) == Some(&due), "{length} bytes, {held} at once");
                assert_eq!(found.get(2), (!end.is_empty()).then(|| Ok(b"b".to_vec())).as_ref());
                assert_eq!(bytes, u64::try_from(file.len()).unwrap());
            }
        }
    }

    /// Is interrupted before each byte, and breaks off after the last.
    struct Shaky(Cursor<&'static [u8]>, bool);

    impl Read for Shaky {
        fn read(&mut self, into: &mut [u8]) -> Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::Interrupted.into());
            }
            match self.0.read(into.get_mut(..1).unwrap_or_default())? {
                0 => Err(ErrorKind::TimedOut.into()),
                read => Ok(read),
            }
        }
    }

    #[test]
    fn an_interruption_is_no_end_and_an_error_is_passed_on() {
        let mut lines = Lines::new(BufReader::new(Shaky(Cursor::new(b"one\ntwo\nthr"), false)));
        for due in [b"one", b"two"] {
            assert!(matches!(lines.next(), Ok(Some(Line::Text(line))) if line == due));
        }
        assert!(matches!(lines.next(), Err(error) if error.kind() == ErrorKind::TimedOut));
    }
}
