//! What is published: a title and lines, each of a type that can be shown to anyone.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

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
        Digest::of_value(self)
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
        PublicText(Bilingual::of(format!("{value} 元"), format!("{value} yuan")))
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
