//! The numbers of a procedure, as data: periods, deadlines, majorities, thresholds, each with its source.
//!
//! Law changes, and a province, a district or a charter may be stricter than the law. So every number has a name, a source
//! and a mark whether that source was read; a [`Policy`] has the days it is valid on; and [`Policy::stricter`] joins several.

mod base;
mod builtin;
mod error;
mod majority;
mod number;
mod share;
mod stricter;
mod tally;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize, Serializer};

pub use base::{AllDelegates, AllDirectors, AllMembers, Base, Present};
pub use error::{PolicyError, ShareError, TallyError};
pub use majority::{Majority, Of, VoteResult};
pub use number::Number;
pub use share::{Share, ShareOf};
pub use tally::{Body, Eligible, Tally};

use crate::calendar::{Deadline, Period};
use crate::value::{Bilingual, Digest, DigestError, Money, Text};
use number::{Name, Title};

/// The numbers of one procedure, valid from one day to another. A case keeps the policy of the day it was opened.
///
/// ```
/// use sanzi::policy::Policy;
/// let policy = Policy::builtin_on("2018-03-01".parse().unwrap())?;
/// let notice = policy.period("P3").unwrap();
/// assert_eq!(notice.value().working_days(), 5);
/// assert!(!notice.verified(), "no Guangzhou number could be verified");
/// # Ok::<(), sanzi::policy::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Policy {
    /// Shared: every case that opens under it keeps it.
    raw: Arc<Raw>,
    title: Bilingual,
}

/// A policy as it is written, in TOML and in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    id: Name,
    title: Title,
    #[serde(with = "text::date")]
    valid_from: NaiveDate,
    #[serde(default, with = "text::date_option", skip_serializing_if = "Option::is_none")]
    valid_to: Option<NaiveDate>,
    #[serde(default, deserialize_with = "text::unique")]
    periods: Numbers<Period>,
    #[serde(default, deserialize_with = "text::unique")]
    deadlines: Numbers<Deadline>,
    #[serde(default, deserialize_with = "text::unique")]
    majorities: Numbers<Majority>,
    #[serde(default, deserialize_with = "text::unique")]
    amounts: Numbers<Money>,
    #[serde(default, deserialize_with = "text::unique")]
    at_least: Numbers<u32>,
    #[serde(default, deserialize_with = "text::unique")]
    at_most: Numbers<u32>,
}

type Numbers<T> = BTreeMap<Name, Number<T>>;

impl TryFrom<Raw> for Policy {
    type Error = PolicyError;

