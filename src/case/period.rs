//! The periods of a case, by its own policy and the office's calendar.

use chrono::NaiveDate;

use super::{Acting, Case, Code, Faults, Procedure, Reason};
use crate::calendar::{Calendar, CalendarError, Deadline, Pause, Period, china_date, china_midnight};
use crate::disclosure::Remark;
use crate::flow::{Row, StepId};
use crate::policy::Policy;
use crate::value::Bilingual;

/// The notice period of a step; `None` where it has none, or where the policy lacks it (which is refused).
pub(super) fn of_step<P: Procedure>(case: &Case<P>, row: &Row<P::Step, P::Role>, faults: &mut Faults) -> Option<Period> {
    let name = row.posts.period?;
    let found = case.policy().and_then(|policy| named(case, policy, name));
    if found.is_none() {
        faults.refuse(missing(row.step, name));
    }
    found
}

/// A period of the policy by its name, or by its name and the size class of the case: `P5`, else `P5.small`.
fn named<P: Procedure>(case: &Case<P>, policy: &Policy, name: &str) -> Option<Period> {
    let plain = policy.period(name);
    let sized = || case.size().and_then(|size| policy.period(&format!("{name}.{size}")));
    plain.or_else(sized).map(|number| *number.value())
}

/// Whether the policy has the period, plain or by size class.
pub(super) fn is_in(policy: &Policy, name: &str) -> bool {
    policy.period(name).is_some() || sizes(policy, name).next().is_some()
}

/// The shortest period that the policy could ask for under this name: for planning, while the size is not settled.
pub(super) fn shortest<P: Procedure>(case: &Case<P>, name: &str) -> Option<Period> {
    let policy = case.policy()?;
    named(case, policy, name).or_else(|| sizes(policy, name).min_by_key(|period| (period.working_days(), period.calendar_days())))
}

fn sizes<'a>(policy: &'a Policy, name: &'a str) -> impl Iterator<Item = Period> + 'a {
    let of_name = move |full: &str| full.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    policy.periods().filter(move |(full, _)| of_name(full)).map(|(_, number)| *number.value())
}

/// The days on which an objection to the current step stood open: they do not count.
pub(super) fn pauses<P: Procedure>(case: &Case<P>) -> Vec<Pause> {
    let objections = case.objections_here().iter().filter(|objection| objection.kind == Remark::Objection);
    objections.map(|objection| Pause { from: china_date(objection.filed), to: objection.ruled.map(|(_, at)| china_date(at)) }).collect()
}

/// The first day on which a lead time that starts on `start` has run: that many days before, counted in full.
pub(super) fn lead_day(calendar: &Calendar, start: NaiveDate, lead: Period) -> Result<NaiveDate, CalendarError> {
    let working = calendar.last_day(start, Period::working(lead.working_days()), &[])?;
    let plain = start.checked_add_days(chrono::Days::new(lead.calendar_days().into())).ok_or(CalendarError::OutOfRange)?;
    Ok(working.max(plain))
}

/// The row's lead time has run since the step began.
pub(super) fn lead<P: Procedure>(case: &Case<P>, acting: &Acting<'_, P>, step: P::Step, day: NaiveDate, faults: &mut Faults) {
    let (Some(name), Some(began)) = (P::row(step).after, case.began(step)) else { return };
    let current = case.place().is_some_and(|place| place.step == step);
    let of_policy = || case.policy()?.period(name).map(|number| *number.value());
    let Some(period) = (if current { case.lead } else { of_policy() }) else { return faults.refuse(missing(step, name)) };
    match lead_day(&acting.office.calendar, china_date(began), period) {
        Ok(first) if day >= first => {}
        Ok(first) => {
            let expected = Bilingual::of(format!("{first} 或之后"), format!("{first} or later"));
            faults.refuse(
                Reason::new(Code::TooEarly)
                    .at(step)
                    .by(P::row(step).by)
                    .expected(expected)
                    .found(Bilingual::same(day))
                    .earliest(Some(china_midnight(first))),
            );
        }
        Err(error) => unannounced(step, &error, faults),
    }
}

/// The row's deadline, counted from the day the step began.
pub(super) fn deadline<P: Procedure>(case: &Case<P>, step: P::Step) -> Option<(NaiveDate, Deadline)> {
    let name = P::row(step).within?;
    let deadline = case.policy()?.deadline(name)?;
    Some((china_date(case.began(step)?), *deadline.value()))
}

pub(super) fn unannounced(step: impl StepId, error: &CalendarError, faults: &mut Faults) {
    faults.refuse(Reason::new(Code::CalendarUnannounced).at(step).found(Bilingual::same(error)));
}

fn missing(step: impl StepId, name: &str) -> Reason {
    Reason::new(Code::NumberMissing).at(step).expected(Bilingual::same(name))
}
