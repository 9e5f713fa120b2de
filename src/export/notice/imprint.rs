//! What stands around a notice: who issues it, its number, from when to when, where to object.

use chrono::NaiveDate;
use serde::Serialize;

use crate::calendar::{Calendar, CalendarError, Due, Pause, Period};
use crate::export::WebAddress;
use crate::ledger::ShortForm;
use crate::value::{Bilingual, Text};

/// From when to when a notice is public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct NoticePeriod {
    from: NaiveDate,
    until: Due,
    period: Period,
}

impl NoticePeriod {
    /// Of a notice that is up on its last channel on a day; that day does not count.
    ///
    /// # Errors
    /// [`CalendarError`] where the calendar does not reach.
    pub fn starting(calendar: &Calendar, up: NaiveDate, period: Period, pauses: &[Pause]) -> Result<NoticePeriod, CalendarError> {
        Ok(NoticePeriod { from: up, until: calendar.end_of(up, period, pauses)?, period })
    }

    /// `2018-03-05 至 2018-03-12（5 个工作日，首日不计）`.
    pub fn text(&self) -> Bilingual {
        let (working, plain) = (self.period.working_days(), self.period.calendar_days());
        let days = match (working, plain) {
            (working, 0) => Bilingual::of(format!("{working} 个工作日"), format!("{working} working days")),
            (0, plain) => Bilingual::of(format!("{plain} 日"), format!("{plain} days")),
            (working, plain) => {
                Bilingual::of(format!("{working} 个工作日且 {plain} 日"), format!("{working} working days and {plain} days"))
            }
        };
        let until = match self.until {
            Due::Announced(day) => Bilingual::same(day),
            Due::Provisional(day) => Bilingual::of(format!("{day}（暂定）"), format!("{day} (provisional)")),
            Due::Paused { .. } => Bilingual::new("异议处理完毕后顺延", "after the objection is decided"),
        };
        Bilingual::of(
            format!("{} 至 {}（{}，首日不计）", self.from, until.zh, days.zh),
            format!("{} to {} ({}, the first day not counted)", self.from, until.en, days.en),
        )
    }
}

/// Where an objection is handed in, and who decides it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectionChannel {
    /// Who decides it: the role that the row names.
    pub authority: Bilingual,
    /// Where and how to hand it in.
    pub at: Text,
    /// The telephone that answers.
    pub phone: Text,
}

/// What stands around a notice on every channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Imprint {
    /// Who issues it.
    pub issuer: Text,
    /// Its number among the issuer's: `东塱公示〔2018〕14 号`.
    pub number: Text,
    /// The day it is issued.
    pub date: NaiveDate,
    /// From when to when it is public, where its row has a period.
    pub period: Option<NoticePeriod>,
    /// Where to object, where its row takes objections.
    pub objections: Option<ObjectionChannel>,
    /// The public page that the QR code leads to.
    pub page: Option<WebAddress>,
    /// The short code of the ledger's last checkpoint.
    #[serde(skip)]
    pub checkpoint: Option<ShortForm>,
}

impl Imprint {
    /// Of a notice without a period, objections, page or checkpoint.
    pub const fn new(issuer: Text, number: Text, date: NaiveDate) -> Imprint {
        Imprint { issuer, number, date, period: None, objections: None, page: None, checkpoint: None }
    }

    /// With its period.
    #[must_use]
    pub fn with_period(self, period: NoticePeriod) -> Imprint {
        Imprint { period: Some(period), ..self }
    }

    /// With where to object.
    #[must_use]
    pub fn with_objections(self, objections: ObjectionChannel) -> Imprint {
        Imprint { objections: Some(objections), ..self }
    }

    /// With its public page.
    #[must_use]
    pub fn with_page(self, page: WebAddress) -> Imprint {
        Imprint { page: Some(page), ..self }
    }

    /// With the ledger's last checkpoint.
    #[must_use]
    pub fn with_checkpoint(self, checkpoint: ShortForm) -> Imprint {
        Imprint { checkpoint: Some(checkpoint), ..self }
    }

    /// Label and text of each.
    pub(super) fn lines(&self) -> Vec<(Bilingual, Bilingual)> {
        let mut lines = vec![(Bilingual::new("编号", "number"), Bilingual::same(&self.number))];
        lines.extend(self.period.map(|period| (Bilingual::new("公示期", "public"), period.text())));
        if let Some(objections) = &self.objections {
            let ObjectionChannel { authority, at, phone } = objections;
            let text = Bilingual::of(
                format!("{at}，电话 {phone}；由{}处理", authority.zh),
                format!("{at}, telephone {phone}; decided by the {}", authority.en),
            );
            lines.push((Bilingual::new("异议渠道", "objections"), text));
        }
        lines.push((Bilingual::new("发布单位", "issuer"), Bilingual::same(&self.issuer)));
        lines.push((Bilingual::new("发布日期", "date"), Bilingual::same(self.date)));
        lines.extend(self.checkpoint.map(|code| (Bilingual::new("账本校验短码", "ledger checkpoint"), Bilingual::same(code))));
        lines
    }
}
