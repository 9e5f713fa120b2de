//! A first draft of a mapping, from a file's own headers and values. A person reads it before it is used.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use quick_xml::events::Event;
use serde_json::Value;

use super::csv::{Next, Records, separator};
use super::field::Field;
use super::mapping::{Format, Mapping, MappingError};
use super::words::Words;
use super::{decode, json, time};
use crate::dongsha::{Role, Step};
use crate::flow::{RoleId, StepId};
use crate::value::Bilingual;

/// So many rows are looked at.
const ROWS: usize = 500;
/// A name that is this like a known one is taken for it, and said so.
const ALIKE: f64 = 0.45;

/// A drafted mapping, and what is to be checked in it.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// The draft.
    pub mapping: Mapping,
    /// What was guessed, what is ambiguous, and what was not found.
    pub notes: Vec<Bilingual>,
}

/// The draft as TOML, its notes as comments before it.
impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            writeln!(f, "# {note}")?;
        }
        f.write_str(&self.mapping.to_toml())
    }
}

/// Column names in order, with some of their values.
type Table = Vec<(String, Vec<String>)>;

impl Mapping {
    /// Drafts a mapping from the beginning of a file (OCEL: the whole of it).
    ///
    /// ```
    /// use sanzi::audit::{Field, Format, Mapping};
    /// let head = "项目编号,环节,办理时间,经办人\n7,2. 党组织前置研究,2018-03-05,何志明\n7,发布交易公示,2018-04-05,宋主持\n";
    /// let draft = Mapping::suggest(Format::Csv, head.as_bytes())?;
    /// assert_eq!(draft.mapping.column(Field::Case), Some("项目编号"));
    /// assert!(draft.to_string().contains("\"发布交易公示\" = \"TradingNotice\""));
    /// # Ok::<(), sanzi::audit::MappingError>(())
    /// ```
    ///
    /// # Errors
    /// [`MappingError::NoColumn`] where no column can be taken for the case or for the step.
    pub fn suggest(format: Format, head: &[u8]) -> Result<Suggestion, MappingError> {
        let delimiter = separator(head);
        let table = match format {
            Format::Csv => of_csv(head, delimiter),
            Format::JsonLines => of_json_lines(head),
            Format::Xes => of_xes(head),
            Format::Ocel => of_ocel(head),
        };
        let mut notes = Vec::new();
        let columns = columns(&table, &mut notes);
        let own = (format == Format::Csv && delimiter != b',').then_some(char::from(delimiter));
        let mapping = Mapping::of(format, columns, own)?;
        let values = |field: Field| {
            let column = mapping.column(field);
            table.iter().find(|(name, _)| Some(name.as_str()) == column).map(|(_, values)| values.as_slice()).unwrap_or_default()
        };
        let known: Vec<(&str, &str)> = Step::ALL.iter().map(|step| (step.id(), step_name(*step))).collect();
        let steps = guesses(values(Field::Step), |name| Words::steps().step(name).is_some(), &known, &mut notes);
        let known: Vec<(&str, &str)> = Role::ALL.iter().map(|role| (role.id(), role_name(*role))).collect();
        let roles = guesses(values(Field::Role), |name| Words::roles().get(name).is_some(), &known, &mut notes);
        let mapping = mapping.raw_with(steps, roles)?;
        Ok(Suggestion { mapping, notes })
    }
}

fn step_name(step: Step) -> &'static str {
    match step.name().zh {
        std::borrow::Cow::Borrowed(name) => name,
        std::borrow::Cow::Owned(_) => step.id(),
    }
}

fn role_name(role: Role) -> &'static str {
    match role.name().zh {
        std::borrow::Cow::Borrowed(name) => name,
        std::borrow::Cow::Owned(_) => role.id(),
    }
}

fn of_csv(head: &[u8], delimiter: u8) -> Table {
    let mut records = Records::new(head, delimiter);
    let mut table = Table::new();
    for row in 0..=ROWS {
        let Ok(Next::Record) = records.next() else { break };
        let cells = records.cells().map(|cell| decode::text(cell).unwrap_or_default().trim().to_owned());
        if row == 0 {
            table = cells.map(|name| (name, Vec::new())).collect();
        } else {
            cells.zip(&mut table).for_each(|(cell, column)| column.1.push(cell));
        }
    }
    table
}

