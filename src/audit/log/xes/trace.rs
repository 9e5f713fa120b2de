//! Takes a trace apart, event by event. What everyone writes is read at sight; all else is quick-xml's.

use std::borrow::Cow;

use memchr::memchr2;
use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::Event;

use super::super::cells::{Cells, trimmed};
use super::super::field::Field;
use super::attribute::{Both, Keys};

/// Elements within one another.
const MOST_DEPTH: usize = 64;
/// Attributes of a trace, and of an event.
const MOST_CELLS: usize = 1_000;

/// What there is to tell of a trace, and at which event of the file.
#[derive(Debug, PartialEq)]
pub(super) enum Told {
    /// An event is over: its cells are there.
    Row(u64),
    /// An attribute is left out.
    Unreadable(u64, String),
    /// Nothing comes any more.
    BrokenOff(u64, String),
}

pub(super) struct Trace<'t, 'k, 'm> {
    rest: &'t str,
    of_traces: &'k mut Keys<'m>,
    of_events: &'k mut Keys<'m>,
    /// Events of the file so far.
    events: u64,
    /// The names of the elements that are open, and how many there were when the event began.
    open: Vec<&'t str>,
    event: Option<usize>,
    cells: Filled<'t, 'k>,
}

/// Cells of the trace so far, and those of the event that is open, or was told of.
struct Filled<'t, 'k> {
    of_trace: &'k mut Cells,
    of_event: Vec<(Field, Cow<'t, str>)>,
}

impl<'t, 'k, 'm> Trace<'t, 'k, 'm> {
    /// A text with so many events of the file before it.
    pub(super) fn new(text: &'t str, events: u64, keys: &'k mut Both<'m>, of_trace: &'k mut Cells) -> Trace<'t, 'k, 'm> {
        of_trace.clear();
        let (of_traces, of_events) = keys;
        of_traces.begin();
        let cells = Filled { of_trace, of_event: Vec::with_capacity(32) };
        Trace { rest: text, of_traces, of_events, events, open: Vec::with_capacity(8), event: None, cells }
    }

    /// Those of the trace so far, and those of the event that was told of.
    pub(super) fn cells(&self) -> impl Iterator<Item = (Field, &str)> + Clone {
        let of_event = self.cells.of_event.iter().map(|(field, text)| (*field, trimmed(text)));
        self.cells.of_trace.iter().chain(of_event.filter(|(_, text)| !text.is_empty()))
    }

    pub(super) fn next(&mut self) -> Option<Told> {
        loop {
            // Text means nothing here.
            if self.rest.as_bytes().first() != Some(&b'<') {
                self.rest = self.rest.get(memchr2(b'<', b'&', self.rest.as_bytes())?..)?;
            }
            match self.markup() {
                Ok(None) => {}
                Ok(told) => return told,
                Err(why) => {
                    self.rest = "";
                    return Some(Told::BrokenOff(self.events.saturating_add(1), why));
                }
            }
        }
    }

    /// One tag, or whatever it is.
    fn markup(&mut self) -> Result<Option<Told>, String> {
        if let Some(rest) = self.rest.strip_prefix("<event>") {
            self.rest = rest;
            return self.start("event", "", false);
        }
        if let Some(rest) = self.rest.strip_prefix("</event>") {
            self.rest = rest;
            return self.end("event");
        }
        let (in_event, is_own) = (self.event.is_some(), self.is_own());
        let keys = if in_event { &mut *self.of_events } else { &mut *self.of_traces };
        let all = self.rest;
        while is_own && let Some((fields, value, rest)) = keys.everyday(self.rest) {
            self.rest = rest;
            check_depth(&self.open)?;
            self.cells.fill(in_event, fields, Cow::Borrowed(value));
        }
        if self.rest.len() < all.len() {
            return Ok(None);
        }
        let (event, rest) = one(self.rest).map_err(|error| error.to_string())?;
        let tag = std::mem::replace(&mut self.rest, rest).get(1..).unwrap_or_default();
        match &event {
            Event::Start(start) | Event::Empty(start) => {
                let (name, raw) = tag.split_at_checked(start.name().0.len()).unwrap_or_default();
                let raw = raw.get(..start.attributes_raw().len()).unwrap_or_default();
                self.start(name, raw, matches!(event, Event::Empty(_)))
            }
            Event::End(end) => self.end(end.name().0),
            _ => Ok(None),
        }
    }

