//! What the API answers to questions. Nothing private is in any of it: notices are made of public texts, and records stay inside.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use sanzi::calendar::Due;
use sanzi::case::{Case, CaseStatus, Entry, Event, Stage};
use sanzi::dongsha::{Dongsha, Role, Step};
use sanzi::export::{Standing, standings};
use sanzi::flow::{Flow, RoleId, StepId};
use sanzi::store::{Cases, Store};
use sanzi::value::{Bilingual, Lang};
use serde::Deserialize;
use serde_json::{Value, json};

use super::api::Caller;
use super::look::{Look, Published, Question};
use super::pages::case_of;
use super::problem::Fault;
use super::{Board, Shared, ask, told, views};

pub(crate) type Answer = Result<Json<Value>, Fault>;

/// The version of a case, as HTTP compares it.
pub(crate) fn tag(version: u64) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("\"{version}\"")).ok()
}

/// Where a case stands.
pub(crate) fn state(case: &Case<Dongsha>) -> Value {
    let place = case.place();
    let status = match case.status() {
        CaseStatus::Unopened => "unopened",
        CaseStatus::At(_) => "open",
        CaseStatus::Terminating => "terminating",
        CaseStatus::Terminated => "terminated",
        CaseStatus::Closed => "closed",
    };
    let stage = place.map(|place| match place.stage {
        Stage::Pending => "pending",
        Stage::Performed => "performed",
        Stage::Public => "public",
    });
    json!({ "status": status, "step": place.map(|place| place.step), "stage": stage })
}

fn summary(case: &Case<Dongsha>) -> Value {
    let (title, asset) = views::about(case);
    json!({ "case": case.id(), "asset": asset, "title": title, "version": case.version(), "state": state(case) })
}

pub(crate) async fn procedure() -> Json<Value> {
    let roles: Vec<Value> = Role::ALL.iter().map(|role| json!({ "id": role.id(), "name": role.name() })).collect();
    Json(json!({
        "id": Dongsha::ID, "version": Dongsha::VERSION, "name": Dongsha::NAME, "digest": Dongsha::digest(),
        "phases": Dongsha::PHASES, "steps": Dongsha::ROWS, "roles": roles,
    }))
}

#[derive(Default, Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    live: bool,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    limit: Option<u16>,
}

/// The most cases in one answer.
const MOST: u16 = 100;

fn query<T>(query: Result<Query<T>, axum::extract::rejection::QueryRejection>) -> Result<T, Fault> {
    query.map(|Query(query)| query).map_err(|error| Fault::invalid(&error.body_text()))
}

pub(crate) async fn cases(State(board): State<Shared>, which: Result<Query<Which>, axum::extract::rejection::QueryRejection>) -> Answer {
    let Which { live, after, limit } = query(which)?;
    let limit = limit.unwrap_or(MOST);
    if !(1..=MOST).contains(&limit) {
        return Err(Fault::invalid(&format!("`limit`: {limit}, 1..{MOST}")));
    }
    let after = after.map(|after| after.parse().map_err(|error: sanzi::value::IdError| Fault::invalid(&error))).transpose()?;
    ask(&board, move |board| {
        let all = board.engine.store().cases(if live { Cases::Live } else { Cases::All })?;
        let from = after.and_then(|after| all.iter().position(|case| *case == after)).map_or(0, |place| place.saturating_add(1));
        let shown = all.iter().skip(from).take(usize::from(limit));
        let cases: Vec<Value> = shown.map(|case| Ok(summary(&board.engine.load(*case)?))).collect::<Result<_, Fault>>()?;
        let more = all.len() > from.saturating_add(cases.len());
        let next = cases.last().filter(|_| more).map(|case| case["case"].clone());
        Ok(Json(json!({ "cases": cases, "total": all.len(), "after": next })))
    })
    .await
}

