//! The earliest lawful days of everything that is still to come.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::{Case, Procedure, Subject, period};
use crate::calendar::{Calendar, CalendarError, Due, Period, china_date};
use crate::disclosure::Posting;
use crate::flow::StepId;

/// When a step can lawfully be performed and left, at the earliest, if nothing goes wrong and nobody waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Planned<S> {
    /// The step.
    pub step: S,
    /// The first day on which it can be performed; the day it was, if it was.
    pub perform: Due,
    /// The first day on which the case can leave it.
    pub leave: Due,
}

impl<P: Procedure> Case<P> {
    /// The earliest lawful days of the current and all later steps, planned from a moment. Days that depend on a year whose
    /// working days are not announced are [`Due::Provisional`].
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] where a day is past what a date can hold. An ended or unopened case has no plan: the list
    /// is empty.
    pub fn plan(&self, calendar: &Calendar, from: DateTime<Utc>) -> Result<Vec<Planned<P::Step>>, CalendarError> {
        let Some(place) = self.place() else { return Ok(Vec::new()) };
        let mut plan = Vec::new();
        let mut day = Reached { day: china_date(from), provisional: false };
        for step in P::Step::ALL.iter().copied().skip(place.step.index()) {
            let current = step == place.step;
            let began = self.began(step).filter(|_| current).map_or(day.day, china_date);
            let done = self.done(step).map(|done| china_date(done.done));
            let perform = match done {
                Some(done) => Reached { day: done, provisional: false },
                None => day.after_lead(calendar, began, self.lead_of(step))?,
            };
            let since = self.posting(Subject::Step).filter(|_| current).and_then(Posting::since).map(china_date);
            let public = Reached { day: since.unwrap_or_else(|| perform.day.max(day.day)), ..perform };
            let pauses = if current { period::pauses(self) } else { Vec::new() };
            let end = match P::row(step).posts.period.and_then(|name| period::shortest(self, name)) {
                None => Ok(public),
                Some(period) => public.end_of(calendar.end_of(public.day, period, &pauses)?)?,
            };
            let leave = match end {
                Ok(end) => Reached { day: end.day.max(day.day), ..end },
                Err(paused) => {
                    plan.push(Planned { step, perform: perform.due(), leave: paused });
                    return Ok(plan);
                }
            };
            plan.push(Planned { step, perform: perform.due(), leave: leave.due() });
            day = leave;
        }
        Ok(plan)
    }

    fn lead_of(&self, step: P::Step) -> Option<Period> {
        P::row(step).after.and_then(|name| self.policy()?.period(name)).map(|number| *number.value())
    }
}

#[derive(Clone, Copy)]
struct Reached {
    day: NaiveDate,
    provisional: bool,
}

impl Reached {
    fn due(self) -> Due {
        if self.provisional { Due::Provisional(self.day) } else { Due::Announced(self.day) }
    }

    fn after_lead(self, calendar: &Calendar, began: NaiveDate, lead: Option<Period>) -> Result<Reached, CalendarError> {
        let Some(lead) = lead else { return Ok(self) };
        let working = calendar.end_of(began, Period::working(lead.working_days()), &[])?;
        let plain = began.checked_add_days(chrono::Days::new(lead.calendar_days().into())).ok_or(CalendarError::OutOfRange)?;
        let first = working.date().map_or(plain, |working| working.max(plain));
        Ok(Reached { day: first.max(self.day), provisional: self.provisional || working.is_provisional() })
    }

    /// The day after a period's end, or how it is paused.
    fn end_of(self, end: Due) -> Result<Result<Reached, Due>, CalendarError> {
        let Some(last) = end.date() else { return Ok(Err(end)) };
        let next = last.succ_opt().ok_or(CalendarError::OutOfRange)?;
        Ok(Ok(Reached { day: next, provisional: self.provisional || end.is_provisional() }))
    }
}
