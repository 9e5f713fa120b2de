//! What is owed: by whom, and by when.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::{Case, CaseStatus, Planned, Procedure, Stage, Subject, period};
use crate::calendar::{Calendar, CalendarError, Due, china_date};
use crate::disclosure::{Channels, Posting, Remark};
use crate::value::{CaseId, Text};

/// The name of the policy's deadline for answering an objection or a comment.
const ANSWER: &str = "objection";

/// Something that somebody has to do next on a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duty<P: Procedure> {
    /// The case.
    pub case: CaseId,
    /// Its title.
    pub title: Text,
    /// The step it stands at; `None` for a termination.
    pub step: Option<P::Step>,
    /// What is to be done.
    pub kind: DutyKind,
    /// By whom.
    pub by: P::Role,
    /// From which day on it can lawfully be done.
    pub from: Due,
    /// Until the end of which day, where the policy sets a deadline.
    pub due: Option<Due>,
    /// Whether that day is past.
    pub overdue: bool,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DutyKind {
    /// Perform the step.
    Perform,
    /// Put its notice up on these channels.
    Publish(Channels),
    /// Leave the step once its period has run.
    Advance,
    /// Answer the comment or objection of this number.
    Answer(u32),
    /// Withdraw the voided notices on these channels.
    Withdraw(Channels),
    /// Put the notice of termination up on these channels.
    PublishTermination(Channels),
}

impl<P: Procedure> Case<P> {
    /// What is owed on this case, at a moment: nothing, once it has ended.
    ///
    /// # Errors
    /// [`CalendarError`] as in [`Case::plan`].
    pub fn owed(&self, calendar: &Calendar, now: DateTime<Utc>) -> Result<Vec<Duty<P>>, CalendarError> {
        let today = china_date(now);
        let Some(title) = self.opening().map(|opening| opening.title.clone()) else { return Ok(Vec::new()) };
        let duty = |step, kind, by, from, due: Option<Due>| Duty {
            case: self.id(),
            title: title.clone(),
            step,
            kind,
            by,
            from,
            overdue: due.and_then(Due::date).is_some_and(|day| today > day),
            due,
        };
        let today_on = Due::Announced(today);
        let mut owed = Vec::new();
        if let (CaseStatus::Terminating, Some(by), Some(posting)) =
            (self.status(), P::TERMINATED_BY.first(), self.posting(Subject::Termination))
        {
            owed.push(duty(None, DutyKind::PublishTermination(posting.missing()), *by, today_on, None));
        }
        let (Some(place), Some(next)) = (self.place(), self.plan(calendar, now)?.into_iter().next()) else { return Ok(owed) };
        let row = P::row(place.step);
        let step = Some(place.step);
        let waiting = self.objections_here().iter().filter(|objection| objection.is_open());
        for open in waiting.clone() {
            let by = if open.kind == Remark::Objection { row.posts.objections_to.unwrap_or(row.by) } else { row.by };
            let due = self.deadline_due(calendar, ANSWER, china_date(open.filed))?;
            owed.push(duty(step, DutyKind::Answer(open.number), by, today_on, due));
        }
        if let Some(posting) = self.withdrawal() {
            owed.push(duty(step, DutyKind::Withdraw(posting.missing()), row.by, today_on, None));
        }
        owed.push(self.next_duty(calendar, place.stage, &next, waiting.count() > 0, duty)?);
        Ok(owed)
    }

    fn next_duty(
        &self,
        calendar: &Calendar,
        stage: Stage,
        next: &Planned<P::Step>,
        waits: bool,
        duty: impl Fn(Option<P::Step>, DutyKind, P::Role, Due, Option<Due>) -> Duty<P>,
    ) -> Result<Duty<P>, CalendarError> {
        let row = P::row(next.step);
        let (kind, from, due) = match stage {
            Stage::Pending => {
                let due = match period::deadline(self, next.step) {
                    Some((start, deadline)) => Some(calendar.deadline_of(start, deadline, &[])?),
                    None => None,
                };
                (DutyKind::Perform, next.perform, due)
            }
            Stage::Performed => {
                let missing = self.posting(Subject::Step).map(Posting::missing).unwrap_or_default();
                (DutyKind::Publish(missing), next.perform, None)
            }
            Stage::Public if self.forced.is_some() && !waits => (DutyKind::Advance, next.perform, None),
            Stage::Public => (DutyKind::Advance, next.leave, None),
        };
        Ok(duty(Some(next.step), kind, row.by, from, due))
    }

    fn deadline_due(&self, calendar: &Calendar, name: &str, start: NaiveDate) -> Result<Option<Due>, CalendarError> {
        match self.policy().and_then(|policy| policy.deadline(name)) {
            Some(deadline) => calendar.deadline_of(start, *deadline.value(), &[]).map(Some),
            None => Ok(None),
        }
    }
}
