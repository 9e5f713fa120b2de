//! The rules of the sixteen steps: what must be true of each record, how the step ends by it, what of it is published.

mod before_plan;
mod completion;
mod plan;
mod trading;
mod vote;

#[cfg(feature = "audit")]
pub(crate) use plan::{Size, Sizes};

use super::{Dongsha, DongshaCode, Step};
use crate::case::{Code, Faults, Scene};
use crate::disclosure::PublicText;
use crate::policy::{Number, Policy};
use crate::value::{Bilingual, Digest};

type Here<'a> = Scene<'a, Dongsha>;

/// What was voted is what is published, filed, traded and signed: the digest is that of the frozen plan.
fn same_plan(plan: Digest, scene: &Here<'_>, faults: &mut Faults) {
    let frozen = scene.case().frozen(Step::PlanDraft);
    if let Some(frozen) = frozen.filter(|frozen| *frozen != plan) {
        faults.refuse(scene.reason(DongshaCode::PlanDiffers).expected(Bilingual::same(frozen)).found(Bilingual::same(plan)));
    }
}

/// Refuses with what was expected and what was found, unless they are equal.
fn same<T: PartialEq + Into<PublicText>>(expected: T, found: T, code: DongshaCode, scene: &Here<'_>, faults: &mut Faults) {
    if expected != found {
        let text = |value: T| value.into().text();
        faults.refuse(scene.reason(code).expected(text(expected)).found(text(found)));
    }
}

/// A number of the case's policy, never a guess in its place. The table's `needs` keeps a case from opening without it.
fn needed<T: Copy>(
    name: &'static str,
    find: impl FnOnce(&Policy) -> Option<&Number<T>>,
    scene: &Here<'_>,
    faults: &mut Faults,
) -> Option<T> {
    let found = find(scene.policy()?).map(|number| *number.value());
    faults.require(found.is_some(), || scene.reason(Code::NumberMissing).expected(Bilingual::same(name)));
    found
}

/// No list of a record is longer: it would cost the office hours, and a village has no such lists.
const MOST_ENTRIES: usize = 500;

/// Whether every list is short enough to be looked at; refuses where one is not.
fn bounded(lists: &[usize], scene: &Here<'_>, faults: &mut Faults) -> bool {
    let longest = lists.iter().copied().max().unwrap_or_default();
    faults.require(longest <= MOST_ENTRIES, || {
        scene.reason(DongshaCode::TooManyEntries).expected(Bilingual::same(MOST_ENTRIES)).found(Bilingual::same(longest))
    });
    longest <= MOST_ENTRIES
}

/// A document stands behind the record: the digest of nothing is none.
fn document(zh: &'static str, en: &'static str, digest: Digest, scene: &Here<'_>, faults: &mut Faults) {
    faults.require(digest != Digest::NONE, || scene.reason(DongshaCode::NoDocument).expected(Bilingual::new(zh, en)));
}

/// More hundredths of a square metre than any village has: 10,000 km².
const MOST_AREA: u64 = 1_000_000_000_000;

/// An area that there can be.
fn believable_area(centi_m2: u64, scene: &Here<'_>, faults: &mut Faults) {
    faults.require(centi_m2 > 0, || scene.reason(DongshaCode::NoArea));
    faults.require(centi_m2 <= MOST_AREA, || scene.reason(DongshaCode::AreaTooLarge).expected(area(MOST_AREA)).found(area(centi_m2)));
}

/// Square metres with two decimals.
fn area(centi_m2: u64) -> Bilingual {
    Bilingual::same(format!("{}.{:02} m²", centi_m2 / 100, centi_m2 % 100))
}

/// Months.
fn months(months: u32) -> Bilingual {
    counted(months, " 个月", " months")
}

/// A count of people.
fn people(count: impl std::fmt::Display) -> Bilingual {
    counted(count, " 人", " people")
}

fn counted(count: impl std::fmt::Display, zh: &str, en: &str) -> Bilingual {
    let count = count.to_string();
    Bilingual::of([&count, zh].concat(), [&count, en].concat())
}
