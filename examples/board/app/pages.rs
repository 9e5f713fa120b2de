//! The pages that anyone can read: the list, what is owed, what is late, the apple tree.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::{get, post};
use sanzi::case::{Duty, DutyKind};
use sanzi::dongsha::Dongsha;
use sanzi::flow::{Flow, RoleId, StepId};
use sanzi::store::{Cases, Store};
use sanzi::value::{CaseId, Lang};
use serde::Deserialize;

use super::look::{Look, Question};
use super::problem::Fault;
use super::reader::{Asked, Reader};
use super::views::{self, Apple, Frame, Light, Row, due_text};
use super::{Board, Shared, ask, case_page, desk, filing, late, papers, seals};

/// Transactions on one page of the list.
const PAGE: usize = 25;
/// Apples that the picture of the tree has room for.
const ON_TREE: usize = 24;

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(list))
        .route("/owed", get(owed))
        .route("/late", get(late::page))
        .route("/apples", get(apples))
        .route("/paper", get(papers::general))
        .route("/checkpoint", get(seals::page))
        .route("/cases/{case}", get(case_page::page))
        .route("/cases/{case}/paper", get(papers::of_case))
        .route("/cases/{case}/notices/{number}", get(papers::notice))
        .route("/cases/{case}/records/{version}/proof", get(seals::proof))
        .route("/cases/{case}/object", get(filing::form).post(filing::filed))
        .route("/cases/{case}/act", get(desk::form).post(desk::acted))
        .route("/sign-in", get(desk::sign_in_form).post(desk::sign_in))
        .route("/sign-out", post(desk::sign_out))
}

/// A template as a page.
pub(crate) fn page(template: &impl Template) -> Result<Html<String>, Fault> {
    template.render().map(Html).map_err(|_| Fault::of_status(axum::http::StatusCode::INTERNAL_SERVER_ERROR))
}

pub(crate) type Page = Result<Html<String>, Fault>;

/// A case's number in an address: what is none is not there.
pub(crate) fn case_of(text: &str) -> Result<CaseId, Fault> {
    text.parse().map_err(|_| Fault::not_found())
}

#[derive(Template)]
#[template(path = "list.html", config = "examples/board/askama.toml")]
struct ListPage {
    frame: Frame,
    rows: Vec<Row>,
    columns: Vec<(usize, String)>,
    legend: Vec<Light>,
    live: bool,
    page: usize,
    pages: usize,
    total: usize,
}

#[derive(Default, Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    show: Option<String>,
    #[serde(default)]
    page: Option<usize>,
}

async fn list(State(board): State<Shared>, reader: Reader, Asked(which): Asked<Which>) -> Page {
    let (live, wanted) = (which.show.as_deref() == Some("live"), which.page.unwrap_or(1));
    ask(&board, move |board| {
        let mut cases = board.engine.store().cases(if live { Cases::Live } else { Cases::All })?;
        cases.reverse();
        let total = cases.len();
        let pages = total.div_ceil(PAGE).max(1);
        let current = wanted.clamp(1, pages);
        let from = current.saturating_sub(1).saturating_mul(PAGE);
        let shown = cases.into_iter().skip(from).take(PAGE);
        let rows = shown.map(|case| Row::of(board, &board.look(case)?, reader.lang)).collect::<Result<_, Fault>>()?;
        let columns = sanzi::dongsha::Step::ALL.iter().map(|step| (step.number(), step.name().in_lang(reader.lang).to_owned())).collect();
        let frame = reader.frame(board);
        page(&ListPage { legend: legend(&frame), frame, rows, columns, live, page: current, pages, total })
    })
    .await
}

/// What each shape means.
fn legend(frame: &Frame) -> Vec<Light> {
    let words = [
        ("done", "green", "已完成", "done"),
        ("public", "amber", "公示中", "public, its period running"),
        ("next", "amber", "下一步", "next to be done"),
        ("paused", "amber", "异议处理，暂停计时", "paused by an objection"),
        ("overdue", "red", "逾期", "overdue"),
        ("returned", "red", "已退回，须重做", "returned, to be done again"),
        ("later", "grey", "未开始", "not yet"),
        ("ended", "grey", "已终止", "ended by decision"),
    ];
    let light = |(shape, colour, zh, en)| {
        let word = frame.say(zh, en).to_owned();
        Light { number: 0, step: String::new(), shape, colour, word, now: false }
    };
    words.into_iter().map(light).collect()
}

/// A duty as a line of the accountant's table.
pub(crate) struct Owed {
    pub(crate) case: String,
    pub(crate) title: String,
    pub(crate) step: String,
    pub(crate) what: String,
    pub(crate) by: String,
    pub(crate) from: String,
    pub(crate) due: Option<String>,
    pub(crate) overdue: bool,
    /// It can be done today.
    pub(crate) now: bool,
}

