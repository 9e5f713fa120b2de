//! The numbers of the policies, looked up once: thousands of cases ask for the same.

use chrono::NaiveDate;

use crate::calendar::{DayNumber, Deadline, Period};
use crate::case::Office;
use crate::dongsha::{Dongsha, Size, Sizes, Step};
use crate::flow::{Flow, StepId};
use crate::policy::{Body, Majority, Policy};
use crate::value::Money;

/// What the rules ask a policy for, by the policy's own names.
pub(super) struct Measures {
    /// How long the notice of each step must stay.
    periods: Vec<Option<Stay>>,
    sizes: Option<Sizes>,
    /// From the call of the meeting to the vote.
    pub(super) lead: Option<Period>,
    /// From the end of the result's notice to the contract.
    pub(super) signing: Option<Deadline>,
    assembly: Option<Majority>,
    delegates: Option<Majority>,
    /// From so much on it is traded publicly.
    pub(super) threshold: Option<Money>,
    pub(super) lease_months: Option<u32>,
    pub(super) back_dating_days: Option<u32>,
    pub(super) splitting_days: Option<u32>,
}

/// How long a notice must stay: one period, or one by the size of the deal.
enum Stay {
    Fixed(Period),
    BySize([Option<Period>; 3]),
}

impl Measures {
    fn of(policy: &Policy) -> Measures {
        let stay = |step: &Step| {
            let name = Dongsha::row(*step).posts.period?;
            let sized = |size: Size| policy.period(&format!("{name}.{}", size.name())).map(|number| *number.value());
            Some(policy.period(name).map_or_else(|| Stay::BySize(Size::ALL.map(sized)), |number| Stay::Fixed(*number.value())))
        };
        let at_most = |name| policy.at_most(name).map(|number| *number.value());
        let majority = |name| policy.majority(name).map(|number| *number.value());
        Measures {
            periods: Step::ALL.iter().map(stay).collect(),
            sizes: Sizes::of(policy),
            lead: Dongsha::row(Step::MemberVote).after.and_then(|name| policy.period(name)).map(|number| *number.value()),
            signing: Dongsha::row(Step::ContractSigning).within.and_then(|name| policy.deadline(name)).map(|number| *number.value()),
            assembly: majority("assembly"),
            delegates: majority("delegates"),
            threshold: policy.amount("public-trading-from").map(|number| *number.value()),
            lease_months: at_most("lease-years").map(|years| years.saturating_mul(12)),
            back_dating_days: at_most("back-dating-days"),
            splitting_days: at_most("splitting-window-days"),
        }
    }

    /// The shortest and the longest that a notice can have to stay: they differ where the size of the deal is not known.
    pub(super) fn stay(&self, step: Step, worth: Option<Money>) -> Option<(Period, Period)> {
        let by_size = match self.periods.get(step.index())?.as_ref()? {
            Stay::Fixed(period) => return Some((*period, *period)),
            Stay::BySize(periods) => periods,
        };
        if let (Some(worth), Some(sizes)) = (worth, &self.sizes) {
            let period = (*by_size.get(sizes.of_worth(worth) as usize)?)?;
            return Some((period, period));
        }
        let all = || by_size.iter().copied().flatten();
        let length = |period: &Period| (period.working_days(), period.calendar_days());
        Some((all().min_by_key(length)?, all().max_by_key(length)?))
    }

    /// `None` for a body that decides on no transaction.
    pub(super) const fn majority(&self, body: Body) -> Option<Majority> {
        match body {
            Body::Members => self.assembly,
            Body::Delegates => self.delegates,
            Body::Directors => None,
        }
    }
}

/// The measures of each day: from one day on until the next in the list.
pub(super) struct Almanac(Vec<(DayNumber, Option<Measures>)>);

impl Almanac {
    pub(super) fn new(office: &Office<Dongsha>) -> Almanac {
        let ends = office.policies.iter().filter_map(|policy| policy.valid_to()?.succ_opt());
        let mut days: Vec<NaiveDate> = office.policies.iter().map(Policy::valid_from).chain(ends).collect();
        days.sort_unstable();
        days.dedup();
        let measures = |day: &NaiveDate| {
            let valid: Vec<Policy> = office.policies.iter().filter(|policy| policy.is_valid_on(*day)).cloned().collect();
            Policy::stricter(&valid).ok().map(|policy| Measures::of(&policy))
        };
        Almanac(days.iter().map(|day| (DayNumber::of(*day), measures(day))).collect())
    }

    /// Of the stricter of all policies that are valid on a day, as a case that opens on it has them.
    pub(super) fn on(&self, day: DayNumber) -> Option<&Measures> {
        let behind = self.0.partition_point(|(from, _)| *from <= day);
        self.0.get(behind.checked_sub(1)?)?.1.as_ref()
    }
}
