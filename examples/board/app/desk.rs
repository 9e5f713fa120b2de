//! The officers' desk: sign in with a token, try a step, see every reason at once, and act.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use chrono::{DateTime, Utc};
use sanzi::case::{Case, Command, Subject};
use sanzi::disclosure::{Channel, Receipt, Ruling};
use sanzi::dongsha::{Dongsha, Step};
use sanzi::flow::StepId;
use sanzi::value::{PersonId, Text};
use serde::Deserialize;
use uuid::Uuid;

use super::access::{Rights, Session};
use super::acts::Act;
use super::faults::answered;
use super::pages::{Page, case_of, page};
use super::problem::Fault;
use super::reader::{COOKIE, Reader, set_cookie};
use super::views::{self, Apple, Frame, Why};
use super::{Board, Shared, ask};

#[derive(Template)]
#[template(path = "sign-in.html", config = "examples/board/askama.toml")]
struct SignInPage {
    frame: Frame,
    wrong: bool,
}

#[derive(Deserialize)]
pub(crate) struct SignIn {
    token: String,
}

pub(crate) async fn sign_in_form(State(board): State<Shared>, reader: Reader) -> Page {
    page(&SignInPage { frame: reader.frame(&board), wrong: false })
}

pub(crate) async fn sign_in(
    State(board): State<Shared>,
    reader: Reader,
    jar: CookieJar,
    Form(sent): Form<SignIn>,
) -> Result<Response, Fault> {
    if let Some(client) = reader.client {
        board.often.filing(client.0)?;
    }
    let token = board.keys.find(sent.token.trim());
    let Some((person, rights)) = token.and_then(|token| Some((token.person?, token.rights))) else {
        return Ok(answered(StatusCode::UNAUTHORIZED, page(&SignInPage { frame: reader.frame(&board), wrong: true })?));
    };
    let begun = board.sessions.begin(person, rights).ok_or_else(|| Fault::of_status(StatusCode::SERVICE_UNAVAILABLE))?;
    Ok((jar.add(set_cookie(begun, board.https)), Redirect::to(&reader.frame(&board).to("/owed"))).into_response())
}

#[derive(Deserialize)]
pub(crate) struct SignOut {
    form: String,
}

pub(crate) async fn sign_out(
    State(board): State<Shared>,
    reader: Reader,
    jar: CookieJar,
    Form(sent): Form<SignOut>,
) -> Result<Response, Fault> {
    let session = reader.session.as_ref().ok_or_else(signed_out)?;
    own_form(session, &sent.form)?;
    let cookie = jar.get(COOKIE).map(|cookie| cookie.value().to_owned());
    if let Some(cookie) = cookie {
        board.sessions.end(&cookie);
    }
    Ok((jar.remove(set_cookie(String::new(), board.https)), Redirect::to(&reader.frame(&board).to("/"))).into_response())
}

fn signed_out() -> Fault {
    Fault::new(StatusCode::UNAUTHORIZED, "请先登录。", "Sign in first.")
}

fn own_form(session: &Session, form: &str) -> Result<(), Fault> {
    if session.knows(form) {
        return Ok(());
    }
    Err(Fault::new(StatusCode::FORBIDDEN, "表单已失效，请从页面重新提交。", "The form is no longer valid: send it again from its page."))
}

/// What came of an attempt.
struct Outcome {
    allowed: bool,
    heading: String,
    reasons: Vec<Why>,
    warnings: Vec<Why>,
    earliest: Option<String>,
}