    /// An element begins; it may be empty.
    fn start(&mut self, name: &'t str, raw: &'t str, is_empty: bool) -> Result<Option<Told>, String> {
        check_depth(&self.open)?;
        let mut told = None;
        if self.event.is_none() && name.split_once(':').map_or(name, |(_, local)| local) == "event" {
            self.events = self.events.saturating_add(1);
            self.cells.of_event.clear();
            self.of_events.begin();
            if is_empty {
                told = Some(Told::Row(self.events));
            } else {
                self.event = Some(self.open.len());
            }
        } else if self.is_own() {
            let in_event = self.event.is_some();
            let keys = if in_event { &*self.of_events } else { &*self.of_traces };
            match keys.any(raw) {
                Ok(Some((fields, value))) => self.cells.fill(in_event, fields, value),
                Ok(None) => {}
                Err(why) => told = Some(Told::Unreadable(self.events, why)),
            }
        }
        if !is_empty {
            self.open.push(name);
        }
        Ok(told)
    }

    /// An element ends. One that does not is the cutter's to tell.
    fn end(&mut self, name: &str) -> Result<Option<Told>, String> {
        let ill_formed = match self.open.pop() {
            Some(open) if open == name => None,
            Some(open) => Some(IllFormedError::MismatchedEndTag { expected: open.to_owned(), found: name.to_owned() }),
            None => Some(IllFormedError::UnmatchedEndTag(name.to_owned())),
        };
        if let Some(error) = ill_formed {
            return Err(Error::IllFormed(error).to_string());
        }
        Ok(self.event.take_if(|event| *event == self.open.len()).map(|_| Told::Row(self.events)))
    }

    /// Whether an attribute that stands here is the trace's or the event's, and not in a list.
    fn is_own(&self) -> bool {
        self.open.len() == self.event.unwrap_or_default().saturating_add(1)
    }
}

impl<'t> Filled<'t, '_> {
    fn fill(&mut self, in_event: bool, fields: &[Field], value: Cow<'t, str>) {
        if !in_event && self.of_trace.len() < MOST_CELLS {
            fields.iter().for_each(|field| self.of_trace.push(*field, &value));
        } else if in_event && self.of_event.len() < MOST_CELLS {
            match fields {
                [field] => self.of_event.push((*field, value)),
                _ => self.of_event.extend(fields.iter().map(|field| (*field, value.clone()))),
            }
        }
    }
}

fn check_depth(open: &[&str]) -> Result<(), String> {
    if open.len() < MOST_DEPTH { Ok(()) } else { Err("elements are nested too deep".to_owned()) }
}

