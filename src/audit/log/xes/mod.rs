//! IEEE 1849 XES: traces of events. Nothing is expanded, nothing is fetched, and nesting is bounded.
//!
//! The reader only cuts the file into its traces; each judge takes its own apart.

mod cut;

use std::borrow::Cow;
use std::io::BufRead;

use memchr::{memchr, memchr2};
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesStart, Event};

use super::super::crew::{Audit, Desk, Handed, Judge, WATCHED};
use super::super::part::Part;
use super::by_column;
use super::field::Field;
use super::guard::Utf8;
use super::judge::LogJudge;
use super::mapping::Mapping;
use super::row::Cells;
use crate::case::Office;
use crate::dongsha::Dongsha;
use cut::{Cutter, Next, Piece};

/// Elements within one another.
const MOST_DEPTH: usize = 64;
/// Attributes of a trace.
const MOST_CELLS: usize = 1_000;

/// Keys of attributes, and the fields that each fills. They are few: a list is looked through sooner than a map.
type Keys<'m> = Vec<(&'m str, Vec<Field>)>;

/// Keys of events, and those of traces.
fn keys(mapping: &Mapping) -> (Keys<'_>, Keys<'_>) {
    let of_events: Keys<'_> = by_column(mapping).into_iter().collect();
    let of_traces = of_events.iter().filter_map(|(key, fields)| Some((key.strip_prefix("case:")?, fields.clone()))).collect();
    (of_events, of_traces)
}

/// Cuts a file into pieces, and hands all pieces of a case to one judge.
pub(super) fn read(reader: impl BufRead, mapping: &Mapping, audit: &Audit<'_, Dongsha>, desk: &mut Desk<TraceJudge<'_>>, part: &mut Part) {
    let mut cutter = match Utf8::new(reader) {
        Ok(stream) => Cutter::new(stream),
        Err(error) => return part.break_off(1, error),
    };
    let (_, of_traces) = keys(mapping);
    let mut watched = 0;
    let mut hand_over = |piece: Piece<'_>| {
        let shard = desk.shard(|| case_of(&piece, &of_traces));
        desk.push(shard, |pieces| pieces.add(&piece));
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
fn case_of(piece: &Piece<'_>, of_traces: &Keys<'_>) -> String {
    let mut xml = Reader::from_str(if piece.head.is_empty() { piece.text } else { piece.head });
    let mut cells = Cells::default();
    loop {
        match xml.read_event() {
            Ok(Event::Start(start) | Event::Empty(start))
                if start.local_name().as_ref() != "event" && attribute(&start, of_traces, &mut cells).is_ok() => {}
            Ok(Event::End(_) | Event::Text(_)) => {}
            _ => break,
        }
    }
    let case = cells.iter().find(|(field, _)| *field == Field::Case).map(|(_, text)| text.trim().to_owned());
    case.unwrap_or_default()
}

/// Pieces in one run of memory: where each ends, and how many events of the file are before it.
pub(super) struct Pieces {
    text: String,
    ends: Vec<(usize, u64)>,
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
    fn add(&mut self, piece: &Piece<'_>) {
        self.text.push_str(piece.head);
        self.text.push_str(piece.text);
        self.ends.push((self.text.len(), piece.events));
    }
}

/// Takes traces apart, and judges their events.
pub(super) struct TraceJudge<'a> {
    judge: LogJudge<'a>,
    of_events: Keys<'a>,
    of_traces: Keys<'a>,
    of_trace: Cells,
    of_event: Cells,
}

impl Judge for TraceJudge<'_> {
    type Batch = Pieces;

    fn take(&mut self, batch: &Pieces) {
        let mut start = 0;
        for (end, events) in &batch.ends {
            self.piece(batch.text.get(start..*end).unwrap_or_default(), *events);
            start = *end;
        }
    }

    fn finish(self) -> Part {
        self.judge.finish()
    }
}

impl<'a> TraceJudge<'a> {
    pub(super) fn new(office: &'a Office<Dongsha>, mapping: &'a Mapping) -> TraceJudge<'a> {
        let (of_events, of_traces) = keys(mapping);
        TraceJudge { judge: LogJudge::new(office, mapping), of_events, of_traces, of_trace: Cells::default(), of_event: Cells::default() }
    }

    fn piece(&mut self, text: &str, mut events: u64) {
        let mut xml = Reader::from_str(text);
        self.of_trace.clear();
        // How deep we are, and how deep the event that is open.
        let (mut depth, mut event) = (0_usize, None);
        loop {
            let (start, closes) = match xml.read_event() {
                Ok(Event::Start(start)) => (Some(start), false),
                Ok(Event::Empty(start)) => (Some(start), true),
                Ok(Event::End(_)) => (None, true),
                // A trace that is not closed is the cutter's to tell.
                Ok(Event::Eof) => return,
                // Text means nothing here.
                Ok(_) => continue,
                Err(error) => return self.judge.part.break_off(events.saturating_add(1), error),
            };
            if let Some(start) = start {
                depth = depth.saturating_add(1);
                if depth > MOST_DEPTH {
                    return self.judge.part.break_off(events.saturating_add(1), "elements are nested too deep");
                }
                let read = match event {
                    None if start.local_name().as_ref() == "event" => {
                        event = Some(depth);
                        events = events.saturating_add(1);
                        self.of_event.clear();
                        Ok(())
                    }
                    None if depth == 2 => attribute(&start, &self.of_traces, &mut self.of_trace),
                    Some(event) if depth == event.saturating_add(1) => attribute(&start, &self.of_events, &mut self.of_event),
                    _ => Ok(()),
                };
                if let Err(why) = read {
                    self.judge.part.unreadable.add(events, why);
                }
            }
            if closes {
                if event == Some(depth) {
                    event = None;
                    self.judge.row(events, self.of_trace.iter().chain(self.of_event.iter()));
                }
                depth = depth.saturating_sub(1);
            }
        }
    }
}

