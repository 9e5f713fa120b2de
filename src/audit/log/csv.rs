//! Comma, semicolon or tab separated values, with a header.

use std::io::BufRead;
use std::ops::Range;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::super::lines::MOST_BYTES;
use super::field::Field;
use super::mapping::Mapping;
use super::{Sink, by_column, decode};

/// More cells than any table has.
const MOST_CELLS: usize = 4_096;

/// Records of a CSV file, each up to a bound.
pub(super) struct Records<R> {
    input: R,
    parser: Reader,
    output: Vec<u8>,
    ends: Vec<usize>,
    pub(super) bytes: u64,
    over: bool,
    first: bool,
    /// Cells of the record that was read last.
    count: usize,
}

pub(super) enum Next {
    Record,
    TooLong,
    End,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R, delimiter: u8) -> Records<R> {
        let parser = ReaderBuilder::new().delimiter(delimiter).build();
        Records { input, parser, output: vec![0; 1 << 12], ends: vec![0; 64], bytes: 0, over: false, first: true, count: 0 }
    }

    /// The line at which the parser stands, from 1.
    pub(super) fn line(&self) -> u64 {
        self.parser.line()
    }

    pub(super) fn next(&mut self) -> std::io::Result<Next> {
        let (mut written, mut ended, mut too_long) = (0_usize, 0_usize, false);
        if self.over {
            return Ok(Next::End);
        }
        loop {
            if std::mem::take(&mut self.first) && self.input.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
                self.input.consume(3);
            }
            let input = self.input.fill_buf()?;
            let out = self.output.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(ended..).unwrap_or_default();
            let (result, read, wrote, closed) = self.parser.read_record(input, out, ends);
            self.input.consume(read);
            self.bytes = self.bytes.saturating_add(u64::try_from(read).unwrap_or(0));
            (written, ended) = (written.saturating_add(wrote), ended.saturating_add(closed));
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.output.len() < MOST_BYTES => {
                    self.output.resize(self.output.len().saturating_mul(2), 0)
                }
                ReadRecordResult::OutputEndsFull if self.ends.len() < MOST_CELLS => self.ends.resize(self.ends.len().saturating_mul(2), 0),
                // What comes over the bound is read and forgotten.
                ReadRecordResult::OutputFull => (too_long, written) = (true, 0),
                ReadRecordResult::OutputEndsFull => (too_long, ended) = (true, 0),
                ReadRecordResult::Record => {
                    self.count = ended;
                    return Ok(if too_long { Next::TooLong } else { Next::Record });
                }
                ReadRecordResult::End => {
                    self.over = true;
                    return Ok(Next::End);
                }
            }
        }
    }
}

impl<R> Records<R> {
    /// Where the cells of the record that was read last are.
    fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).take(self.count).map(|(start, end)| start..*end)
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        self.ranges().map(|range| self.output.get(range).unwrap_or_default())
    }

    /// All cells, one behind the other, where they are UTF-8.
    fn text(&self) -> Option<&str> {
        let end = self.count.checked_sub(1).and_then(|last| self.ends.get(last)).copied().unwrap_or(0);
        simdutf8::basic::from_utf8(self.output.get(..end)?).ok()
    }
}

/// The separator that the first line has most of.
pub(super) fn separator(sample: &[u8]) -> u8 {
    let line = sample.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |separator: &u8| line.iter().filter(|byte| *byte == separator).count();
    [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(count).filter(|separator| count(separator) > 0).unwrap_or(b',')
}

pub(super) fn read(mut reader: impl BufRead, mapping: &Mapping, sink: &mut Sink<'_, '_, '_>) {
    let own = mapping.delimiter().and_then(|c| u8::try_from(c).ok());
    let delimiter = match (own, reader.fill_buf()) {
        (Some(own), _) => own,
        (None, Ok(sample)) => separator(sample),
        (None, Err(error)) => return sink.broken_off(1, error),
    };
    let mut records = Records::new(reader, delimiter);
    let columns = match records.next() {
        Ok(Next::Record) => header(&records, mapping, sink),
        Ok(Next::TooLong) => return sink.broken_off(1, "the header is too long"),
        Ok(Next::End) => return,
        Err(error) => return sink.broken_off(1, error),
    };
    let width = columns.len();
    loop {
        let line = records.line();
        match records.next() {
            Ok(Next::End) => return,
            Ok(Next::TooLong) => sink.unreadable(line, "the row is too long, or a quote is not closed"),
            Err(error) => return sink.broken_off(line, error),
            Ok(Next::Record) => {
                if !record(&records, line, &columns, width, sink) {
                    return;
                }
            }
        }
    }
}

/// Which fields each column holds. A column of the mapping that is not there is said once, and is then missing; of two
/// with one name the first is read, and that is said too.
fn header<R>(records: &Records<R>, mapping: &Mapping, sink: &mut Sink<'_, '_, '_>) -> Vec<Vec<Field>> {
    let mut known = by_column(mapping);
    let mut columns: Vec<Vec<Field>> = Vec::new();
    for cell in records.cells() {
        let name = decode::text(cell).unwrap_or_default();
        let fields = known.remove(name.trim()).unwrap_or_default();
        if fields.is_empty() && columns.iter().flatten().any(|field| mapping.column(*field) == Some(name.trim())) {
            sink.unreadable(1, format_args!("two columns are called `{}`: the first is read", name.trim()));
        }
        columns.push(fields);
    }
    for name in known.into_keys() {
        sink.unreadable(1, format_args!("there is no column `{name}`"));
    }
    columns
}

fn record<R>(records: &Records<R>, line: u64, columns: &[Vec<Field>], width: usize, sink: &mut Sink<'_, '_, '_>) -> bool {
    if records.count > width {
        sink.unreadable(line, format_args!("{} cells under {width} headers", records.count));
    }
    // All cells at once; where that fails, one by one: a row can have both encodings.
    if let Some(text) = records.text() {
        let mut cells = columns.iter().zip(records.ranges()).filter(|(fields, range)| !fields.is_empty() && !range.is_empty());
        let cells = cells.by_ref().filter_map(|(fields, range)| Some((fields, text.get(range)?)));
        let cells: Vec<(&Vec<Field>, &str)> = cells.collect();
        return row(&cells, line, records.bytes, sink);
    }
    let mut texts = Vec::with_capacity(width);
    for (cell, fields) in records.cells().zip(columns).filter(|(_, fields)| !fields.is_empty()) {
        let Some(text) = decode::text(cell) else {
            sink.unreadable(line, "the row is neither UTF-8 nor GB18030");
            return true;
        };
        texts.push((fields, text));
    }
    let cells: Vec<(&Vec<Field>, &str)> = texts.iter().map(|(fields, text)| (*fields, text.as_ref())).collect();
    row(&cells, line, records.bytes, sink)
}

/// A row of nothing but blanks is none.
fn row(cells: &[(&Vec<Field>, &str)], line: u64, bytes: u64, sink: &mut Sink<'_, '_, '_>) -> bool {
    if cells.iter().all(|(_, text)| text.trim().is_empty()) {
        return true;
    }
    sink.row(line, bytes, cells.iter().flat_map(|(fields, text)| fields.iter().map(|field| (*field, *text))))
}