pub(crate) async fn case(State(board): State<Shared>, Path(case): Path<String>) -> Result<Response, Fault> {
    ask(&board, move |board| {
        let look = board.look(case_of(&case)?)?;
        let steps = standings(&look.case, &board.engine.office().calendar, board.clock.now())?;
        let mut answer = summary(&look.case);
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("steps".into(), steps.into_iter().map(|(step, standing)| step_of(step, standing)).collect());
            answer.insert("notices".into(), look.notices.iter().map(notice_head).collect());
            answer
                .insert("remarks".into(), look.questions.iter().map(|question| remark(board, &look, question)).collect::<Result<_, _>>()?);
            let owed = look.case.owed(&board.engine.office().calendar, board.clock.now())?;
            answer.insert("owed".into(), json!(owed));
        }
        let mut response = Json(answer).into_response();
        response.headers_mut().extend(tag(look.case.version()).map(|tag| (ETAG, tag)));
        Ok(response)
    })
    .await
}

fn step_of(step: Step, standing: Standing) -> Value {
    let (shape, _) = views::light_of(standing);
    let date = match standing {
        Standing::Done(date) | Standing::Overdue(date) | Standing::Next(Some(date)) => Some(date),
        Standing::PublicUntil(due) => due.date(),
        _ => None,
    };
    let provisional = matches!(standing, Standing::PublicUntil(Due::Provisional(_)));
    json!({ "step": step, "number": step.number(), "by": Dongsha::row(step).by, "state": shape, "date": date, "provisional": provisional })
}

fn notice_head(published: &Published) -> Value {
    json!({
        "number": published.notice.number, "title": published.notice.title, "digest": published.digest, "step": published.step,
        "of": published.of, "void": published.void, "required": published.posting.required(), "missing": published.posting.missing(),
        "since": published.posting.since(),
    })
}

fn remark(board: &Board, look: &Look, question: &Question) -> Result<Value, Fault> {
    let duty = board.answer_due(look, question)?;
    let answer =
        question.answer.as_ref().map(|reply| json!({ "ruling": reply.ruling, "reply": reply.text, "by": reply.by, "at": reply.at }));
    Ok(json!({
        "number": question.number, "kind": question.kind, "text": question.text, "filed": question.filed, "step": question.step,
        "judge": duty.as_ref().map(|duty| duty.by), "due": duty.and_then(|duty| duty.due).and_then(Due::date), "answer": answer,
        "rises": question.rises.iter().map(|(at, to)| json!({ "at": at, "to": to })).collect::<Vec<_>>(),
    }))
}

pub(crate) async fn plan(State(board): State<Shared>, Path(case): Path<String>) -> Answer {
    ask(&board, move |board| {
        let plan = board.engine.plan(case_of(&case)?, board.clock.now())?;
        let day = |due: Due| json!({ "date": due.date(), "provisional": due.is_provisional(), "paused": due.date().is_none() });
        let plan = plan.iter().map(|planned| json!({ "step": planned.step, "perform": day(planned.perform), "leave": day(planned.leave) }));
        Ok(Json(json!({ "plan": plan.collect::<Vec<_>>() })))
    })
    .await
}

pub(crate) async fn history(State(board): State<Shared>, Path(case): Path<String>) -> Answer {
    ask(&board, move |board| {
        let look = board.look(case_of(&case)?)?;
        let entries = look.entries.iter().zip(&look.records).map(|(entry, record)| {
            json!({
                "version": record.version, "at": entry.at, "by": entry.by, "event": event_name(entry), "text": told::event(entry),
                "hash": record.hash,
            })
        });
        Ok(Json(json!({ "case": look.case.id(), "entries": entries.collect::<Vec<_>>() })))
    })
    .await
}

