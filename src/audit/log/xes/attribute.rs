//! Attributes: which fields they fill, and their values.

use std::borrow::Cow;

use foldhash::HashMap;
use memchr::{memchr, memchr2};
use quick_xml::escape::unescape;
use quick_xml::events::attributes::Attributes;

use super::super::by_column;
use super::super::field::Field;
use super::super::mapping::Mapping;

/// Beginnings of attributes that are remembered.
const MOST_KNOWN: usize = 64;

/// Keys of attributes, and the fields that each fills.
#[derive(Default)]
pub(super) struct Keys<'m> {
    fields: HashMap<&'m str, Vec<Field>>,
    /// How attributes began before. They come in much the same order in event after event, so the next is guessed.
    known: Vec<Known>,
    first: usize,
    last: Option<usize>,
}

/// Keys of traces, and those of events.
pub(super) type Both<'m> = (Keys<'m>, Keys<'m>);

/// The fields that an attribute fills, and its value.
type Filling<'k, 't> = (&'k [Field], Cow<'t, str>);

struct Known {
    /// Up to the value: `<string key="concept:name" value="`.
    beginning: Box<str>,
    fields: Vec<Field>,
    /// The one that came behind it the last time.
    next: usize,
}

impl<'m> Keys<'m> {
    pub(super) fn of(mapping: &'m Mapping) -> Both<'m> {
        let columns = by_column(mapping);
        let of_traces = columns.iter().filter_map(|(key, fields)| Some((key.strip_prefix("case:")?, fields.clone()))).collect();
        let keys = |fields| Keys { fields, ..Keys::default() };
        (keys(of_traces), keys(columns.into_iter().collect()))
    }

    /// What comes next is the first attribute of an event.
    pub(super) fn begin(&mut self) {
        self.last = None;
    }

    /// An attribute at the beginning of a text, as nearly every writer writes it: what it fills, its value, and what comes behind.
    pub(super) fn everyday<'t>(&mut self, text: &'t str) -> Option<(&[Field], &'t str, &'t str)> {
        let [b'<', b'a'..=b'z', ..] = text.as_bytes() else { return None };
        let guess = self.last.and_then(|last| self.known.get(last)).map_or(self.first, |last| last.next);
        let (place, rest) = match self.known.get(guess).and_then(|known| text.strip_prefix(&*known.beginning)) {
            Some(rest) => (guess, rest),
            None => self.look(text)?,
        };
        self.last = Some(place);
        let (value, rest) = until_quote(rest)?;
        Some((&self.known.get(place)?.fields, value, rest.strip_prefix("\"/>")?))
    }

    /// Which of those that are known an attribute is, and its text from the value on.
    fn look<'t>(&mut self, text: &'t str) -> Option<(usize, &'t str)> {
        let (key, rest) = begun(behind_name(text)?)?;
        let beginning = text.get(..text.len().saturating_sub(rest.len()))?;
        let place = self.known.iter().position(|known| *known.beginning == *beginning).unwrap_or_else(|| {
            if self.known.len() == MOST_KNOWN {
                self.known.clear();
                self.last = None;
            }
            self.known.push(Known { beginning: beginning.into(), fields: self.of_key(key).to_vec(), next: 0 });
            self.known.len().saturating_sub(1)
        });
        match self.last.and_then(|last| self.known.get_mut(last)) {
            Some(last) => last.next = place,
            None => self.first = place,
        }
        Some((place, rest))
    }

    /// What an attribute fills, and its value, by all that stands in its tag behind the name.
    pub(super) fn any<'t>(&self, raw: &'t str) -> Result<Option<Filling<'_, 't>>, String> {
        if let Some((key, value)) = everyday(raw) {
            return Ok(Some((self.of_key(key), Cow::Borrowed(value))));
        }
        self.taken_apart(raw)
    }

    /// The same by quick-xml, however it is written.
    pub(super) fn taken_apart<'t>(&self, raw: &'t str) -> Result<Option<Filling<'_, 't>>, String> {
        let Some((key, value)) = key_and_value(raw)? else { return Ok(None) };
        Ok(Some((self.of_key(&plain(key)?), plain(value)?)))
    }

    fn of_key(&self, key: &str) -> &[Field] {
        self.fields.get(key).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What comes behind the name of an attribute's tag.
fn behind_name(text: &str) -> Option<&str> {
    match text.as_bytes().get(1)? {
        b's' => text.strip_prefix("<string"),
        b'd' => text.strip_prefix("<date"),
        b'i' => text.strip_prefix("<int").or_else(|| text.strip_prefix("<id")),
        b'f' => text.strip_prefix("<float"),
        b'b' => text.strip_prefix("<boolean"),
        _ => None,
    }
}

/// Key and value as nearly every writer writes them: in this order, between double quotes, and nothing to unescape.
fn everyday(raw: &str) -> Option<(&str, &str)> {
    let (key, rest) = begun(raw)?;
    let (value, rest) = until_quote(rest)?;
    (rest == "\"").then_some((key, value))
}

/// The key, and all from the value on.
fn begun(raw: &str) -> Option<(&str, &str)> {
    let (key, rest) = until_quote(raw.strip_prefix(" key=\"")?)?;
    Some((key, rest.strip_prefix("\" value=\"")?))
}

/// What stands before a quote, and the rest; `None` where something is to unescape.
fn until_quote(text: &str) -> Option<(&str, &str)> {
    let (before, rest) = text.split_at_checked(memchr2(b'"', b'&', text.as_bytes())?)?;
    rest.starts_with('"').then_some((before, rest))
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
            if let Some((key, value)) = everyday(&raw) {
                let (long_key, long_value) = key_and_value(&raw).unwrap().unwrap();
                prop_assert_eq!((Ok(key.into()), Ok(value.into())), (plain(long_key), plain(long_value)));
            }
        }
    }

    #[test]
    fn what_everyone_writes_is_read_at_sight() {
        assert_eq!(everyday(" key=\"竞投人\" value=\"o'n>1\""), Some(("竞投人", "o'n>1")));
        for other in [
            "",
            " key=\"a\" value=\"b\" ",
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
