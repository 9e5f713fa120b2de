//! What the templates see: texts in one language, nothing to decide.

use askama::Template;
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};
use sanzi::calendar::{Due, china_date};
use sanzi::case::{Case, CaseStatus, Reason};
use sanzi::disclosure::{Remark, Ruling};
use sanzi::dongsha::{Dongsha, Step};
use sanzi::export::{Standing, standings};
use sanzi::flow::StepId;
use sanzi::value::{Lang, PersonId};

use super::Board;
use super::access::Session;
use super::look::{Look, Question};
use super::problem::Fault;

/// What every page has around it.
pub(crate) struct Frame {
    pub(crate) lang: Lang,
    /// The page's address without its language.
    pub(crate) here: String,
    pub(crate) union: String,
    pub(crate) phone: String,
    pub(crate) objections_at: String,
    pub(crate) now: String,
    /// The clock is not the real one: sample data.
    pub(crate) sample: bool,
    pub(crate) user: Option<User>,
}

/// Whoever has signed in.
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) form: String,
}

impl Frame {
    pub(crate) fn new(board: &Board, lang: Lang, here: impl Into<String>, session: Option<&Session>) -> Frame {
        let facts = &board.facts;
        let pick =
            |zh: &sanzi::value::Text, en: &Option<sanzi::value::Text>| en.as_ref().filter(|_| lang == Lang::En).unwrap_or(zh).to_string();
        let user = session.map(|session| User { name: person(board, session.person, lang), form: session.form.clone() });
        Frame {
            lang,
            here: here.into(),
            union: pick(&facts.name, &facts.name_en),
            phone: facts.phone.to_string(),
            objections_at: pick(&facts.objections_at, &facts.objections_at_en),
            now: moment(board.clock.now()),
            sample: !board.clock.is_real(),
            user,
        }
    }

    pub(crate) fn zh(&self) -> bool {
        self.lang == Lang::Zh
    }

    /// In the page's language.
    pub(crate) fn say<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        if self.zh() { zh } else { en }
    }

    /// An address in the page's language.
    pub(crate) fn to(&self, path: &str) -> String {
        match (self.lang, path) {
            (Lang::Zh, path) => path.to_owned(),
            (Lang::En, "/") => "/en".to_owned(),
            (Lang::En, path) => format!("/en{path}"),
        }
    }

    /// This page in the other language.
    pub(crate) fn other(&self) -> String {
        let here = if self.here.is_empty() { "/" } else { &self.here };
        match (self.lang, here) {
            (Lang::En, here) => here.to_owned(),
            (Lang::Zh, "/") => "/en".to_owned(),
            (Lang::Zh, here) => format!("/en{here}"),
        }
    }

    /// `page` where this is the page of the menu, else nothing.
    pub(crate) fn is_here(&self, path: &str) -> bool {
        self.here == path
    }
}

/// A step of a transaction as a light: number, shape, word, and a colour that says the same.
pub(crate) struct Light {
    pub(crate) number: usize,
    pub(crate) step: String,
    pub(crate) shape: &'static str,
    pub(crate) colour: &'static str,
    pub(crate) word: String,
    pub(crate) now: bool,
}

/// Shape and colour of a standing.
pub(crate) fn light_of(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Done(_) => ("done", "green"),
        Standing::PublicUntil(Due::Paused { .. }) | Standing::Paused => ("paused", "amber"),
        Standing::PublicUntil(_) => ("public", "amber"),
        Standing::Next(_) => ("next", "amber"),
        Standing::Overdue(_) => ("overdue", "red"),
        Standing::Returned => ("returned", "red"),
        Standing::Later => ("later", "grey"),
        Standing::Ended => ("ended", "grey"),
    }
}

/// The sixteen lights of a transaction.
pub(crate) fn lights(board: &Board, case: &Case<Dongsha>, lang: Lang) -> Result<Vec<Light>, Fault> {
    let now = board.clock.now();
    let all = standings(case, &board.engine.office().calendar, now)?;
    let light = |(step, standing): (Step, Standing)| {
        let (shape, colour) = light_of(standing);
        let word = standing.text(china_date(now)).in_lang(lang).to_owned();
        let now = case.place().is_some_and(|place| place.step == step);
        Light { number: step.number(), step: step.name().in_lang(lang).to_owned(), shape, colour, word, now }
    };
    Ok(all.into_iter().map(light).collect())
}

/// The whole transaction in a word.
pub(crate) fn status(case: &Case<Dongsha>, lang: Lang) -> &'static str {
    let zh = lang == Lang::Zh;
    match case.status() {
        CaseStatus::Closed => {
            if zh {
                "已办结"
            } else {
                "complete"
            }
        }
        CaseStatus::Terminated => {
            if zh {
                "已终止"
            } else {
                "ended by decision"
            }
        }
        CaseStatus::Terminating => {
            if zh {
                "终止，待公布"
            } else {
                "ended, to be published"
            }
        }
        CaseStatus::At(_) | CaseStatus::Unopened => {
            if zh {
                "进行中"
            } else {
                "under way"
            }
        }
    }
}

/// A transaction in the list.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) asset: String,
    pub(crate) opened: String,
    pub(crate) status: &'static str,
    pub(crate) lights: Vec<Light>,
    pub(crate) green: usize,
    pub(crate) red: usize,
}

impl Row {
    pub(crate) fn of(board: &Board, look: &Look, lang: Lang) -> Result<Row, Fault> {
        let (title, asset) = about(&look.case);
        let opened = look.entries.first().map(|entry| china_date(entry.at).to_string()).unwrap_or_default();
        let green = look.questions.iter().filter(|question| question.answer.is_none()).count();
        Ok(Row {
            id: look.case.id().to_string(),
            title,
            asset,
            opened,
            status: status(&look.case, lang),
            lights: lights(board, &look.case, lang)?,
            green,
            red: look.questions.len().saturating_sub(green),
        })
    }

