//! What is owed: by whom, and by when.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Case, CaseStatus, Planned, Procedure, Stage, Subject, period};
use crate::calendar::{Calendar, CalendarError, Due, china_date};
use crate::disclosure::{Channels, Posting};
use crate::flow::{RoleId, StepId};
use crate::value::{CaseId, Lang, Text};

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
    /// Record that the objection of this number has risen a level, left unanswered in its period.
    Raise(u32),
    /// Withdraw the voided notices on these channels.
    Withdraw(Channels),
    /// Put the notice of termination up on these channels.
    PublishTermination(Channels),
}

impl DutyKind {
    /// What is to be done, in one language.
    pub fn text(&self, lang: Lang) -> String {
        let on = |channels: &Channels| channels.names().in_lang(lang).to_owned();
        let zh = lang == Lang::Zh;
        match self {
            DutyKind::Perform => (if zh { "执行" } else { "perform" }).to_owned(),
            DutyKind::Publish(channels) => [if zh { "公开：" } else { "publish on " }, &on(channels)].concat(),
            DutyKind::Advance => (if zh { "进入下一环节" } else { "leave the step" }).to_owned(),
            DutyKind::Answer(number) if zh => format!("答复第 {number} 号"),
            DutyKind::Answer(number) => format!("answer no. {number}"),
            DutyKind::Raise(number) if zh => format!("登记第 {number} 号逾期上升一级"),
            DutyKind::Raise(number) => format!("record that no. {number} has risen a level"),
            DutyKind::Withdraw(channels) => [if zh { "撤回公告：" } else { "withdraw the voided notices on " }, &on(channels)].concat(),
            DutyKind::PublishTermination(channels) => {
                [if zh { "公布终止：" } else { "publish the termination on " }, &on(channels)].concat()
            }
        }
    }
}

impl<P: Procedure> Duty<P> {
    /// The duty as one line a person can read: `【1. 资产核查与交易动议】执行，责任人：理事会，自 2018-03-05 起（东侧一楼铺位出租）`.
    pub fn text(&self, lang: Lang) -> String {
        let zh = lang == Lang::Zh;
        let day = |due: Due| match due {
            Due::Announced(day) => day.to_string(),
            Due::Provisional(day) => format!("{day}{}", if zh { "（暂定）" } else { " (provisional)" }),
            Due::Paused { .. } => (if zh { "异议处理完毕" } else { "the objection is decided" }).to_owned(),
        };
        let step = |step: P::Step| {
            let (before, after) = if zh { ("【", "】") } else { ("[", "] ") };
            format!("{before}{}. {}{after}", step.number(), step.name().in_lang(lang))
        };
        let overdue = match (self.overdue, zh) {
            (false, _) => "",
            (true, true) => "，已逾期",
            (true, false) => "; overdue",
        };
        let due = self.due.map(|due| [if zh { "，至 " } else { "; until " }, &day(due), if zh { " 止" } else { "" }].concat());
        [
            self.step.map(step).unwrap_or_default().as_str(),
            &self.kind.text(lang),
            if zh { "，责任人：" } else { "; who must act: " },
            self.by.name().in_lang(lang),
            if zh { "，自 " } else { "; from " },
            &day(self.from),
            if zh { " 起" } else { "" },
            &due.unwrap_or_default(),
            overdue,
            if zh { "（" } else { " (" },
            self.title.as_str(),
            if zh { "）" } else { ")" },
        ]
        .concat()
    }
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
            let Some(asked) = self.asked(open, calendar, today)? else { continue };
            if asked.level > open.rises.len() {
                owed.push(duty(step, DutyKind::Raise(open.number), asked.by, today_on, None));
            }
            owed.push(duty(step, DutyKind::Answer(open.number), asked.by, today_on, asked.until));
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
}
