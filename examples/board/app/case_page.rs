//! The page of a transaction: how it stands, what was asked, what was published, what happened, and the proof of it.

use askama::Template;
use axum::extract::{Path, State};
use sanzi::case::{Stage, Subject};
use sanzi::disclosure::{Posting, Status};
use sanzi::dongsha::Dongsha;
use sanzi::flow::Flow;
use sanzi::value::Lang;
use serde::Deserialize;

use super::look::{Look, Published};
use super::pages::{Owed, Page, case_of, page as written};
use super::problem::Fault;
use super::reader::{Asked, Reader};
use super::views::{self, Apple, Frame, Light, due_text, moment, numbered, person};
use super::{Board, Shared, ask, told};

/// A notice in the list of a case.
pub(crate) struct NoticeView {
    pub(crate) number: u32,
    pub(crate) title: String,
    pub(crate) step: String,
    pub(crate) lines: Vec<(String, String)>,
    pub(crate) required: String,
    pub(crate) missing: String,
    pub(crate) since: Option<String>,
    pub(crate) void: bool,
    pub(crate) digest: String,
    pub(crate) receipts: Vec<ReceiptView>,
}

pub(crate) struct ReceiptView {
    pub(crate) channel: String,
    pub(crate) status: String,
    pub(crate) lost: bool,
    pub(crate) at: String,
    pub(crate) proof: String,
    pub(crate) verified: Option<String>,
}

impl NoticeView {
    pub(crate) fn of(board: &Board, published: &Published, lang: Lang) -> NoticeView {
        let notice = &published.notice;
        let receipt = |receipt: &sanzi::disclosure::Receipt| ReceiptView {
            channel: receipt.channel.name().in_lang(lang).to_owned(),
            status: told::standing(receipt.status).in_lang(lang).to_owned(),
            lost: matches!(receipt.status, Status::Removed | Status::Altered),
            at: moment(receipt.at),
            proof: told::proof(board, receipt, lang),
            verified: receipt.verified_by.map(|by| person(board, by, lang)),
        };
        let names = |channels: sanzi::disclosure::Channels| channels.names().in_lang(lang).to_owned();
        let line = |line: &sanzi::disclosure::Line| (line.label.in_lang(lang).to_owned(), line.value.in_lang(lang).to_owned());
        NoticeView {
            number: notice.number,
            title: notice.title.in_lang(lang).to_owned(),
            step: published.step.map(|step| numbered(step, lang)).unwrap_or_default(),
            lines: notice.lines.iter().map(line).collect(),
            required: names(published.posting.required()),
            missing: names(published.posting.missing()),
            since: published.posting.since().map(moment),
            void: published.void,
            digest: published.digest.to_string(),
            receipts: published.receipts.iter().map(receipt).collect(),
        }
    }
}

/// A record in the history: when, who, what, and where its proof is.
struct Told {
    version: u64,
    at: String,
    by: String,
    what: String,
    hash: String,
    position: Option<u64>,
    proven: bool,
}

/// What there is to know about the current step.
struct Now {
    step: String,
    light: Option<Light>,
    does: String,
    by: String,
    /// Public until, next, and so on.
    facts: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "case.html", config = "examples/board/askama.toml")]
struct CasePage {
    frame: Frame,
    id: String,
    title: String,
    asset: String,
    status: &'static str,
    version: u64,
    /// The number of what was just handed in.
    filed: Option<u32>,
    lights: Vec<Light>,
    now: Option<Now>,
    ended: Option<String>,
    owed: Vec<Owed>,
    plan: Vec<(String, String, String)>,
    apples: Vec<Apple>,
    can_object: bool,
    current: Option<NoticeView>,
    earlier: Vec<NoticeView>,
    history: Vec<Told>,
    short: Option<String>,
}

/// What the address says after a comment or an objection was handed in.
#[derive(Default, Deserialize)]
pub(crate) struct After {
    #[serde(default)]
    filed: Option<u32>,
}