impl Owed {
    pub(crate) fn of(board: &Board, duty: &Duty<Dongsha>, lang: Lang) -> Owed {
        let today = sanzi::calendar::china_date(board.clock.now());
        Owed {
            case: duty.case.to_string(),
            title: duty.title.to_string(),
            step: duty.step.map(|step| views::numbered(step, lang)).unwrap_or_default(),
            what: duty.kind.text(lang),
            by: duty.by.name().in_lang(lang).to_owned(),
            from: due_text(duty.from, lang),
            due: duty.due.map(|due| due_text(due, lang)),
            overdue: duty.overdue,
            now: duty.from.date().is_some_and(|from| from <= today),
        }
    }
}

#[derive(Template)]
#[template(path = "owed.html", config = "examples/board/askama.toml")]
struct OwedPage {
    frame: Frame,
    roles: Vec<(&'static str, String, bool)>,
    now: Vec<Owed>,
    later: Vec<Owed>,
}

#[derive(Default, Deserialize)]
struct ForWhom {
    #[serde(default)]
    role: Option<String>,
}

async fn owed(State(board): State<Shared>, reader: Reader, Asked(whom): Asked<ForWhom>) -> Page {
    let role = whom.role;
    ask(&board, move |board| {
        let lang = reader.lang;
        let all = board.engine.owed(board.clock.now())?;
        let mine = |duty: &&Duty<Dongsha>| role.as_deref().is_none_or(|role| role.is_empty() || duty.by.id() == role);
        let (now, later) = all.iter().filter(mine).map(|duty| Owed::of(board, duty, lang)).partition(|owed| owed.now || owed.overdue);
        let chosen = |id: &str| role.as_deref() == Some(id);
        let roles = sanzi::dongsha::Role::ALL.iter().map(|role| (role.id(), role.name().in_lang(lang).to_owned(), chosen(role.id())));
        page(&OwedPage { frame: reader.frame(board), roles: roles.collect(), now, later })
    })
    .await
}

#[derive(Template)]
#[template(path = "apples.html", config = "examples/board/askama.toml")]
struct ApplesPage {
    frame: Frame,
    green: Vec<Apple>,
    red: Vec<Apple>,
    /// Where each hangs on the tree: across, down, and whether it is red.
    tree: Vec<(u32, u32, bool, u32)>,
}

async fn apples(State(board): State<Shared>, reader: Reader) -> Page {
    ask(&board, move |board| {
        let mut all = Vec::new();
        for case in board.engine.store().cases(Cases::All)? {
            let look = board.look(case)?;
            for question in &look.questions {
                all.push(Apple::of(board, &look, question, reader.lang)?);
            }
        }
        all.sort_by(|one, other| other.filed.cmp(&one.filed));
        let (green, red): (Vec<Apple>, Vec<Apple>) = all.into_iter().partition(|apple| apple.answer.is_none());
        let colours = green.iter().map(|apple| (false, apple.number)).chain(red.iter().map(|apple| (true, apple.number)));
        let tree = PLACES.into_iter().zip(colours).map(|((x, y), (red, number))| (x, y, red, number)).collect();
        page(&ApplesPage { frame: reader.frame(board), green, red, tree })
    })
    .await
}

/// Places in the crown of the tree, the easiest to reach first.
const PLACES: [(u32, u32); ON_TREE] = [
    (150, 150),
    (250, 165),
    (200, 110),
    (100, 120),
    (300, 115),
    (60, 165),
    (340, 165),
    (200, 190),
    (125, 75),
    (270, 70),
    (200, 50),
    (110, 195),
    (295, 200),
    (165, 85),
    (235, 130),
    (70, 115),
    (330, 100),
    (150, 40),
    (245, 35),
    (90, 80),
    (310, 70),
    (180, 150),
    (225, 85),
    (45, 140),
];

impl Board {
    /// To whom an objection rises next, if nobody answers it.
    pub(crate) fn next_level(&self, look: &Look, question: &Question) -> Result<Option<sanzi::dongsha::Role>, Fault> {
        let objection = look.case.objections_here().iter().find(|objection| objection.number == question.number);
        let (Some(objection), Some(place)) = (objection, look.case.place()) else { return Ok(None) };
        if objection.kind == sanzi::disclosure::Remark::Comment {
            return Ok(None);
        }
        let today = sanzi::calendar::china_date(self.clock.now());
        let asked = look.case.asked(objection, &self.engine.office().calendar, today)?;
        Ok(asked.and_then(|asked| Dongsha::row(place.step).posts.rising.get(asked.level).copied()))
    }

    /// Who must answer a question by when, while nobody has.
    pub(crate) fn answer_due(&self, look: &Look, question: &Question) -> Result<Option<Duty<Dongsha>>, Fault> {
        if question.answer.is_some() {
            return Ok(None);
        }
        let owed = look.case.owed(&self.engine.office().calendar, self.clock.now())?;
        Ok(owed.into_iter().find(|duty| duty.kind == DutyKind::Answer(question.number)))
    }
}
