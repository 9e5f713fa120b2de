//! Policies as text: read strictly, refused with the line, the column and the field.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::marker::PhantomData;

use chrono::NaiveDate;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use toml::de::DeTable;

use super::number::Name;
use super::{Number, Policy, PolicyError, Raw};

/// The largest policy that is read, in bytes.
pub(super) const MAX_BYTES: usize = 262_144;

impl Policy {
    /// Reads a policy from TOML: one table a kind of number, each number with `value`, `source` and `verified`.
    ///
    /// ```
    /// use sanzi::policy::{Policy, PolicyError};
    /// let text = r#"
    /// id = "our-charter"
    /// title = { zh = "本社章程", en = "our charter" }
    /// valid_from = "2025-05-01"
    ///
    /// [periods.P3]
    /// value = { working = 7 }
    /// source = "章程第二十条"
    /// verified = true
    /// "#;
    /// assert_eq!(Policy::from_toml(text)?.period("P3").unwrap().value().working_days(), 7);
    ///
    /// let slip = Policy::from_toml(&text.replace("working = 7", "working = 70000")).unwrap_err();
    /// assert!(slip.to_string().starts_with("line 7, column 9, `periods.P3.value`: 70000 days are over"), "{slip}");
    /// # Ok::<(), PolicyError>(())
    /// ```
    ///
    /// # Errors
    /// [`PolicyError::Malformed`] with the place and the reason; [`PolicyError::TooLarge`] over 256 KiB.
    pub fn from_toml(text: &str) -> Result<Policy, PolicyError> {
        if text.len() > MAX_BYTES {
            return Err(PolicyError::TooLarge { bytes: text.len() });
        }
        let raw: Raw = toml::from_str(text).map_err(|error| malformed(text, error))?;
        Policy::try_from(raw).map_err(|error| match error {
            PolicyError::Field { field, reason } => {
                let (line, column) = place(text, offset_of(text, &field));
                PolicyError::Malformed { line, column, field, reason }
            }
            other => other,
        })
    }
}

fn malformed(text: &str, mut error: toml::de::Error) -> PolicyError {
    let (line, column) = place(text, error.span().map_or(0, |span| span.start));
    let reason = error.message().to_owned();
    // Without its input, the error ends in the path of keys that it was found under.
    error.set_input(None);
    let shown = error.to_string();
    let path = shown.trim_end().rsplit('\n').next().unwrap_or_default();
    let field = path.strip_prefix("in `").and_then(|path| path.strip_suffix('`')).unwrap_or_default().to_owned();
    PolicyError::Malformed { line, column, field, reason }
}

/// Line and column of a byte, each from 1, columns in characters.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
    (line, column)
}

/// Where a top-level field's value is.
fn offset_of(text: &str, field: &str) -> usize {
    DeTable::parse(text).ok().and_then(|table| table.get_ref().get(field).map(|value| value.span().start)).unwrap_or(0)
}

/// A date as `2025-05-01` and in no other spelling.
pub(super) mod date {
    use super::{D, Deserializer, NaiveDate, fmt};
    use serde::Serializer;

    struct Day;

    impl serde::de::Visitor<'_> for Day {
        type Value = NaiveDate;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a date in quotes, such as \"2025-05-01\"")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<NaiveDate, E> {
            let date: Option<NaiveDate> = text.parse().ok();
            date.filter(|date| date.to_string() == text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
        }
    }

    pub(in super::super) fn deserialize<'de, T: Deserializer<'de>>(deserializer: T) -> D<'de, T, NaiveDate> {
        deserializer.deserialize_str(Day)
    }

    pub(in super::super) fn serialize<S: Serializer>(date: &NaiveDate, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(date)
    }
}

/// The same for a date that may be left out.
pub(super) mod date_option {
    use super::{D, Deserializer, NaiveDate, date};
    use serde::Serializer;

    pub(in super::super) fn deserialize<'de, T: Deserializer<'de>>(deserializer: T) -> D<'de, T, Option<NaiveDate>> {
        date::deserialize(deserializer).map(Some)
    }

    pub(in super::super) fn serialize<S: Serializer>(date: &Option<NaiveDate>, serializer: S) -> Result<S::Ok, S::Error> {
        match date {
            Some(date) => date::serialize(date, serializer),
            None => serializer.serialize_none(),
        }
    }
}

type D<'de, T, V> = Result<V, <T as Deserializer<'de>>::Error>;

/// A map that refuses a name that is there twice; serde's own would keep the last.
pub(super) fn unique<'de, D, T>(deserializer: D) -> Result<BTreeMap<Name, Number<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct ByName<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for ByName<T> {
        type Value = BTreeMap<Name, Number<T>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("numbers by name")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut numbers = BTreeMap::new();
            while let Some(name) = map.next_key::<Name>()? {
                match numbers.entry(name) {
                    Entry::Vacant(place) => drop(place.insert(map.next_value()?)),
                    Entry::Occupied(place) => {
                        return Err(A::Error::custom(format_args!("`{}` is there twice: keep one", place.key().as_str())));
                    }
                }
            }
            Ok(numbers)
        }
    }

    deserializer.deserialize_map(ByName(PhantomData))
}
