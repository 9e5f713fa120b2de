//! The clear paper, general and of one transaction, and the notices as they hang in public.

use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse, Response};
use sanzi::calendar::china_date;
use sanzi::dongsha::Dongsha;
use sanzi::export::{ClearPaper, Facts, Imprint, Languages, NoticePage, NoticePeriod, ObjectionChannel, PaperSize, WebAddress};
use sanzi::flow::Flow;
use sanzi::policy::Policy;
use sanzi::value::{Lang, Text};
use serde::Deserialize;

use super::guards::POLICY_OF_PAPERS;
use super::look::{Look, Published};
use super::pages::case_of;
use super::problem::Fault;
use super::reader::{Asked, Reader};
use super::{Board, Shared, ask};

/// How a paper is wanted.
#[derive(Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    size: Option<String>,
    #[serde(default)]
    lang: Option<String>,
}

impl Wanted {
    fn size(&self) -> PaperSize {
        if self.size.as_deref() == Some("a3") { PaperSize::A3 } else { PaperSize::A4 }
    }

    fn languages(&self, lang: Lang) -> Languages {
        match (self.lang.as_deref(), lang) {
            (Some("both"), _) => Languages::Both,
            (Some("en"), _) | (None, Lang::En) => Languages::En,
            _ => Languages::Zh,
        }
    }
}

/// A page that brings its own style along: the print rules of one sheet.
fn sheet(html: String) -> Response {
    let mut response = Html(html).into_response();
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY_OF_PAPERS));
    response
}

fn unfit(error: &sanzi::export::PaperError) -> Fault {
    Fault::invalid(error)
}

impl Board {
    /// The union's facts, with the ledger's last checkpoint, for the page that the QR code leads to.
    fn facts_for(&self, path: &str) -> Result<Facts, Fault> {
        let page = self.address(path);
        Ok(Facts { page: page.unwrap_or_else(|| self.facts.page.clone()), checkpoint: self.short_form()?, ..self.facts.clone() })
    }

    /// A page of this website, as others reach it.
    pub(crate) fn address(&self, path: &str) -> Option<WebAddress> {
        WebAddress::new(&format!("{}{path}", self.facts.page.as_str().trim_end_matches('/'))).ok()
    }
}

pub(crate) async fn general(State(board): State<Shared>, reader: Reader, Asked(wanted): Asked<Wanted>) -> Result<Response, Fault> {
    ask(&board, move |board| {
        let day = china_date(board.clock.now());
        let valid: Vec<Policy> = board.engine.office().policies.iter().filter(|policy| policy.is_valid_on(day)).cloned().collect();
        let policy = Policy::stricter(&valid).map_err(|error| Fault::invalid(&error))?;
        let paper = ClearPaper::<Dongsha>::new(policy, board.facts_for("")?).size(wanted.size()).languages(wanted.languages(reader.lang));
        Ok(sheet(paper.html().map_err(|error| unfit(&error))?))
    })
    .await
}

pub(crate) async fn of_case(
    State(board): State<Shared>,
    reader: Reader,
    Path(case): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Fault> {
    ask(&board, move |board| {
        let case = board.engine.load(case_of(&case)?)?;
        let facts = board.facts_for(&format!("/cases/{}", case.id()))?;
        let paper = ClearPaper::of_case(&case, facts, &board.engine.office().calendar, board.clock.now()).map_err(|error| unfit(&error))?;
        Ok(sheet(paper.size(wanted.size()).languages(wanted.languages(reader.lang)).html().map_err(|error| unfit(&error))?))
    })
    .await
}

pub(crate) async fn notice(State(board): State<Shared>, Path((case, number)): Path<(String, u32)>) -> Result<Response, Fault> {
    ask(&board, move |board| {
        let look = board.look(case_of(&case)?)?;
        let published = look.notices.iter().find(|notice| notice.notice.number == number).ok_or_else(Fault::not_found)?;
        let imprint = board.imprint(&look, published)?;
        let page = NoticePage::new(&published.notice, &imprint).map_err(|error| Fault::invalid(&error))?;
        Ok(sheet(page.platform_html().map_err(|error| Fault::invalid(&error))?))
    })
    .await
}

impl Board {
    /// What stands around a notice.
    fn imprint(&self, look: &Look, published: &Published) -> Result<Imprint, Fault> {
        let text = |text: &str| Text::new(text).map_err(|error| Fault::invalid(&error));
        let up = published.public.map(china_date);
        let day = up.unwrap_or_else(|| china_date(published.made));
        let id = look.case.id().to_string();
        let place = id.get(24..).unwrap_or_default();
        let number = text(&format!("{}公示〔{}〕{place}-{} 号", self.facts.name, day.format("%Y"), published.notice.number))?;
        let mut imprint = Imprint::new(self.facts.name.clone(), number, day);
        if let Some(row) = published.step.map(Dongsha::row) {
            let period = row.posts.period.and_then(|name| look.case.policy()?.period(name)).map(|number| *number.value());
            if let (Some(period), Some(up)) = (period, up) {
                imprint = imprint.with_period(NoticePeriod::starting(&self.engine.office().calendar, up, period, &[])?);
            }
            if let Some(authority) = row.posts.objections_to {
                let (at, phone) = (self.facts.objections_at.clone(), self.facts.phone.clone());
                imprint = imprint.with_objections(ObjectionChannel { authority: authority.name(), at, phone });
            }
        }
        if let Some(page) = self.address(&format!("/cases/{id}")) {
            imprint = imprint.with_page(page);
        }
        Ok(match self.short_form()? {
            Some(short) => imprint.with_checkpoint(short),
            None => imprint,
        })
    }
}
