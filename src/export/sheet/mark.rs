//! How each step of a running transaction stands: a shape and a word, never a colour alone.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::content::Para;
use crate::calendar::{Calendar, CalendarError, Due, china_date};
use crate::case::{Case, CaseStatus, EvidenceSet, Procedure, Stage, Subject};
use crate::flow::{Flow, StepId};
use crate::value::Bilingual;

/// How a step of a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Done and left.
    Done(NaiveDate),
    /// Public until the end of this day.
    PublicUntil(Due),
    /// An objection is open: the period stands still.
    Paused,
    /// This is what happens next, by the end of a day where the policy sets one.
    Next(Option<NaiveDate>),
    /// It should have been done by the end of this day.
    Overdue(NaiveDate),
    /// A return has voided it: to be done again.
    Returned,
    /// Not yet.
    Later,
    /// The transaction was ended before it came here.
    Ended,
}

/// A standing as it is printed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark {
    pub(super) standing: Standing,
    pub(super) para: Para,
}

impl Standing {
    /// In words; days of the year of `today` are written without it.
    pub fn text(self, today: NaiveDate) -> Bilingual {
        let day = |day: NaiveDate| day.format(if day.year() == today.year() { "%m-%d" } else { "%Y-%m-%d" }).to_string();
        let with = |zh: &str, en: &str, date: NaiveDate| Bilingual::of(format!("{zh} {}", day(date)), format!("{en} {}", day(date)));
        match self {
            Standing::Done(date) => with("已完成", "done", date),
            Standing::PublicUntil(Due::Announced(date)) => with("公示至", "public until", date),
            Standing::PublicUntil(Due::Provisional(date)) => with("公示至（暂定）", "public until (provisional)", date),
            Standing::Paused | Standing::PublicUntil(Due::Paused { .. }) => Bilingual::new("异议处理，暂停", "paused: objection"),
            Standing::Next(None) => Bilingual::new("下一步", "next"),
            Standing::Next(Some(date)) => with("下一步，限", "next, by", date),
            Standing::Overdue(date) => with("逾期，应于", "overdue since", date),
            Standing::Returned => Bilingual::new("已退回，须重做", "returned: do again"),
            Standing::Later => Bilingual::new("未开始", "not yet"),
            Standing::Ended => Bilingual::new("已终止", "ended"),
        }
    }

    /// The name of its shape among the page's symbols.
    pub(super) const fn shape(self) -> &'static str {
        match self {
            Standing::Done(_) => "done",
            Standing::PublicUntil(Due::Announced(_) | Due::Provisional(_)) => "public",
            Standing::Paused | Standing::PublicUntil(Due::Paused { .. }) => "paused",
            Standing::Next(_) => "next",
            Standing::Overdue(_) => "overdue",
            Standing::Returned => "returned",
            Standing::Later => "later",
            Standing::Ended => "ended",
        }
    }

    /// Whether somebody has to act on it, or to wait for it, now.
    pub(super) const fn is_current(self) -> bool {
        matches!(self, Standing::PublicUntil(_) | Standing::Paused | Standing::Next(_) | Standing::Overdue(_))
    }
}

/// How each step of a case stands at a moment, in the order of the table.
///
/// # Errors
/// [`CalendarError`] as in [`Case::plan`].
pub fn standings<P: Procedure>(case: &Case<P>, calendar: &Calendar, now: DateTime<Utc>) -> Result<Vec<(P::Step, Standing)>, CalendarError> {
    let current = case.place();
    let mut all = Vec::new();
    for step in P::Step::ALL.iter().copied() {
        let standing = match current {
            Some(place) if place.step == step => here(case, calendar, now, place.stage)?,
            _ => match case.done(step).and_then(|done| done.left) {
                Some(left) => Standing::Done(china_date(left)),
                None if case.voided().iter().any(|record| record.step() == step) => Standing::Returned,
                None if matches!(case.status(), CaseStatus::Terminating | CaseStatus::Terminated) => Standing::Ended,
                None => Standing::Later,
            },
        };
        all.push((step, standing));
    }
    Ok(all)
}

fn here<P: Procedure>(case: &Case<P>, calendar: &Calendar, now: DateTime<Utc>, stage: Stage) -> Result<Standing, CalendarError> {
    if stage == Stage::Public
        && let Some(until) = public_until(case, calendar)?
    {
        match until {
            Due::Paused { .. } => return Ok(Standing::Paused),
            Due::Announced(day) | Due::Provisional(day) if day >= china_date(now) => return Ok(Standing::PublicUntil(until)),
            Due::Announced(_) | Due::Provisional(_) => {}
        }
    }
    let owed = case.owed(calendar, now)?;
    let late = owed.iter().filter(|duty| duty.overdue).filter_map(|duty| duty.due.and_then(Due::date)).min();
    let due = owed.iter().filter_map(|duty| duty.due.and_then(Due::date)).min();
    Ok(late.map_or(Standing::Next(due), Standing::Overdue))
}

/// The last day of the notice that is up; `None` where its row has no period.
fn public_until<P: Procedure>(case: &Case<P>, calendar: &Calendar) -> Result<Option<Due>, CalendarError> {
    let (Some(place), Some(since)) = (case.place(), case.posting(Subject::Step).and_then(crate::disclosure::Posting::since)) else {
        return Ok(None);
    };
    if <P as Flow>::row(place.step).posts.period.is_none() {
        return Ok(None);
    }
    // Planned from the day it went up, so that a period that is over is still seen.
    let leave = case.plan(calendar, since)?.first().map(|planned| planned.leave);
    let before = |day: NaiveDate| day.pred_opt().ok_or(CalendarError::OutOfRange);
    Ok(match leave {
        Some(Due::Announced(day)) => Some(Due::Announced(before(day)?)),
        Some(Due::Provisional(day)) => Some(Due::Provisional(before(day)?)),
        paused => paused,
    })
}
