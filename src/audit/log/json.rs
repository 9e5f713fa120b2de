//! One JSON object to a line. A column `a.b` is the member `b` of the member `a`.

use std::io::BufRead;

use serde_json::Value;

use super::super::lines::{Line, Lines};
use super::field::Field;
use super::mapping::Mapping;
use super::{Sink, decode};

pub(super) fn read(reader: impl BufRead, mapping: &Mapping, sink: &mut Sink<'_, '_, '_>) {
    let mut lines = Lines::new(reader);
    loop {
        let number = lines.number.saturating_add(1);
        let bytes = lines.bytes;
        let value = match lines.next() {
            Ok(None) => return,
            Err(error) => return sink.broken_off(number, error),
            Ok(Some(Line::TooLong)) => {
                sink.unreadable(number, "the line is too long");
                continue;
            }
            Ok(Some(Line::Text(line))) if line.iter().all(u8::is_ascii_whitespace) => continue,
            Ok(Some(Line::Text(line))) => match decode::text(line).map(|text| serde_json::from_str::<Value>(&text)) {
                Some(Ok(value @ Value::Object(_))) => value,
                Some(Ok(_)) => {
                    sink.unreadable(number, "the line is no JSON object");
                    continue;
                }
                Some(Err(error)) => {
                    sink.unreadable(number, error);
                    continue;
                }
                None => {
                    sink.unreadable(number, "the line is neither UTF-8 nor GB18030");
                    continue;
                }
            },
        };
        let texts: Vec<(Field, String)> =
            mapping.columns.iter().filter_map(|(field, column)| Some((*field, cell(member(&value, column)?)?))).collect();
        if !sink.row(number, bytes, texts.iter().map(|(field, text)| (*field, text.as_str()))) {
            return;
        }
    }
}

/// The member by its whole name, else by the way to it.
fn member<'v>(value: &'v Value, column: &str) -> Option<&'v Value> {
    value.get(column).or_else(|| column.split('.').try_fold(value, |value, key| value.get(key)))
}

/// A value as the cell of a table would have it; an object is none.
pub(super) fn cell(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(list) => Some(list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(";")),
        Value::Null | Value::Object(_) => None,
    }
}