#[derive(Template)]
#[template(path = "act.html", config = "examples/board/askama.toml")]
struct DeskPage {
    frame: Frame,
    id: String,
    title: String,
    version: u64,
    /// The steps: identifier, name, whether it is the current one.
    steps: Vec<(&'static str, String, bool)>,
    now: String,
    /// Channels that the notice is still missing on: field and name.
    missing: Vec<(&'static str, String)>,
    verified: bool,
    subject: &'static str,
    questions: Vec<Apple>,
    outcome: Option<Outcome>,
    form: String,
    key: Uuid,
}

/// What the forms of the desk send.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    form: String,
    key: Uuid,
    seen: u64,
    what: What,
    #[serde(default)]
    step: Option<Step>,
    #[serde(default)]
    of: Option<Subject>,
    #[serde(default)]
    platform: String,
    #[serde(default)]
    bulletin: String,
    #[serde(default)]
    wechat: String,
    #[serde(default)]
    office: String,
    #[serde(default)]
    verified_by: String,
    #[serde(default)]
    number: Option<u32>,
    #[serde(default)]
    ruling: Option<Ruling>,
    #[serde(default)]
    reply: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    Check,
    Publish,
    Advance,
    Answer,
}

impl Wanted {
    fn reference(&self, channel: Channel) -> &str {
        match channel {
            Channel::Platform => &self.platform,
            Channel::Bulletin => &self.bulletin,
            Channel::WeChat => &self.wechat,
            Channel::Office => &self.office,
        }
    }