fn event_name(entry: &Entry<Dongsha>) -> &'static str {
    match entry.event {
        Event::Opened { .. } => "opened",
        Event::Performed { .. } => "performed",
        Event::Noted { .. } => "noted",
        Event::Published { .. } => "published",
        Event::Advanced { .. } => "advanced",
        Event::Objected { .. } => "objected",
        Event::Answered { .. } => "answered",
        Event::Risen { .. } => "risen",
        Event::Recalled { .. } => "recalled",
        Event::Terminated { .. } => "terminated",
        Event::ClockSet { .. } => "clock-set",
    }
}

pub(crate) async fn notice(State(board): State<Shared>, Path((case, number)): Path<(String, String)>) -> Answer {
    ask(&board, move |board| {
        let number: u32 = number.parse().map_err(|_| Fault::not_found())?;
        let look = board.look(case_of(&case)?)?;
        let published = look.notices.iter().find(|notice| notice.notice.number == number).ok_or_else(Fault::not_found)?;
        let mut answer = notice_head(published);
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("case".into(), json!(look.case.id()));
            answer.insert("lines".into(), json!(published.notice.lines));
            answer.insert("receipts".into(), json!(published.receipts));
        }
        Ok(Json(answer))
    })
    .await
}

/// A refusal is an answer here, not a fault: it was only asked.
pub(crate) async fn check(State(board): State<Shared>, caller: Caller, Path((case, step)): Path<(String, String)>) -> Answer {
    ask(&board, move |board| {
        let step: Step = step.parse().map_err(|_| Fault::not_found())?;
        let case = board.engine.load(case_of(&case)?)?;
        let answer = case.check(step, &board.engine.acting(caller.person, board.clock.now()));
        let (reasons, earliest) = match &answer {
            Ok(()) => (&[][..], None),
            Err(refusal) => (refusal.reasons(), refusal.earliest()),
        };
        Ok(Json(json!({
            "allowed": answer.is_ok(), "case": case.id(), "version": case.version(), "step": step, "person": caller.person,
            "reasons": reasons, "earliest": earliest,
        })))
    })
    .await
}

#[derive(Default, Deserialize)]
pub(crate) struct ForWhom {
    #[serde(default)]
    role: Option<String>,
}

pub(crate) async fn owed(State(board): State<Shared>, whom: Result<Query<ForWhom>, axum::extract::rejection::QueryRejection>) -> Answer {
    let role: Option<Role> = query(whom)?.role.map(|role| role.parse::<Role>().map_err(|error| Fault::invalid(&error))).transpose()?;
    ask(&board, move |board| {
        let mut owed = board.engine.owed(board.clock.now())?;
        owed.retain(|duty| role.is_none_or(|role| duty.by == role));
        Ok(Json(json!({ "owed": owed })))
    })
    .await
}

pub(crate) async fn late(State(board): State<Shared>) -> Answer {
    ask(&board, move |board| {
        let both = |zh: &str, en: &str| Bilingual::of(zh, en);
        let (zh, en) = (board.not_up(Lang::Zh)?, board.not_up(Lang::En)?);
        let not_up = zh.iter().zip(&en).map(|(zh, en)| {
            json!({
                "case": zh.case, "title": zh.title, "notice": both(&zh.notice, &en.notice), "missing": both(&zh.missing, &en.missing),
                "lost": both(&zh.lost, &en.lost), "days": zh.days,
            })
        });
        let not_up: Vec<Value> = not_up.collect();
        let mut overdue = board.engine.owed(board.clock.now())?;
        overdue.retain(|duty| duty.overdue);
        let report = board.report().map(|(position, report)| json!({ "records": position.number(), "findings": report.findings }));
        Ok(Json(json!({ "not_up": not_up, "overdue": overdue, "audit": report })))
    })
    .await
}

pub(crate) async fn checkpoint(State(board): State<Shared>) -> Answer {
    ask(&board, move |board| {
        let (note, checkpoint) = board.checkpoint()?.ok_or_else(Fault::not_found)?;
        let short = board.short_form()?.map(|short| short.to_string());
        Ok(Json(json!({ "size": checkpoint.head.size, "note": note.to_string(), "short": short })))
    })
    .await
}
