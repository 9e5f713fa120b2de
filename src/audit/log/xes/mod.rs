//! IEEE 1849 XES: traces of events. Nothing is expanded, nothing is fetched, and nesting is bounded.
//!
//! The reader only cuts the file into its traces; each judge takes its own apart.

mod attribute;
mod cut;
mod trace;

use std::io::BufRead;

use super::super::auditor::{Audit, WATCHED};
use super::super::desk::{Desk, Handed, Judge};
use super::super::part::Part;
use super::cells::Cells;
use super::field::Field;
use super::guard::Utf8;
use super::judge::LogJudge;
use super::mapping::Mapping;
use crate::dongsha::Dongsha;
use attribute::{Both, Keys};
use cut::{Cutter, Next, Piece};
use trace::{Told, Trace};

/// Cuts a file into pieces, and hands all pieces of a case to one judge.
pub(super) fn read(
    reader: impl BufRead,
    mapping: &Mapping,
    audit: &Audit<'_, Dongsha>,
    desk: &mut Desk<'_, TraceJudge<'_>>,
    part: &mut Part,
) {
    let mut cutter = match Utf8::new(reader) {
        Ok(stream) => Cutter::new(stream),
        Err(error) => return part.break_off(1, error),
    };
    let mut keys = Keys::of(mapping);
    let mut watched = 0;
    let mut hand_over = |piece: Piece<'_>| {
        let way = desk.way(|| case_of(&piece, &mut keys));
        desk.push(way, |pieces| pieces.add(&piece, way.turns));
    };
    loop {
        match cutter.next() {
            Next::Piece(piece) => hand_over(piece),
            Next::TooLong(event) => part.unreadable.add(event, "the trace is left out: its beginning, or an event of it, is too long"),
            Next::BrokenOff(piece, why) => {
                hand_over(piece);
                return part.break_off(cutter.events().saturating_add(1), why);
            }
            Next::End => return,
        }
        if cutter.events().saturating_sub(watched) >= WATCHED {
            watched = cutter.events();
            if !audit.told(cutter.bytes(), watched) {
                part.partial = true;
                return;
            }
        }
    }
}

/// The name of the case, where the trace has it; events that name their own all go to one judge.
fn case_of(piece: &Piece<'_>, keys: &mut Both<'_>) -> String {
    let mut cells = Cells::default();
    let mut trace = Trace::new(piece.head, 0, keys, &mut cells);
    while let Some(Told::Unreadable(..)) = trace.next() {}
    trace.cells().find(|(field, _)| *field == Field::Case).map(|(_, text)| text.to_owned()).unwrap_or_default()
}

/// Pieces in one run of memory.
pub(super) struct Pieces {
    text: String,
    /// Where each ends, how many events of the file are before it, and whether it turns to another case.
    ends: Vec<(usize, u64, bool)>,
}

impl Handed for Pieces {
    fn with_room(bytes: usize) -> Pieces {
        Pieces { text: String::with_capacity(bytes), ends: Vec::new() }
    }

    fn bytes(&self) -> usize {
        self.text.len()
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }
}

impl Pieces {
    fn add(&mut self, piece: &Piece<'_>, turns: bool) {
        if piece.is_later {
            self.text.push_str(piece.head);
        }
        self.text.push_str(piece.text);
        self.ends.push((self.text.len(), piece.events, turns));
    }
}

/// Takes traces apart, and judges their events.
pub(super) struct TraceJudge<'a> {
    judge: LogJudge<'a>,
    keys: Both<'a>,
    of_trace: Cells,
}

impl Judge for TraceJudge<'_> {
    type Batch = Pieces;

    fn take(&mut self, batch: &Pieces) {
        let mut start = 0;
        for (end, events, turns) in &batch.ends {
            self.piece(batch.text.get(start..*end).unwrap_or_default(), *events, *turns);
            start = *end;
        }
    }

    fn finish(self) -> Part {
        self.judge.finish()
    }
}

impl<'a> TraceJudge<'a> {
    pub(super) fn new(judge: LogJudge<'a>, mapping: &'a Mapping) -> TraceJudge<'a> {
        TraceJudge { judge, keys: Keys::of(mapping), of_trace: Cells::default() }
    }

    fn piece(&mut self, text: &str, events: u64, mut turns: bool) {
        let mut trace = Trace::new(text, events, &mut self.keys, &mut self.of_trace);
        while let Some(told) = trace.next() {
            match told {
                Told::Row(event) => self.judge.row(event, std::mem::take(&mut turns), trace.cells()),
                Told::Unreadable(event, why) => self.judge.part.unreadable.add(event, why),
                Told::BrokenOff(event, why) => self.judge.part.break_off(event, why),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_names_its_case_before_its_first_event() {
        let mapping: Mapping = "[columns]\ncase = \"case:name\"\nstep = \"name\"\nasset = \"case:note\"".parse().unwrap();
        let case = |head: &str| case_of(&Piece { head, ..Piece::default() }, &mut Keys::of(&mapping));
        let name = "<x:string key='name' value=' 案&amp;1 '/>";
        assert_eq!(case(&format!("<trace>\n<string key='note' value='x'></string>{name}")), "案&1");
        assert_eq!(case(&format!("<trace><list key='l'><string key='name' value='2'/></list>{name}")), "案&1", "a list's is nobody's");
        assert_eq!(case(&format!("<trace><string key='name' value='&who;'/>{name}")), "案&1", "what cannot be read is not there");
        assert_eq!(case("<trace>"), "");
    }
}
