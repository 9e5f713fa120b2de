//! An objection that is left unanswered rises by itself, one level for each period (逾期未答复，逐级上升).
//!
//! Which levels there are stands in the row; how long each has, in the policy. The day decides: from the first day after a
//! level's period only the next one can answer, whether or not somebody has recorded it yet.

use chrono::NaiveDate;
use serde::Serialize;

use super::clock::CaseTime;
use super::{Acting, Case, Code, Faults, Procedure, Reason, period};
use crate::calendar::{Calendar, CalendarError, Deadline, Due, china_date, china_midnight};
use crate::disclosure::{Objection, Remark};
use crate::flow::{RoleId, Row, StepId};
use crate::policy::Policy;
use crate::value::Bilingual;

/// Who has to answer a comment or an objection, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Asked<R> {
    /// Who.
    pub by: R,
    /// How often it has risen to get there by that day, recorded or not: 0 is whom it was handed in to.
    pub level: usize,
    /// Until the end of which day; then it rises, if there is a level above. `None`: the policy sets no deadline.
    pub until: Option<Due>,
}

impl<P: Procedure> Case<P> {
    /// Who has to answer a comment or an objection on the current step, on a day; `None` when it is answered, or of an
    /// earlier step.
    ///
    /// # Errors
    /// [`CalendarError`] where the day, or the end of the period, cannot be reckoned.
    ///
    /// ```
    /// # use sanzi::case::Case;
    /// # use sanzi::{calendar::Calendar, dongsha::Dongsha, flow::RoleId};
    /// # use chrono::NaiveDate;
    /// /// Who must answer what, for people: 第 1 号：监事会.
    /// fn waiting(case: &Case<Dongsha>, calendar: &Calendar, today: NaiveDate) -> Vec<String> {
    ///     let objections = case.objections_here().iter();
    ///     let asked = objections.filter_map(|objection| Some((objection.number, case.asked(objection, calendar, today).ok()??)));
    ///     asked.map(|(number, asked)| format!("第 {number} 号：{}", asked.by.name().zh)).collect()
    /// }
    /// # let case = Case::unopened(sanzi::value::CaseId::random());
    /// # assert!(waiting(&case, &Calendar::china(), "2018-03-05".parse()?).is_empty());
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    pub fn asked(&self, objection: &Objection, calendar: &Calendar, today: NaiveDate) -> Result<Option<Asked<P::Role>>, CalendarError> {
        let here = self.objections_here().iter().any(|here| here.number == objection.number && here.is_open());
        let Some(place) = self.place().filter(|_| here) else { return Ok(None) };
        let row = P::row(place.step);
        let (level, start) = self.reached(row, objection, calendar, today)?;
        let until = answer_period(self).map(|deadline| calendar.deadline_of(start, deadline, &[])).transpose()?;
        Ok(Some(Asked { by: judge(row, objection.kind, level), level, until }))
    }

    /// The level that an objection has reached on a day, never less than is recorded, and the day on which that level's period began.
    fn reached(
        &self,
        row: &Row<P::Step, P::Role>,
        objection: &Objection,
        calendar: &Calendar,
        today: NaiveDate,
    ) -> Result<(usize, NaiveDate), CalendarError> {
        let highest = if objection.kind == Remark::Objection { row.posts.rising.len() } else { 0 };
        let mut start = china_date(objection.filed);
        let Some(deadline) = answer_period(self) else { return Ok((0, start)) };
        for level in 0..highest {
            match calendar.deadline_day(start, deadline, &[]) {
                Ok(last) if today > last || level < objection.rises.len() => start = last,
                Ok(_) => return Ok((level, start)),
                // A period that ends beyond the announced days has not ended on an announced day.
                Err(_) => return calendar.is_working(today).map(|_| (level, start)),
            }
        }
        Ok((highest, start))
    }
}

fn answer_period<P: Procedure>(case: &Case<P>) -> Option<Deadline> {
    case.policy()?.deadline(Policy::ANSWER).map(|number| *number.value())
}

/// Who answers at a level: an objection goes to the row's authority and then up, a comment to the responsible party.
pub(super) fn judge<S: StepId, R: RoleId>(row: &Row<S, R>, kind: Remark, level: usize) -> R {
    match kind {
        Remark::Objection => row.judges().take(level.saturating_add(1)).last().unwrap_or(row.by),
        Remark::Comment => row.by,
    }
}

/// Whom an objection rises to from where it is recorded to be.
pub(super) fn above<S: StepId, R: RoleId>(row: &Row<S, R>, objection: &Objection) -> Option<R> {
    row.posts.rising.get(objection.rises.len()).copied().filter(|_| objection.kind == Remark::Objection)
}

/// The level whose answer counts now. One that was passed by cannot answer any longer, and the next one not before the rise
/// is recorded. In doubt about the clock, it is the recorded one.
pub(super) fn level_to_answer<P: Procedure>(
    case: &Case<P>,
    acting: &Acting<'_, P>,
    time: &CaseTime,
    row: &Row<P::Step, P::Role>,
    objection: &Objection,
    faults: &mut Faults,
) -> usize {
    let recorded = objection.rises.len();
    if !time.plausible || above(row, objection).is_none() {
        return recorded;
    }
    match case.reached(row, objection, &acting.office.calendar, china_date(time.at)) {
        Ok((level, since)) if level > recorded => {
            let by = judge(row, objection.kind, level);
            let expected = Bilingual::of(
                format!("先登记上升，再由{}答复", by.name().zh),
                format!("the rise recorded first, then an answer of the {}", by.name().en),
            );
            let found = Bilingual::of(format!("答复期限 {since} 届满"), format!("the period to answer ended on {since}"));
            faults.refuse(Reason::new(Code::HasRisen).at(row.step).by(by).expected(expected).found(found));
            level
        }
        Ok(_) => recorded,
        Err(error) => {
            period::unannounced(row.step, &error, faults);
            recorded
        }
    }
}

/// The period of the level that an objection is recorded at has run.
pub(super) fn unanswered<P: Procedure>(
    case: &Case<P>,
    acting: &Acting<'_, P>,
    time: &CaseTime,
    row: &Row<P::Step, P::Role>,
    objection: &Objection,
    faults: &mut Faults,
) {
    let Some(today) = time.today(faults) else { return };
    let calendar = &acting.office.calendar;
    let by = judge(row, objection.kind, objection.rises.len());
    match case.reached(row, objection, calendar, today) {
        Ok((level, _)) if level > objection.rises.len() => {}
        Ok((_, since)) => {
            let last = answer_period(case).and_then(|deadline| calendar.deadline_day(since, deadline, &[]).ok());
            let mut reason = Reason::new(Code::AnswerDue).at(row.step).by(by).found(Bilingual::same(today));
            if let Some(last) = last {
                reason = reason
                    .expected(Bilingual::of(format!("{last} 之后"), format!("after {last}")))
                    .earliest(last.succ_opt().map(china_midnight));
            }
            faults.refuse(reason);
        }
        Err(error) => period::unannounced(row.step, &error, faults),
    }
}
