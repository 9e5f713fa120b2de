//! A resident's comment or objection: a plain form, and a number for it.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use sanzi::case::Command;
use sanzi::disclosure::Remark;
use sanzi::value::{PersonId, Text};
use serde::Deserialize;
use uuid::Uuid;

use super::acts::Act;
use super::case_page::can_object;
use super::faults::answered;
use super::pages::{Page, case_of, page};
use super::problem::Fault;
use super::reader::Reader;
use super::views::{self, Frame, Why};
use super::{Board, Shared, WEB, ask};

#[derive(Template)]
#[template(path = "object.html", config = "examples/board/askama.toml")]
struct FormPage {
    frame: Frame,
    id: String,
    title: String,
    asset: String,
    step: String,
    judge: String,
    open: bool,
    /// What was sent, where it was not taken.
    text: String,
    objection: bool,
    wrong: Option<String>,
    reasons: Vec<Why>,
    /// Sent with the form: the same form sent twice is one objection.
    key: Uuid,
    most: usize,
}

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filed {
    kind: Remark,
    text: String,
    key: Uuid,
}

impl Board {
    fn form_page(&self, reader: &Reader, case: &str, sent: Option<&Filed>, fault: Option<&Fault>) -> Result<FormPage, Fault> {
        use sanzi::flow::Flow;
        let look = self.look(case_of(case)?)?;
        let (title, asset) = views::about(&look.case);
        let place = look.case.place();
        let row = place.map(|place| sanzi::dongsha::Dongsha::row(place.step));
        let judge = row.and_then(|row| row.posts.objections_to).map(|judge| judge.name().in_lang(reader.lang).to_owned());
        let wrong = fault.filter(|fault| fault.refusal.is_none()).map(|fault| fault.detail.in_lang(reader.lang).to_owned());
        let refused = fault.and_then(|fault| fault.refusal.as_ref());
        Ok(FormPage {
            frame: reader.frame(self),
            id: look.case.id().to_string(),
            title,
            asset,
            step: place.map(|place| views::numbered(place.step, reader.lang)).unwrap_or_default(),
            judge: judge.unwrap_or_default(),
            open: can_object(&look),
            text: sent.map(|sent| sent.text.clone()).unwrap_or_default(),
            objection: sent.is_some_and(|sent| sent.kind == Remark::Objection),
            wrong,
            reasons: refused.map(|refusal| views::reasons(refusal.reasons(), reader.lang)).unwrap_or_default(),
            key: Uuid::new_v4(),
            most: Text::MAX_CHARS,
        })
    }

    fn file(&self, case: &str, sent: &Filed) -> Result<u32, Fault> {
        // A browser sends a line break as two characters.
        let text = Text::new(&sent.text.replace("\r\n", "\n")).map_err(|error| Fault::invalid(&error))?;
        let by = PersonId::new(WEB).map_err(|error| Fault::invalid(&error))?;
        let command = Command::Object { kind: sent.kind, text, from: None };
        let acted = self.act(&Act { key: sent.key, case: case_of(case)?, by, command, seen: None })?;
        acted.number.ok_or_else(|| Fault::of_status(StatusCode::INTERNAL_SERVER_ERROR))
    }
}

pub(crate) async fn form(State(board): State<Shared>, reader: Reader, Path(case): Path<String>) -> Page {
    ask(&board, move |board| page(&board.form_page(&reader, &case, None, None)?)).await
}

pub(crate) async fn filed(
    State(board): State<Shared>,
    reader: Reader,
    Path(case): Path<String>,
    Form(sent): Form<Filed>,
) -> Result<Response, Fault> {
    if let Some(client) = reader.client {
        board.often.filing(client.0)?;
    }
    ask(&board, move |board| match board.file(&case, &sent) {
        Ok(number) => Ok(Redirect::to(&reader.frame(board).to(&format!("/cases/{case}?filed={number}#q{number}"))).into_response()),
        Err(fault) if fault.status == StatusCode::CONFLICT || fault.status == StatusCode::UNPROCESSABLE_ENTITY => {
            let status = fault.status;
            let html = page(&board.form_page(&reader, &case, Some(&sent), Some(&fault))?)?;
            Ok(answered(status, html))
        }
        Err(fault) => Err(fault),
    })
    .await
}