/// Adds a value to a column by name.
fn add(table: &mut Table, places: &mut BTreeMap<String, usize>, name: &str, value: String) {
    let place = *places.entry(name.to_owned()).or_insert_with(|| {
        table.push((name.to_owned(), Vec::new()));
        table.len().saturating_sub(1)
    });
    if let Some((_, values)) = table.get_mut(place).filter(|(_, values)| values.len() < ROWS) {
        values.push(value);
    }
}

fn of_json_lines(head: &[u8]) -> Table {
    let (mut table, mut places) = (Table::new(), BTreeMap::new());
    for line in head.split(|byte| *byte == b'\n').take(ROWS) {
        let Some(Ok(Value::Object(object))) = decode::text(line).map(|text| serde_json::from_str(&text)) else { continue };
        for (name, value) in &object {
            if let Value::Object(inner) = value {
                let inner = inner.iter().filter_map(|(key, value)| Some((format!("{name}.{key}"), json::cell(value)?)));
                inner.for_each(|(name, cell)| add(&mut table, &mut places, &name, cell));
            } else if let Some(cell) = json::cell(value) {
                add(&mut table, &mut places, name, cell);
            }
        }
    }
    table
}

fn of_xes(head: &[u8]) -> Table {
    let (mut table, mut places) = (Table::new(), BTreeMap::new());
    let text = decode::text(head).unwrap_or_else(|| String::from_utf8_lossy(head));
    let mut xml = quick_xml::Reader::from_str(&text);
    // Traces and events that are open: their attributes are the columns.
    let (mut in_trace, mut in_event) = (false, false);
    while let Ok(event) = xml.read_event() {
        match &event {
            Event::Eof => break,
            Event::End(end) if end.local_name().as_ref() == "event" => in_event = false,
            Event::End(end) if end.local_name().as_ref() == "trace" => in_trace = false,
            Event::Start(start) | Event::Empty(start) => match start.local_name().as_ref() {
                "event" => in_event = true,
                "trace" => in_trace = true,
                _ if in_trace => {
                    let text = |key| start.try_get_attribute(key).ok().flatten().map(|attribute| attribute.value.into_owned());
                    if let (Some(key), Some(value)) = (text("key"), text("value")) {
                        let name = if in_event { key } else { format!("case:{key}") };
                        add(&mut table, &mut places, &name, value);
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
    table
}

fn of_ocel(head: &[u8]) -> Table {
    let (mut table, mut places) = (Table::new(), BTreeMap::new());
    let Ok(log) = serde_json::from_slice::<Value>(head) else { return table };
    let list = |key: &str| log.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |value: &Value, key: &str| value.get(key).and_then(json::cell);
    let kinds: BTreeMap<String, String> =
        list("objects").iter().filter_map(|object| Some((text(object, "id")?, text(object, "type")?))).collect();
    for event in list("events").iter().take(ROWS) {
        for (column, key) in [("type", "type"), ("time", "time")] {
            text(event, key).into_iter().for_each(|cell| add(&mut table, &mut places, column, cell));
        }
        let inner = |key: &str| event.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for attribute in inner("attributes") {
            if let (Some(name), Some(cell)) = (text(attribute, "name"), text(attribute, "value")) {
                add(&mut table, &mut places, &name, cell);
            }
        }
        for relationship in inner("relationships") {
            let object = text(relationship, "objectId");
            if let Some((object, kind)) = object.and_then(|object| kinds.get(&object).map(|kind| (object.clone(), kind))) {
                add(&mut table, &mut places, &format!("object:{kind}"), object);
            }
        }
    }
    table
}

/// Which column holds which field: by its header, then, for steps and times, by its values.
fn columns(table: &Table, notes: &mut Vec<Bilingual>) -> BTreeMap<Field, String> {
    let mut found: BTreeMap<Field, String> = BTreeMap::new();
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for exact in [true, false] {
        for field in Field::ALL {
            if found.contains_key(field) {
                continue;
            }
            let fits = |name: &str| {
                let name = name.trim_start_matches("object:").to_lowercase();
                field.words().iter().position(|word| if exact { name == *word } else { word.chars().count() > 1 && name.contains(word) })
            };
            let mut fitting: Vec<(usize, &str)> = table
                .iter()
                .filter(|(name, _)| !taken.contains(name.as_str()))
                .filter_map(|(name, _)| Some((fits(name)?, name.as_str())))
                .collect();
            fitting.sort_unstable();
            let Some((rank, name)) = fitting.first().copied() else { continue };
            let rivals: Vec<&str> = fitting.iter().skip(1).filter(|(other, _)| *other == rank).map(|(_, name)| *name).collect();
            if !rivals.is_empty() {
                let rivals = rivals.join("”“");
                notes.push(Bilingual::of(
                    format!("{}：取“{name}”，也可能是“{rivals}”", field.key()),
                    format!("{}: `{name}` is taken, `{rivals}` would fit too", field.key()),
                ));
            }
            taken.insert(name);
            found.insert(*field, name.to_owned());
        }
    }
    let mostly = |values: &[String], is: &dyn Fn(&str) -> bool| {
        let said = || values.iter().filter(|value| !value.is_empty());
        said().count() > 0 && said().filter(|value| is(value)).count().saturating_mul(2) > said().count()
    };
    let zone =
        Mapping::of(Format::Csv, BTreeMap::from([(Field::Case, "c".to_owned()), (Field::Step, "s".to_owned())]), None).map(|m| m.zone);
    let steps = Words::steps();
    let is_step = |value: &str| steps.step(value).is_some() && value.parse::<u32>().is_err();
    let is_time = |value: &str| zone.as_ref().is_ok_and(|zone| time::moment(value, *zone, &[]).is_some());
    for field in [Field::Step, Field::Time] {
        let is: &dyn Fn(&str) -> bool = if field == Field::Step { &is_step } else { &is_time };
        let named = found.get(&field).and_then(|column| table.iter().find(|(name, _)| name == column));
        if named.is_some_and(|(_, values)| field == Field::Time || mostly(values, is)) {
            continue;
        }
        if let Some((name, _)) = table.iter().find(|(name, values)| !taken.contains(name.as_str()) && mostly(values, is)) {
            notes.push(Bilingual::of(
                format!("{}：按内容取“{name}”", field.key()),
                format!("{}: `{name}` is taken, by its values", field.key()),
            ));
            found.insert(field, name.clone());
        }
    }
    let missing: Vec<&str> = Field::ALL.iter().filter(|field| !found.contains_key(field)).map(|field| field.key()).collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        notes.push(Bilingual::of(format!("未找到：{missing}"), format!("not found: {missing}")));
    }
    found
}

/// Names that are not known, each with the known one that it is most like.
fn guesses(
    values: &[String],
    is_known: impl Fn(&str) -> bool,
    known: &[(&str, &str)],
    notes: &mut Vec<Bilingual>,
) -> BTreeMap<String, String> {
    let unknown: BTreeSet<&str> = values.iter().map(|value| value.trim()).filter(|value| !value.is_empty() && !is_known(value)).collect();
    let mut found = BTreeMap::new();
    for name in unknown {
        let like = |(id, zh): &&(&str, &str)| likeness(name, zh).max(likeness(&name.to_lowercase(), &id.to_lowercase()));
        let best = known.iter().max_by(|one, other| like(one).total_cmp(&like(other)));
        match best.filter(|best| like(best) >= ALIKE) {
            Some((id, _)) => {
                notes.push(Bilingual::of(format!("请核对：“{name}”当作 {id}"), format!("check: `{name}` is taken for {id}")));
                found.insert(name.to_owned(), (*id).to_owned());
            }
            None => notes.push(Bilingual::of(format!("“{name}”不知何指"), format!("`{name}` is like no known name"))),
        }
    }
    found
}

/// How alike two names are, by the pairs of neighbouring characters that they share: 0 to 1.
fn likeness(one: &str, other: &str) -> f64 {
    let pairs = |text: &str| {
        let chars: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        chars.windows(2).map(<[char]>::to_vec).collect::<BTreeSet<_>>()
    };
    let (one, other) = (pairs(one), pairs(other));
    let number = |n: usize| super::super::chance::float(super::super::chance::count(n));
    let all = number(one.len().saturating_add(other.len()));
    if all == 0.0 { 0.0 } else { 2.0 * number(one.intersection(&other).count()) / all }
}
