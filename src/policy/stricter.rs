//! Of law, province, district and charter, the stricter wins (RCEO 27), number by number.

use std::collections::BTreeMap;

use super::number::{Name, Title};
use super::{Majority, Number, Numbers, Policy, PolicyError, Raw};
use crate::calendar::{Deadline, Period};
use crate::value::Text;

impl Policy {
    /// The strictest of every number in several policies, valid on the days that all are valid on.
    ///
    /// A number that only some have is kept. The winner keeps its source; of equal numbers, a verified one wins. Where no
    /// policy is the strictest in every part of a number (one has the higher quorum, another the higher share), each part is
    /// taken from where it is strictest, and the sources are joined.
    ///
    /// ```
    /// use sanzi::policy::{Number, Policy};
    /// use sanzi::calendar::Period;
    /// use sanzi::value::Text;
    /// # let text = |text| Text::new(text).unwrap();
    /// let law = Policy::builtin_on("2025-06-01".parse().unwrap())?;
    /// let charter = Policy::new("charter", text("章程"), text("charter"), law.valid_from())?
    ///     .with_period("P2", Number::verified_in(text("章程第十二条"), Period::calendar(15)))?;
    /// let both = Policy::stricter(&[law, charter])?;
    /// assert_eq!(both.period("P2").unwrap().value().calendar_days(), 15);
    /// assert_eq!(both.id(), "gz-from-2025+charter");
    /// # Ok::<(), sanzi::policy::PolicyError>(())
    /// ```
    ///
    /// # Errors
    /// [`PolicyError::Nothing`] for no policies, [`PolicyError::NoCommonDay`] where they are never valid together,
    /// [`PolicyError::DifferentBodies`] where one name stands for the majorities of different bodies,
    /// [`PolicyError::Field`] where joined names or sources get too long.
    pub fn stricter(policies: &[Policy]) -> Result<Policy, PolicyError> {
        if let [only] = policies {
            return Ok(only.clone());
        }
        let raws: Vec<&Raw> = policies.iter().map(|policy| &*policy.raw).collect();
        let first = raws.iter().map(|raw| raw.valid_from).max().ok_or(PolicyError::Nothing)?;
        let last = raws.iter().filter_map(|raw| raw.valid_to).min();
        if let Some(last) = last.filter(|last| *last < first) {
            return Err(PolicyError::NoCommonDay { first, last });
        }
        let id = joined(raws.iter().map(|raw| raw.id.as_str()), "+");
        let title = |text: fn(&Title) -> &Text| field("title", Text::new(&joined(raws.iter().map(|raw| text(&raw.title).as_str()), " + ")));
        Policy::try_from(Raw {
            id: field("id", Name::new(&id))?,
            title: Title { zh: title(|title| &title.zh)?, en: title(|title| &title.en)? },
            valid_from: first,
            valid_to: last,
            periods: merge("periods", raws.iter().map(|raw| &raw.periods), |a, b| Some(Period::longer(a, b)))?,
            deadlines: merge("deadlines", raws.iter().map(|raw| &raw.deadlines), |a, b| Some(Deadline::shorter(a, b)))?,
            majorities: merge("majorities", raws.iter().map(|raw| &raw.majorities), Majority::stricter)?,
            amounts: merge("amounts", raws.iter().map(|raw| &raw.amounts), |a, b| Some(a.min(b)))?,
            at_least: merge("at_least", raws.iter().map(|raw| &raw.at_least), |a, b| Some(a.max(b)))?,
            at_most: merge("at_most", raws.iter().map(|raw| &raw.at_most), |a, b| Some(a.min(b)))?,
        })
    }
}

/// Each once, in order.
fn joined<'a>(texts: impl Iterator<Item = &'a str>, with: &str) -> String {
    let mut once: Vec<&str> = Vec::new();
    for text in texts {
        if !once.contains(&text) {
            once.push(text);
        }
    }
    once.join(with)
}

fn field<T, E: ToString>(field: &str, result: Result<T, E>) -> Result<T, PolicyError> {
    result.map_err(|reason| PolicyError::Field { field: field.to_owned(), reason: reason.to_string() })
}

/// Joins two values into the least one that is as strict as both, if they can be compared.
type Join<T> = fn(T, T) -> Option<T>;

fn merge<'a, T: Copy + PartialEq + 'a>(
    kind: &str,
    maps: impl Iterator<Item = &'a Numbers<T>>,
    join: Join<T>,
) -> Result<Numbers<T>, PolicyError> {
    let mut by_name: BTreeMap<&Name, Vec<&Number<T>>> = BTreeMap::new();
    for (name, number) in maps.flatten() {
        by_name.entry(name).or_default().push(number);
    }
    let strictest = |(name, numbers): (&Name, Vec<&Number<T>>)| {
        let path = format!("{kind}.{}", name.as_str());
        let mut values = numbers.iter().map(|number| *number.value());
        let value = values.next().and_then(|first| values.try_fold(first, join));
        let value = value.ok_or_else(|| PolicyError::DifferentBodies { field: path.clone() })?;
        Ok((name.clone(), field(&path, winner(&numbers, value, join))?))
    };
    by_name.into_iter().map(strictest).collect()
}

/// The number that already is as strict as all; else the value made of several, with their sources.
fn winner<T: Copy + PartialEq>(numbers: &[&Number<T>], value: T, join: Join<T>) -> Result<Number<T>, crate::value::TextError> {
    let alone = numbers.iter().filter(|number| *number.value() == value).min_by_key(|number| (!number.verified(), number.source()));
    if let Some(number) = alone {
        return Ok(Number::clone(number));
    }
    let weaker = |a: T, b: T| a != b && join(a, b) == Some(b);
    let mut parts: Vec<_> = numbers.iter().filter(|part| !numbers.iter().any(|other| weaker(*part.value(), *other.value()))).collect();
    parts.sort_by_key(|part| part.source());
    let source = Text::new(&joined(parts.iter().map(|part| part.source().as_str()), "; "))?;
    let verified = parts.iter().all(|part| part.verified());
    Ok(if verified { Number::verified_in(source, value) } else { Number::unverified(source, value) })
}
