//! What is published: a title and lines, each of a type that can be shown to anyone.

use chrono::{DateTime, NaiveDate, Utc};
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use crate::calendar::china_date;
use crate::value::{AssetId, Bilingual, CaseId, Digest, DigestError, Masked, Money, PersonId, Text};

/// A value that may be shown to anyone. Names, ID numbers and account numbers have no way in but [`Masked`].
///
/// ```compile_fail,E0277
/// use sanzi::{disclosure::PublicText, value::PersonName};
/// let name = PersonName::new("陈大文").unwrap();
/// let shown: PublicText = name.into(); // does not compile: use name.masked()
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PublicText(Bilingual);

impl PublicText {
    /// The value in both languages.
    pub fn text(&self) -> &Bilingual {
        &self.0
    }
}

/// One line of a notice: 成交价 winning price: 607,755.00.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What the value is.
    pub label: Bilingual,
    /// The value.
    pub value: PublicText,
}

impl Line {
    /// A line; the value is anything that may be shown.
    pub fn new(zh: &'static str, en: &'static str, value: impl Into<PublicText>) -> Line {
        Line { label: Bilingual::new(zh, en), value: value.into() }
    }
}

/// A notice as it must go up, the same on every channel. Its digest is what a receipt confirms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The transaction.
    pub case: CaseId,
    /// Which notice of the transaction it is, counted from 1: a notice done again has another number.
    pub number: u32,
    /// What it is about.
    pub title: Bilingual,
    /// What it says.
    pub lines: Vec<Line>,
}

impl Notice {
    /// The digest that receipts confirm.
    ///
    /// # Errors
    /// Never for a notice that this crate makes: its parts all have a canonical form.
    pub fn digest(&self) -> Result<Digest, DigestError> {
        Digest::of_sorted(&InOrder(self))
    }
}

/// Writes the fields in the order of canonical JSON (RFC 8785): every act of performing waits for this digest.
struct InOrder<'a, T: ?Sized>(&'a T);

impl Serialize for InOrder<'_, Notice> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Notice { case, number, title, lines } = self.0;
        let mut fields = serializer.serialize_struct("Notice", 4)?;
        fields.serialize_field("case", case)?;
        fields.serialize_field("lines", &InOrder(lines.as_slice()))?;
        fields.serialize_field("number", number)?;
        fields.serialize_field("title", &InOrder(title))?;
        fields.end()
    }
}

impl Serialize for InOrder<'_, [Line]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(InOrder))
    }
}

impl Serialize for InOrder<'_, Line> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Line { label, value } = self.0;
        let mut fields = serializer.serialize_struct("Line", 2)?;
        fields.serialize_field("label", &InOrder(label))?;
        fields.serialize_field("value", &InOrder(value.text()))?;
        fields.end()
    }
}

impl Serialize for InOrder<'_, Bilingual> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Bilingual { zh, en } = self.0;
        let mut fields = serializer.serialize_struct("Bilingual", 2)?;
        fields.serialize_field("en", en)?;
        fields.serialize_field("zh", zh)?;
        fields.end()
    }
}

macro_rules! shown_as_is {
    ($($type:ty),*) => {$(
        impl From<$type> for PublicText {
            fn from(value: $type) -> PublicText {
                PublicText(Bilingual::same(value))
            }
        }
    )*};
}
shown_as_is!(u32, u64, usize, NaiveDate, Digest, Masked, AssetId, PersonId, &Text, &'static str);

impl From<Bilingual> for PublicText {
    fn from(value: Bilingual) -> PublicText {
        PublicText(value)
    }
}

impl From<Money> for PublicText {
    fn from(value: Money) -> PublicText {
        PublicText(value.text())
    }
}

impl From<bool> for PublicText {
    fn from(value: bool) -> PublicText {
        PublicText(if value { Bilingual::new("是", "yes") } else { Bilingual::new("否", "no") })
    }
}

/// The day in China.
impl From<DateTime<Utc>> for PublicText {
    fn from(value: DateTime<Utc>) -> PublicText {
        china_date(value).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_digest_is_that_of_the_canonical_json(texts in proptest::collection::vec(any::<String>(), 4..12), number: u32) {
            let mut around = texts.iter().cycle().cloned();
            let mut both = || Bilingual::of(around.next().unwrap_or_default(), around.next().unwrap_or_default());
            let title = both();
            let lines = texts.iter().map(|_| Line { label: both(), value: both().into() }).collect();
            let notice = Notice { case: CaseId::random(), number, title, lines };
            prop_assert_eq!(notice.digest(), Digest::of_value(&notice));
        }
    }
}