/// The first thing in a text, by quick-xml, and what comes behind it.
fn one(text: &str) -> Result<(Event<'_>, &str), Error> {
    let mut xml = Reader::from_str(text);
    // What is open is known to the trace alone.
    xml.config_mut().check_end_names = false;
    xml.config_mut().allow_unmatched_ends = true;
    let event = xml.read_event()?;
    let taken = text.len().saturating_sub(xml.get_ref().len());
    Ok((event, text.get(taken..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::events::BytesStart;

    use super::super::super::mapping::Mapping;
    use super::*;

    const MAPPING: &str = "format = \"xes\"\n[columns]\ncase = \"case:a\"\nstep = \"b\"\naction = \"b\"\ntime = \"元\"\nperson = \"a\"\n";

    const DEEP: &str = "<event><string key=\"a\" value=\"甲\"/></event>";

    /// All that is told, and the cells of each row.
    type All = Vec<(Told, Vec<(Field, String)>)>;

    fn owned<'c>(cells: impl Iterator<Item = (Field, &'c str)>) -> Vec<(Field, String)> {
        cells.map(|(field, text)| (field, text.to_owned())).collect()
    }

    fn short_way(text: &str, keys: &mut Both<'_>) -> All {
        let (mut all, mut of_trace) = (Vec::new(), Cells::default());
        let mut trace = Trace::new(text, 7, keys, &mut of_trace);
        while let Some(told) = trace.next() {
            let cells = if matches!(told, Told::Row(_)) { owned(trace.cells()) } else { Vec::new() };
            all.push((told, cells));
        }
        all
    }

    #[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
    /// By one reader of quick-xml that knows itself what is open, and nothing else.
    fn long_way(text: &str, (of_traces, of_events): &Both<'_>) -> All {
        let mut xml = Reader::from_str(text);
        let (mut of_trace, mut of_event) = (Cells::default(), Cells::default());
        let (mut depth, mut event, mut events, mut all) = (0_usize, None, 7, Vec::new());
        let attribute = |start: &BytesStart<'_>, keys: &Keys<'_>, cells: &mut Cells| {
            if let Some((fields, value)) = keys.taken_apart(start.attributes_raw())? {
                fields.iter().for_each(|field| cells.push(*field, &value));
            }
            Ok(())
        };
        loop {
            let (start, closes) = match xml.read_event() {
                Ok(Event::Start(start)) => (Some(start), false),
                Ok(Event::Empty(start)) => (Some(start), true),
                Ok(Event::End(_)) => (None, true),
                Ok(Event::Eof) => return all,
                Ok(_) => continue,
                Err(error) => {
                    all.push((Told::BrokenOff(events + 1, error.to_string()), Vec::new()));
                    return all;
                }
            };
            if let Some(start) = start {
                depth += 1;
                if depth > MOST_DEPTH {
                    all.push((Told::BrokenOff(events + 1, "elements are nested too deep".to_owned()), Vec::new()));
                    return all;
                }
                let read = match event {
                    None if start.local_name().as_ref() == "event" => {
                        (event, events) = (Some(depth), events + 1);
                        of_event.clear();
                        Ok(())
                    }
                    None if depth == 2 => attribute(&start, of_traces, &mut of_trace),
                    Some(event) if depth == event + 1 => attribute(&start, of_events, &mut of_event),
                    _ => Ok(()),
                };
                if let Err(why) = read {
                    all.push((Told::Unreadable(events, why), Vec::new()));
                }
            }
            if closes {
                if event == Some(depth) {
                    event = None;
                    all.push((Told::Row(events), owned(of_trace.iter().chain(of_event.iter()))));
                }
                depth -= 1;
            }
        }
    }

    /// Pieces of XML, well formed and broken.
    fn text() -> impl Strategy<Value = String> {
        let attribute = "<(string|date|int|x:id|event|string\t) key=[\"'][ab元]?[\"'] ?value=[\"'](甲|&amp;|&#65;|&who;|&|[b<>'\"/ ]){0,3}[\"'](/>|>| />|/)";
        let everyday = "<(string|date|int|float|boolean|id) key=\"[ab元]\" value=\"[甲b<>'/ ]{0,3}\"/>";
        let other = "<|>|\"|'|=|/|&|;| |\n|甲|\u{feff}|\\]\\]>|-->|<!--|<!\\[CDATA\\[|<\\?|\\?>|<!DOCTYPE|<!|</|<x|<event";
        let tags = "</?(x:)?(event|trace|list|string|e)[ \n]?/?>";
        let well_formed = prop_oneof![
            proptest::collection::vec(everyday, 0..6).prop_map(|attributes| format!("<event>{}</event>", attributes.join("\n"))),
            attribute.prop_map(|one| format!("<event>{one}</event>")),
            attribute.prop_map(|one| format!("<list>{one}</list>")),
            Just("<event/>".to_owned()),
            Just("<!-- <event> -->".to_owned()),
            Just("<![CDATA[</event>]]>".to_owned()),
            Just("<?a </event> ?>".to_owned()),
            (60..66_usize).prop_map(|deep| ["<a>".repeat(deep), DEEP.to_owned(), "</a>".repeat(deep)].concat()),
        ];
        let one = prop_oneof![4 => well_formed, 4 => everyday, 2 => attribute, 3 => tags, 1 => other];
        ("(<trace>|<x:trace >|<event>|)", proptest::collection::vec(one, 0..12), "(</trace>|</x:trace>|</event>|)")
            .prop_map(|(begin, all, end)| [begin, all.concat(), end].concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_read_at_sight_is_what_quick_xml_alone_reads(texts in proptest::collection::vec(text(), 1..4)) {
            let mapping: Mapping = MAPPING.parse().unwrap();
            let mut keys = Keys::of(&mapping);
            for text in texts {
                prop_assert_eq!(short_way(&text, &mut keys), long_way(&text, &keys), "{}", text);
            }
        }
    }

    #[test]
    fn however_many_keys_there_are_each_is_read() {
        let mapping: Mapping = MAPPING.parse().unwrap();
        let mut keys = Keys::of(&mapping);
        for n in 0..500 {
            let others: String = (n..n + 3).map(|n| format!("<int key=\"{n}\" value=\"{n}\"/>")).collect();
            let text = format!("<trace><event>{others}<string key=\"b\" value=\"{n}\"/>{others}</event></trace>");
            assert_eq!(short_way(&text, &mut keys), long_way(&text, &keys), "{text}");
        }
    }
}
