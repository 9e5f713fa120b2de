//! IEEE 1849 XES: traces of events. Nothing is expanded, nothing is fetched, and nesting is bounded.

use std::io::{BufRead, BufReader};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::field::Field;
use super::guard::Utf8;
use super::mapping::Mapping;
use super::{Sink, by_column};

/// Elements within one another.
const MOST_DEPTH: usize = 64;
/// Attributes of a trace.
const MOST_CELLS: usize = 1_000;

type Cells = Vec<(Field, String)>;

/// Where the reader is.
#[derive(Default)]
struct Place {
    depth: usize,
    /// The depths of the trace and of the event that are open.
    trace: Option<usize>,
    event: Option<usize>,
    events: u64,
}

pub(super) fn read(reader: impl BufRead, mapping: &Mapping, sink: &mut Sink<'_, '_>) {
    let (stream, meter) = match Utf8::new(reader) {
        Ok(both) => both,
        Err(error) => return sink.broken_off(1, error),
    };
    let mut xml = Reader::from_reader(BufReader::new(stream));
    let columns = by_column(mapping);
    let (mut of_trace, mut of_event) = (Cells::new(), Cells::new());
    let mut place = Place::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        meter.content();
        let event = match xml.read_event_into(&mut buffer) {
            Ok(event) => event,
            Err(error) => return sink.broken_off(place.events.saturating_add(1), error),
        };
        let (start, closes) = match &event {
            Event::Start(start) => (Some(start), false),
            Event::Empty(start) => (Some(start), true),
            Event::End(_) => (None, true),
            Event::Eof if place.depth > 0 => return sink.broken_off(place.events.saturating_add(1), "the file breaks off"),
            Event::Eof => return,
            // Text means nothing here, and a DOCTYPE's entities are nobody's business.
            _ => continue,
        };
        if let Some(start) = start {
            place.depth = place.depth.saturating_add(1);
            if place.depth > MOST_DEPTH {
                return sink.broken_off(place.events.saturating_add(1), "elements are nested too deep");
            }
            match start.local_name().as_ref() {
                "trace" if place.trace.is_none() => {
                    place.trace = Some(place.depth);
                    of_trace.clear();
                }
                "event" if place.event.is_none() => {
                    place.event = Some(place.depth);
                    place.events = place.events.saturating_add(1);
                    of_event.clear();
                }
                _ if place.event.is_some_and(|event| place.depth == event.saturating_add(1)) => {
                    attribute(start, "", &columns, &mut of_event, place.events, sink);
                }
                _ if place.event.is_none() && place.trace.is_some_and(|trace| place.depth == trace.saturating_add(1)) => {
                    attribute(start, "case:", &columns, &mut of_trace, place.events, sink);
                }
                _ => {}
            }
        }
        if closes {
            if place.event == Some(place.depth) {
                place.event = None;
                let all = of_trace.iter().chain(&of_event).map(|(field, text)| (*field, text.as_str()));
                let cells: Vec<(Field, &str)> = all.collect();
                if !sink.row(place.events, meter.bytes(), &cells) {
                    return;
                }
            }
            if place.trace == Some(place.depth) {
                place.trace = None;
            }
            place.depth = place.depth.saturating_sub(1);
        }
    }
}

/// `<string key="…" value="…"/>` and its sisters.
fn attribute(
    start: &BytesStart<'_>,
    prefix: &str,
    columns: &std::collections::BTreeMap<&str, Vec<Field>>,
    cells: &mut Cells,
    event: u64,
    sink: &mut Sink<'_, '_>,
) {
    let (mut key, mut value) = (None, None);
    for attribute in start.attributes().with_checks(false) {
        let Ok(attribute) = attribute else { return sink.unreadable(event, "an attribute is malformed") };
        // Only the five predefined entities and characters by number mean anything.
        let text = quick_xml::escape::unescape(&attribute.value).map(std::borrow::Cow::into_owned);
        match (attribute.key.0, text) {
            ("key", Ok(text)) => key = Some([prefix, &text].concat()),
            ("value", Ok(text)) => value = Some(text),
            ("key" | "value", Err(error)) => return sink.unreadable(event, error),
            _ => {}
        }
    }
    let (Some(key), Some(value)) = (key, value) else { return };
    let fields = columns.get(key.as_str()).map(Vec::as_slice).unwrap_or_default();
    if cells.len() < MOST_CELLS {
        cells.extend(fields.iter().map(|field| (*field, value.clone())));
    }
}