    /// A receipt for each channel of which it was said where the notice can be read there.
    fn receipts(&self, case: &Case<Dongsha>, of: Subject, now: DateTime<Utc>) -> Result<Vec<Receipt>, Fault> {
        let Some(posting) = case.posting(of) else { return Ok(Vec::new()) };
        let mut receipts = Vec::new();
        let verified_by = match self.verified_by.trim() {
            "" => None,
            person => Some(PersonId::new(person).map_err(|error| Fault::invalid(&error))?),
        };
        for channel in posting.missing().iter() {
            if self.reference(channel).trim().is_empty() {
                continue;
            }
            let reference = Text::new(self.reference(channel)).map_err(|error| Fault::invalid(&error))?;
            let seen = Receipt { verified_by, ..Receipt::confirmed(channel, posting.notice(), now, reference) };
            receipts.push(seen);
        }
        Ok(receipts)
    }
}

pub(crate) async fn form(State(board): State<Shared>, reader: Reader, Path(case): Path<String>) -> Result<Response, Fault> {
    let Some(session) = reader.session.clone() else {
        return Ok(Redirect::to(&reader.frame(&board).to("/sign-in")).into_response());
    };
    ask(&board, move |board| Ok(page(&board.desk(&reader, &session, &case, None)?)?.into_response())).await
}

pub(crate) async fn acted(
    State(board): State<Shared>,
    reader: Reader,
    Path(case): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Fault> {
    let session = reader.session.clone().ok_or_else(signed_out)?;
    own_form(&session, &wanted.form)?;
    ask(&board, move |board| {
        let (status, outcome) = match board.tried(&reader, &session, &case, &wanted) {
            Ok(outcome) => (StatusCode::OK, outcome),
            Err(fault) if fault.status.is_client_error() && fault.status != StatusCode::NOT_FOUND => {
                (fault.status, refused(&fault, &reader))
            }
            Err(fault) => return Err(fault),
        };
        Ok(answered(status, page(&board.desk(&reader, &session, &case, Some(outcome))?)?))
    })
    .await
}

fn refused(fault: &Fault, reader: &Reader) -> Outcome {
    let refusal = fault.refusal.as_ref();
    let heading = match refusal {
        Some(_) => fault.title.in_lang(reader.lang).to_owned(),
        None => fault.detail.in_lang(reader.lang).to_owned(),
    };
    Outcome {
        allowed: false,
        heading,
        reasons: refusal.map(|refusal| views::reasons(refusal.reasons(), reader.lang)).unwrap_or_default(),
        warnings: Vec::new(),
        earliest: refusal.and_then(sanzi::Refusal::earliest).map(views::moment),
    }
}

impl Board {
    fn desk(&self, reader: &Reader, session: &Session, case: &str, outcome: Option<Outcome>) -> Result<DeskPage, Fault> {
        use sanzi::flow::Flow;
        let look = self.look(case_of(case)?)?;
        let place = look.case.place();
        let step = place.map(|place| place.step);
        let subject = if look.case.withdrawal().is_some() {
            Subject::Withdrawal
        } else if look.case.termination().is_some() {
            Subject::Termination
        } else {
            Subject::Step
        };
        let missing = look.case.posting(subject).map(sanzi::disclosure::Posting::missing).unwrap_or_default();
        let field = |channel: Channel| {
            let field = match channel {
                Channel::Platform => "platform",
                Channel::Bulletin => "bulletin",
                Channel::WeChat => "wechat",
                Channel::Office => "office",
            };
            (field, channel.name().in_lang(reader.lang).to_owned())
        };
        let open = look.questions.iter().filter(|question| question.answer.is_none());
        let questions = open.map(|question| Apple::of(self, &look, question, reader.lang)).collect::<Result<_, _>>()?;
        let all = Step::ALL.iter().map(|one| (one.id(), views::numbered(*one, reader.lang), step == Some(*one)));
        Ok(DeskPage {
            frame: reader.frame(self),
            id: look.case.id().to_string(),
            title: views::about(&look.case).0,
            version: look.case.version(),
            steps: all.collect(),
            now: step.map(|step| views::numbered(step, reader.lang)).unwrap_or_default(),
            missing: missing.iter().map(field).collect(),
            verified: step.is_some_and(|step| Dongsha::row(step).posts.verified_by.is_some()),
            subject: match subject {
                Subject::Step => "step",
                Subject::Withdrawal => "withdrawal",
                Subject::Termination => "termination",
            },
            questions,
            outcome,
            form: session.form.clone(),
            key: Uuid::new_v4(),
        })
    }

    /// What the form asks for, as the person who has signed in.
    fn tried(&self, reader: &Reader, session: &Session, case: &str, wanted: &Wanted) -> Result<Outcome, Fault> {
        let (case, now) = (case_of(case)?, self.clock.now());
        let missing = || Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "表单缺少内容。", "The form lacks something.");
        let zh = reader.lang == sanzi::value::Lang::Zh;
        let good = |zh_text: &str, en: &str| Outcome {
            allowed: true,
            heading: (if zh { zh_text } else { en }).to_owned(),
            reasons: Vec::new(),
            warnings: Vec::new(),
            earliest: None,
        };
        let command = match wanted.what {
            What::Check => {
                let step = wanted.step.ok_or_else(missing)?;
                let answer = self.engine.check(case, step, &self.engine.acting(session.person, now))?;
                return Ok(match answer {
                    Ok(()) => good("可以：您现在可以执行这一环节。", "Yes: you may perform this step now."),
                    Err(refusal) => refused(&refusal.into(), reader),
                });
            }
            What::Publish => {
                let of = wanted.of.ok_or_else(missing)?;
                let receipts = wanted.receipts(&self.engine.load(case)?, of, now)?;
                Command::Publish { of, receipts }
            }
            What::Advance => Command::Advance { from: wanted.step.ok_or_else(missing)? },
            What::Answer => {
                let reply = Text::new(&wanted.reply.replace("\r\n", "\n")).map_err(|error| Fault::invalid(&error))?;
                Command::Answer { number: wanted.number.ok_or_else(missing)?, ruling: wanted.ruling.ok_or_else(missing)?, reply }
            }
        };
        if session.rights == Rights::Ask {
            return Err(Fault::new(StatusCode::FORBIDDEN, "该令牌只能查询，不能办理。", "This token is for asking, not for acting."));
        }
        let acted = self.act(&Act { key: wanted.key, case, by: session.person, command, seen: Some(wanted.seen) })?;
        let warnings = views::reasons(&acted.warnings, reader.lang);
        Ok(Outcome { warnings, ..good("已办理并记入账本。", "Done, and recorded in the ledger.") })
    }
}