/// `<string key="…" value="…"/>` and its sisters.
fn attribute(start: &BytesStart<'_>, keys: &Keys<'_>, cells: &mut Cells) -> Result<(), String> {
    let raw = start.attributes_raw();
    if let Some((key, value)) = everyday(raw) {
        fill(key, value, keys, cells);
    } else if let Some((key, value)) = taken_apart(raw)? {
        fill(&plain(&key)?, &plain(&value)?, keys, cells);
    }
    Ok(())
}

fn fill(key: &str, value: &str, keys: &Keys<'_>, cells: &mut Cells) {
    let fields = keys.iter().find(|(name, _)| *name == key).map(|(_, fields)| fields.as_slice()).unwrap_or_default();
    if cells.len() < MOST_CELLS {
        fields.iter().for_each(|field| cells.push(*field, value));
    }
}

/// Key and value as nearly every writer writes them: in this order, between double quotes, and nothing to unescape.
fn everyday(raw: &str) -> Option<(&str, &str)> {
    let rest = raw.strip_prefix(" key=\"")?;
    let (key, rest) = rest.split_at_checked(memchr2(b'"', b'&', rest.as_bytes())?)?;
    let value = rest.strip_prefix("\" value=\"")?.strip_suffix('"')?;
    memchr2(b'"', b'&', value.as_bytes()).is_none().then_some((key, value))
}

type KeyAndValue<'x> = (Cow<'x, str>, Cow<'x, str>);

/// Key and value, whatever else there is, and however it is written.
fn taken_apart(raw: &str) -> Result<Option<KeyAndValue<'_>>, String> {
    let (mut key, mut value) = (None, None);
    for attribute in Attributes::new(raw, 0).with_checks(false) {
        let attribute = attribute.map_err(|_| "an attribute is malformed")?;
        match attribute.key.0 {
            "key" => key = Some(attribute.value),
            "value" => value = Some(attribute.value),
            _ => {}
        }
    }
    Ok(key.zip(value))
}

/// Only the five predefined entities and characters by number mean anything.
fn plain(text: &str) -> Result<Cow<'_, str>, String> {
    if memchr(b'&', text.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(text));
    }
    unescape(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_read_the_short_way_is_what_the_long_way_reads(
            raw in "( key=\"[^\"<&]{0,2}\" value=[\"'][a\"'&;/ ]{0,3}[\"']|( |key|value|[ab]|=|\"|'|&amp;|&|元|/){0,8}) ?"
        ) {
            if let Some((key, value)) = everyday(&raw) {
                let (long_key, long_value) = taken_apart(&raw).unwrap().unwrap();
                prop_assert_eq!((Ok(key.into()), Ok(value.into())), (plain(&long_key), plain(&long_value)));
            }
        }
    }

    #[test]
    fn what_everyone_writes_is_read_the_short_way() {
        assert_eq!(everyday(" key=\"竞投人\" value=\"o'n>1\""), Some(("竞投人", "o'n>1")));
        for other in [
            "",
            " key=\"a\" value=\"b\" ",
            " value=\"b\" key=\"a\"",
            " key='a' value='b'",
            " key=\"a&amp;\" value=\"b\"",
            " key=\"a\" value=\"&lt;\"",
            " key=\"a\" value=\"b\" value=\"c\"",
            " key=\"a\" value=\"b\" more=\"c\"",
            " key=\"a\" value=\"",
            " xkey=\"a\" value=\"b\"",
        ] {
            assert_eq!(everyday(other), None, "{other}");
        }
    }

    #[test]
    fn a_trace_names_its_case_before_its_first_event() {
        let keys: Keys<'_> = vec![("note", vec![Field::Asset]), ("name", vec![Field::Case])];
        let case = |head, text| case_of(&Piece { head, text, events: 0 }, &keys);
        let named = "<trace>\n<string key='note' value='x'></string><x:string key='name' value=' 案&amp;1 '/><event/></trace>";
        assert_eq!(case("", named), "案&1");
        assert_eq!(case(named, "<event/></trace>"), "案&1", "of a later piece, by its head");
        assert_eq!(case("", "<trace><event><string key='name' value='2'/></event></trace>"), "", "that is the event's name");
        assert_eq!(case("", "<trace><string key='name' value='&who;'/></trace>"), "");
    }
}