    fn try_from(raw: Raw) -> Result<Policy, PolicyError> {
        if let Some(valid_to) = raw.valid_to.filter(|last| *last < raw.valid_from) {
            let reason = format!("{valid_to} is before valid_from, {}: give a later last day, or leave it out", raw.valid_from);
            return Err(PolicyError::Field { field: "valid_to".to_owned(), reason });
        }
        let title = Bilingual::of(raw.title.zh.as_str(), raw.title.en.as_str());
        Ok(Policy { raw: Arc::new(raw), title })
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}

/// Reads and sets the numbers of one kind. Each kind says what is stricter in it.
macro_rules! kinds {
    ($($(#[$doc:meta])* $one:ident, $all:ident, $with:ident, $field:ident: $of:ty, $check:expr;)*) => {
        impl Policy {
            $(
                $(#[$doc])*
                pub fn $one(&self, name: &str) -> Option<&Number<$of>> {
                    self.raw.$field.get(name)
                }

                #[doc = concat!("All numbers that [`Policy::", stringify!($one), "`] finds, by name.")]
                pub fn $all(&self) -> impl Iterator<Item = (&str, &Number<$of>)> {
                    self.raw.$field.iter().map(|(name, number)| (name.as_str(), number))
                }

                #[doc = concat!("With a number for [`Policy::", stringify!($one), "`], in the place of one of the same name.")]
                ///
                /// # Errors
                /// [`PolicyError::Field`] where the name or the number is not acceptable.
                pub fn $with(mut self, name: &str, number: Number<$of>) -> Result<Policy, PolicyError> {
                    let field = || format!("{}.{name:.80}", stringify!($field));
                    let check: fn(&$of) -> Result<(), String> = $check;
                    check(number.value()).map_err(|reason| PolicyError::Field { field: field(), reason })?;
                    let name = Name::new(name).map_err(|reason| PolicyError::Field { field: field(), reason })?;
                    Arc::make_mut(&mut self.raw).$field.insert(name, number);
                    Ok(self)
                }
            )*

            /// Whether there is a number of that kind and name, written as `kind.name`: `majorities.assembly`.
            pub fn has(&self, number: &str) -> bool {
                let (kind, name) = number.split_once('.').unwrap_or_default();
                match kind {
                    $(stringify!($field) => self.$one(name).is_some(),)*
                    _ => false,
                }
            }

            /// The numbers whose source was not read, as `kind.name`: to be shown as unverified wherever they are used.
            pub fn unverified(&self) -> impl Iterator<Item = String> {
                std::iter::empty()$(.chain(
                    self.raw.$field.iter().filter(|(_, number)| !number.verified())
                        .map(|(name, _)| format!("{}.{}", stringify!($field), name.as_str())),
                ))*
            }
        }
    };
}

kinds! {
    /// A notice or a lead time that must have run, at least this long: longer is stricter.
    period, periods, with_period, periods: Period, |period| period.checked().map(drop).map_err(|error| error.to_string());
    /// A duty to act, at most this long: shorter is stricter.
    deadline, deadlines, with_deadline, deadlines: Deadline, |deadline| deadline.checked().map(drop).map_err(|error| error.to_string());
    /// A majority: a higher quorum, a higher share and a larger base are stricter.
    majority, majorities, with_majority, majorities: Majority, |_| Ok(());
    /// An amount from which a stricter regime applies, in yuan: lower is stricter.
    amount, amounts, with_amount, amounts: Money, |_| Ok(());
    /// A count that must be reached: higher is stricter.
    at_least, all_at_least, with_at_least, at_least: u32, |_| Ok(());
    /// A count that must not be passed: lower is stricter.
    at_most, all_at_most, with_at_most, at_most: u32, |_| Ok(());
}

impl Policy {
    /// The name of the deadline for answering an objection or a comment.
    pub const ANSWER: &'static str = "objection";

    /// A policy without numbers, valid from a day on, to be filled by [`Policy::with_period`] and its sisters.
    ///
    /// # Errors
    /// [`PolicyError::Field`] where the id is not 1 to 200 of `a-z A-Z 0-9 - _ . +`.
    pub fn new(id: &str, zh: Text, en: Text, valid_from: NaiveDate) -> Result<Policy, PolicyError> {
        let id = Name::new(id).map_err(|reason| PolicyError::Field { field: "id".to_owned(), reason })?;
        Policy::try_from(Raw {
            id,
            title: Title { zh, en },
            valid_from,
            valid_to: None,
            periods: BTreeMap::new(),
            deadlines: BTreeMap::new(),
            majorities: BTreeMap::new(),
            amounts: BTreeMap::new(),
            at_least: BTreeMap::new(),
            at_most: BTreeMap::new(),
        })
    }

    /// Valid up to and including a day.
    ///
    /// # Errors
    /// [`PolicyError::Field`] where the day is before the first.
    pub fn until(self, valid_to: NaiveDate) -> Result<Policy, PolicyError> {
        Policy::try_from(Raw { valid_to: Some(valid_to), ..Arc::unwrap_or_clone(self.raw) })
    }

    /// The short name that records and reports use.
    pub fn id(&self) -> &str {
        self.raw.id.as_str()
    }

    /// What people call it.
    pub fn title(&self) -> &Bilingual {
        &self.title
    }

    /// The first day it is valid on.
    pub fn valid_from(&self) -> NaiveDate {
        self.raw.valid_from
    }

    /// The last day it is valid on, if it has one.
    pub fn valid_to(&self) -> Option<NaiveDate> {
        self.raw.valid_to
    }

    /// Whether it is valid on a day.
    pub fn is_valid_on(&self, date: NaiveDate) -> bool {
        self.raw.valid_from <= date && self.raw.valid_to.is_none_or(|last| date <= last)
    }

    /// Of its canonical JSON: what a case's first record binds it to.
    ///
    /// # Errors
    /// [`DigestError::NotCanonical`], which no policy is known to cause.
    pub fn digest(&self) -> Result<Digest, DigestError> {
        Digest::of_value(&*self.raw)
    }
}
