//! OCEL 2.0 JSON, read as a stream: objects, then events with the objects they touch.

use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader};

use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::field::Field;
use super::guard::{Meter, Utf8};
use super::mapping::Mapping;
use super::{Sink, json};

/// What is read of an object or an event; the rest is passed over.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Thing {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    time: Option<String>,
    attributes: Vec<Attribute>,
    relationships: Vec<Relationship>,
}

#[derive(Deserialize)]
struct Attribute {
    name: String,
    value: Value,
}

#[derive(Deserialize)]
struct Relationship {
    #[serde(rename = "objectId")]
    object: String,
    #[serde(default)]
    qualifier: String,
}

/// In a mapping: `type` and `time` are the event's own, `object:TYPE` a related object's id, `object:TYPE.NAME` its
/// attribute, any other name an attribute of the event.
struct Log<'r, 's, 'h, 'a, 'd> {
    mapping: &'r Mapping,
    sink: &'r mut Sink<'s, 'h, 'a>,
    meter: &'d Meter,
    objects: HashMap<String, (String, Vec<(String, String)>)>,
    events: u64,
    stopped: bool,
}

pub(super) fn read(reader: impl BufRead, mapping: &Mapping, sink: &mut Sink<'_, '_, '_>) {
    let stream = match Utf8::new(reader) {
        Ok(stream) => stream,
        Err(error) => return sink.broken_off(1, error),
    };
    let meter = stream.meter();
    let mut log = Log { mapping, sink, meter: &meter, objects: HashMap::new(), events: 0, stopped: false };
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(stream));
    let result = (&mut log).deserialize(&mut json);
    let events = log.events;
    if let (Err(error), false) = (result, log.stopped) {
        sink.broken_off(events.saturating_add(1), error);
    }
}

impl<'de> DeserializeSeed<'de> for &mut Log<'_, '_, '_, '_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Log<'_, '_, '_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an OCEL 2.0 log")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "objects" => map.next_value_seed(Things { log: self, events: false })?,
                "events" => map.next_value_seed(Things { log: self, events: true })?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
            self.meter.content();
        }
        Ok(())
    }
}

/// One of the two arrays.
struct Things<'l, 'r, 's, 'h, 'a, 'd> {
    log: &'l mut Log<'r, 's, 'h, 'a, 'd>,
    events: bool,
}

impl<'de> DeserializeSeed<'de> for Things<'_, '_, '_, '_, '_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Things<'_, '_, '_, '_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects or events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(value) = list.next_element::<Value>()? {
            self.log.meter.content();
            match serde_json::from_value::<Thing>(value) {
                Ok(thing) if self.events => self.log.event(&thing),
                Ok(thing) => self.log.object(thing),
                Err(error) => self.log.sink.unreadable(self.log.events.saturating_add(1), error),
            }
            if self.log.stopped {
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

impl Log<'_, '_, '_, '_, '_> {
    fn object(&mut self, thing: Thing) {
        let wanted =
            |name: &str| self.mapping.columns.values().any(|column| column.strip_prefix("object:").is_some_and(|c| c.ends_with(name)));
        let attributes = thing.attributes.iter().filter(|attribute| wanted(&attribute.name));
        let attributes = attributes.filter_map(|attribute| Some((attribute.name.clone(), json::cell(&attribute.value)?))).collect();
        self.objects.insert(thing.id, (thing.kind, attributes));
    }

    /// One row for each case that the event touches.
    fn event(&mut self, thing: &Thing) {
        self.events = self.events.saturating_add(1);
        let case = self.mapping.column(Field::Case).unwrap_or_default();
        let cases: Vec<String> = self.values(thing, case);
        if cases.is_empty() {
            self.sink.unreadable(self.events, format_args!("the event `{}` touches no `{case}` that came before it", thing.id));
        }
        let mut texts: Vec<(Field, String)> = Vec::new();
        for (field, column) in self.mapping.columns.iter().filter(|(field, _)| **field != Field::Case) {
            let values = self.values(thing, column);
            if !values.is_empty() {
                texts.push((*field, values.join(";")));
            }
        }
        for case in cases {
            let others = texts.iter().map(|(field, text)| (*field, text.as_str()));
            let cells = std::iter::once((Field::Case, case.as_str())).chain(others);
            if !self.sink.row(self.events, self.meter.bytes(), cells) {
                self.stopped = true;
                return;
            }
        }
    }

    fn values(&self, thing: &Thing, column: &str) -> Vec<String> {
        let Some(path) = column.strip_prefix("object:") else {
            let own = match column {
                "type" => Some(thing.kind.clone()),
                "time" => thing.time.clone(),
                "id" => Some(thing.id.clone()),
                name => thing.attributes.iter().find(|attribute| attribute.name == name).and_then(|attribute| json::cell(&attribute.value)),
            };
            return own.into_iter().collect();
        };
        let (kind, attribute) = path.split_once('.').map_or((path, None), |(kind, attribute)| (kind, Some(attribute)));
        let of_kind = thing.relationships.iter().filter_map(|relationship| {
            let (found, attributes) = self.objects.get(&relationship.object)?;
            if found != kind && relationship.qualifier != kind {
                return None;
            }
            match attribute {
                None => Some(relationship.object.clone()),
                Some(name) => attributes.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.clone()),
            }
        });
        of_kind.collect()
    }
}