    /// What stands now, in one line.
    pub(crate) fn now(&self) -> Option<&Light> {
        self.lights.iter().find(|light| light.now)
    }
}

/// Title and asset.
pub(crate) fn about(case: &Case<Dongsha>) -> (String, String) {
    case.opening().map(|opening| (opening.title.to_string(), opening.asset.to_string())).unwrap_or_default()
}

/// A comment or an objection as an apple: green while it is open, red when it is answered.
pub(crate) struct Apple {
    pub(crate) case: String,
    pub(crate) title: String,
    pub(crate) number: u32,
    pub(crate) objection: bool,
    pub(crate) step: String,
    pub(crate) text: String,
    pub(crate) filed: String,
    /// Who must answer, while nobody has.
    pub(crate) judge: String,
    /// By when.
    pub(crate) due: Option<String>,
    pub(crate) overdue: bool,
    /// When it rose, and to whom.
    pub(crate) rises: Vec<(String, String)>,
    /// To whom it rises next, if it is not answered.
    pub(crate) next: Option<String>,
    pub(crate) answer: Option<Answered>,
}

pub(crate) struct Answered {
    pub(crate) ruling: &'static str,
    pub(crate) text: String,
    pub(crate) by: String,
    pub(crate) at: String,
}

impl Apple {
    pub(crate) fn of(board: &Board, look: &Look, question: &Question, lang: Lang) -> Result<Apple, Fault> {
        let zh = lang == Lang::Zh;
        let duty = board.answer_due(look, question)?;
        let ruling = |ruling: Ruling| match (ruling, question.kind, zh) {
            (Ruling::Upheld, _, true) => "异议成立",
            (Ruling::Upheld, _, false) => "upheld",
            (Ruling::Dismissed, Remark::Objection, true) => "异议不成立",
            (Ruling::Dismissed, Remark::Objection, false) => "dismissed",
            (Ruling::Dismissed, Remark::Comment, true) => "已答复",
            (Ruling::Dismissed, Remark::Comment, false) => "replied",
        };
        let answered = |reply: &super::look::Reply| Answered {
            ruling: ruling(reply.ruling),
            text: reply.text.to_string(),
            by: person(board, reply.by, lang),
            at: moment(reply.at),
        };
        Ok(Apple {
            case: look.case.id().to_string(),
            title: about(&look.case).0,
            number: question.number,
            objection: question.kind == Remark::Objection,
            step: question.step.map(|step| numbered(step, lang)).unwrap_or_default(),
            text: question.text.to_string(),
            filed: moment(question.filed),
            judge: duty.as_ref().map(|duty| duty.by.name().in_lang(lang).to_owned()).unwrap_or_default(),
            due: duty.as_ref().and_then(|duty| duty.due).map(|due| due_text(due, lang)),
            overdue: duty.is_some_and(|duty| duty.overdue),
            rises: question.rises.iter().map(|(at, to)| (moment(*at), to.name().in_lang(lang).to_owned())).collect(),
            next: board.next_level(look, question)?.map(|role| role.name().in_lang(lang).to_owned()),
            answer: question.answer.as_ref().map(answered),
        })
    }
}

/// A reason of a refusal.
pub(crate) struct Why {
    pub(crate) code: String,
    pub(crate) text: String,
}

pub(crate) fn reasons(reasons: &[Reason], lang: Lang) -> Vec<Why> {
    reasons.iter().map(|reason| Why { code: reason.code.to_string(), text: reason.text(lang) }).collect()
}

#[derive(Template)]
#[template(path = "fault.html", config = "examples/board/askama.toml")]
pub(crate) struct FaultPage {
    pub(crate) frame: Frame,
    pub(crate) status: u16,
    pub(crate) title: String,
    pub(crate) detail: String,
    pub(crate) reasons: Vec<Why>,
}

/// `8. 表决结果与方案公示`.
pub(crate) fn numbered(step: Step, lang: Lang) -> String {
    format!("{}. {}", step.number(), step.name().in_lang(lang))
}

/// A person by the first character of their name and their staff number; residents by where they wrote.
pub(crate) fn person(board: &Board, person: PersonId, lang: Lang) -> String {
    match board.engine.office().register.name(person) {
        Some(name) => format!("{}（{person}）", name.masked()),
        None if person.as_str() == super::WEB => (if lang == Lang::Zh { "居民（本网站）" } else { "a resident (website)" }).to_owned(),
        None if person.as_str() == super::CLOCK => {
            (if lang == Lang::Zh { "系统（到期自动）" } else { "the system (by the day)" }).to_owned()
        }
        None => person.to_string(),
    }
}

/// A moment in China: `2018-07-25 09:55`.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    let there = at.checked_add_signed(TimeDelta::hours(8)).unwrap_or(at);
    format!("{}-{:02}-{:02} {:02}:{:02}", there.year(), there.month(), there.day(), there.hour(), there.minute())
}

/// A day until which, or from which on, something holds.
pub(crate) fn due_text(due: Due, lang: Lang) -> String {
    let zh = lang == Lang::Zh;
    let day = |day: NaiveDate| day.to_string();
    match due {
        Due::Announced(date) => day(date),
        Due::Provisional(date) => format!("{}{}", day(date), if zh { "（暂定）" } else { " (provisional)" }),
        Due::Paused { .. } => (if zh { "异议处理完毕后" } else { "once the objection is decided" }).to_owned(),
    }
}
