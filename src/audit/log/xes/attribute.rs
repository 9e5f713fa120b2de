//! Attributes: which fields they fill, and their values.

use std::borrow::Cow;

use foldhash::HashMap;
use memchr::{memchr, memchr2};
use quick_xml::escape::unescape;
use quick_xml::events::attributes::Attributes;

use super::super::by_column;
use super::super::field::Field;
use super::super::mapping::Mapping;

/// Keys of attributes, and the fields that each fills.
#[derive(Default)]
pub(super) struct Keys<'m>(HashMap<&'m str, Vec<Field>>);

impl<'m> Keys<'m> {
    /// Those of traces, and those of events.
    pub(super) fn of(mapping: &'m Mapping) -> (Keys<'m>, Keys<'m>) {
        let columns = by_column(mapping);
        let of_traces = columns.iter().filter_map(|(key, fields)| Some((key.strip_prefix("case:")?, fields.clone()))).collect();
        (Keys(of_traces), Keys(columns.into_iter().collect()))
    }

    /// An attribute at the beginning of a text, as nearly every writer writes it: what it fills, its value, and what comes behind.
    pub(super) fn everyday<'t>(&self, text: &'t str) -> Option<(&[Field], &'t str, &'t str)> {
        let raw = ["<string", "<date", "<int", "<float", "<boolean", "<id"].iter().find_map(|tag| text.strip_prefix(tag))?;
        let (key, value, rest) = everyday(raw)?;
        Some((self.fields(key), value, rest.strip_prefix("/>")?))
    }

    /// What an attribute fills, and its value, by all that stands in its tag behind the name.
    pub(super) fn any<'t>(&self, raw: &'t str) -> Result<Option<(&[Field], Cow<'t, str>)>, String> {
        Ok(match key_and_value(raw)? {
            Some((key, value)) => Some((self.fields(&plain(key)?), plain(value)?)),
            None => None,
        })
    }

    fn fields(&self, key: &str) -> &[Field] {
        self.0.get(key).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Key and value as nearly every writer writes them, and what comes behind: in this order, between double quotes, and nothing to
/// unescape.
fn everyday(raw: &str) -> Option<(&str, &str, &str)> {
    let until_quote = |text: &'_ str| memchr2(b'"', b'&', text.as_bytes());
    let rest = raw.strip_prefix(" key=\"")?;
    let (key, rest) = rest.split_at_checked(until_quote(rest)?)?;
    let rest = rest.strip_prefix("\" value=\"")?;
    let (value, rest) = rest.split_at_checked(until_quote(rest)?)?;
    Some((key, value, rest.strip_prefix('"')?))
}

type KeyAndValue<'x> = (Cow<'x, str>, Cow<'x, str>);

/// Key and value, whatever else there is, and however it is written.
fn key_and_value(raw: &str) -> Result<Option<KeyAndValue<'_>>, String> {
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
fn plain(text: Cow<'_, str>) -> Result<Cow<'_, str>, String> {
    if memchr(b'&', text.as_bytes()).is_none() {
        return Ok(text);
    }
    unescape(&text).map(|text| Cow::Owned(text.into_owned())).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_read_at_sight_is_what_the_long_way_reads(
            raw in "( key=\"[^\"<&]{0,2}\" value=[\"'][a\"'&;/ ]{0,3}[\"']|( |key|value|[ab]|=|\"|'|&amp;|&|元|/){0,8}) ?"
        ) {
            if let Some((key, value, "")) = everyday(&raw) {
                let (long_key, long_value) = key_and_value(&raw).unwrap().unwrap();
                prop_assert_eq!((Ok(key.into()), Ok(value.into())), (plain(long_key), plain(long_value)));
            }
        }
    }

    #[test]
    fn what_everyone_writes_is_read_at_sight() {
        assert_eq!(everyday(" key=\"竞投人\" value=\"o'n>1\"/> "), Some(("竞投人", "o'n>1", "/> ")));
        for other in [
            "",
            " value=\"b\" key=\"a\"",
            " key='a' value='b'",
            " key=\"a&amp;\" value=\"b\"",
            " key=\"a\" value=\"&lt;\"",
            " key=\"a\" value=\"",
            " xkey=\"a\" value=\"b\"",
        ] {
            assert_eq!(everyday(other), None, "{other}");
        }
    }
}