pub(crate) async fn page(State(board): State<Shared>, reader: Reader, Path(case): Path<String>, Asked(after): Asked<After>) -> Page {
    ask(&board, move |board| {
        let lang = reader.lang;
        let mut look = board.look(case_of(&case)?)?;
        board.positions(&mut look)?;
        let (title, asset) = views::about(&look.case);
        let lights = views::lights(board, &look.case, lang)?;
        let apples = look.questions.iter().map(|question| Apple::of(board, &look, question, lang)).collect::<Result<_, _>>()?;
        let now = board.clock.now();
        let calendar = &board.engine.office().calendar;
        let owed = look.case.owed(calendar, now)?.iter().map(|duty| Owed::of(board, duty, lang)).collect();
        let planned = look.case.plan(calendar, now)?;
        let plan = planned.iter().map(|step| (numbered(step.step, lang), due_text(step.perform, lang), due_text(step.leave, lang)));
        let (current, earlier) = notices(board, &look, lang);
        written(&CasePage {
            frame: reader.frame(board),
            id: look.case.id().to_string(),
            title,
            asset,
            status: views::status(&look.case, lang),
            version: look.case.version(),
            filed: after.filed.filter(|number| look.questions.iter().any(|question| question.number == *number)),
            now: here(board, &look, lang)?,
            ended: look.case.termination().map(|(termination, _)| termination.reason.to_string()),
            lights,
            owed,
            plan: plan.collect(),
            apples,
            can_object: can_object(&look),
            current,
            earlier,
            history: history(board, &look, lang)?,
            short: board.short_form()?.map(|short| short.to_string()),
        })
    })
    .await
}

/// The notice that is up or waits, and those before it, the newest first.
fn notices(board: &Board, look: &Look, lang: Lang) -> (Option<NoticeView>, Vec<NoticeView>) {
    let mut all: Vec<NoticeView> = look.notices.iter().rev().map(|notice| NoticeView::of(board, notice, lang)).collect();
    let here = look.notices.last().is_some_and(|notice| {
        let now = look.case.place().map(|place| place.step);
        !notice.void && (notice.step.is_none() || notice.step == now)
    });
    let current = if here && !all.is_empty() { Some(all.remove(0)) } else { None };
    (current, all)
}

/// Whether a comment or an objection can be handed in now.
pub(crate) fn can_object(look: &Look) -> bool {
    let takes = look.case.place().is_some_and(|place| Dongsha::row(place.step).posts.objections_to.is_some());
    takes && look.case.posting(Subject::Step).is_some_and(Posting::was_seen)
}

fn here(board: &Board, look: &Look, lang: Lang) -> Result<Option<Now>, Fault> {
    let Some(place) = look.case.place() else { return Ok(None) };
    let (row, zh) = (Dongsha::row(place.step), lang == Lang::Zh);
    let light = views::lights(board, &look.case, lang)?.into_iter().find(|light| light.now);
    let mut facts = Vec::new();
    let mut fact = |zh_label: &str, en: &str, text: String| facts.push(((if zh { zh_label } else { en }).to_owned(), text));
    let stage = match (place.stage, zh) {
        (Stage::Pending, true) => "待执行",
        (Stage::Pending, false) => "to be performed",
        (Stage::Performed, true) => "已执行，待公开",
        (Stage::Performed, false) => "performed, to be published",
        (Stage::Public, true) => "已公开",
        (Stage::Public, false) => "public",
    };
    fact("进度", "stage", stage.to_owned());
    if let Some(posting) = look.case.posting(Subject::Step) {
        fact("公开渠道", "channels", posting.required().names().in_lang(lang).to_owned());
        if !posting.missing().is_empty() {
            fact("尚缺渠道", "still missing", posting.missing().names().in_lang(lang).to_owned());
        }
        if let Some(since) = posting.since() {
            fact("公开自", "public since", moment(since));
        }
    }
    if let Some(judge) = row.posts.objections_to {
        fact("异议受理", "objections to", judge.name().in_lang(lang).to_owned());
    }
    Ok(Some(Now {
        step: numbered(place.step, lang),
        light,
        does: row.does.in_lang(lang).to_owned(),
        by: row.by.name().in_lang(lang).to_owned(),
        facts,
    }))
}

fn history(board: &Board, look: &Look, lang: Lang) -> Result<Vec<Told>, Fault> {
    let sealed = board.checkpoint()?.map_or(0, |(_, checkpoint)| checkpoint.head.size);
    let one = |(entry, record): (&sanzi::case::Entry<Dongsha>, &super::look::Recorded)| {
        let position = record.position.map(sanzi::store::Position::number);
        Told {
            version: record.version,
            at: moment(entry.at),
            by: person(board, entry.by, lang),
            what: told::event(entry).in_lang(lang).to_owned(),
            hash: record.hash.short().to_string(),
            position,
            proven: position.is_some_and(|position| position <= sealed),
        }
    };
    let mut all: Vec<Told> = look.entries.iter().zip(&look.records).map(one).collect();
    all.reverse();
    Ok(all)
}
