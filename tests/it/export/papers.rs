//! The clear paper: complete, legible, one page, for any procedure.

use sanzi::calendar::Period;
use sanzi::case::Command;
use sanzi::disclosure::{Line, Remark, Ruling};
use sanzi::dongsha::*;
use sanzi::export::*;
use sanzi::flow::{Flow, RoleId, StepId};
use sanzi::policy::{Number, Policy};
use sanzi::value::{Lang, Text};

use super::{facts, paper, seen, squeezed};
use crate::village::{Run, at, day, person, text};

fn both_forms<F: Flow>(paper: &ClearPaper<F>) -> [String; 2] {
    [paper.html().unwrap(), paper.svg().unwrap()]
}

fn langs(languages: Languages) -> &'static [Lang] {
    match languages {
        Languages::Zh => &[Lang::Zh],
        Languages::En => &[Lang::En],
        Languages::Both => &[Lang::Zh, Lang::En],
    }
}

/// Everything that a resident must find, for each row.
fn assert_complete<F: Flow>(page: &str, languages: Languages, policy: &Policy, name: &str) {
    let seen = seen(page);
    let find = |what: &str| assert!(seen.contains(&squeezed(what)), "{name}: {what}\n{seen}");
    let first = langs(languages)[0];
    for row in F::ROWS {
        for lang in langs(languages) {
            find(row.name.in_lang(*lang));
            find(row.by.name().in_lang(*lang));
        }
        find(row.does.in_lang(first));
        for role in [row.posts.verified_by, row.posts.objections_to].into_iter().flatten() {
            find(role.name().in_lang(first));
        }
        if let Some(period) = row.posts.period {
            let numbers = policy.periods().filter(|(full, _)| *full == period || full.starts_with(&format!("{period}.")));
            let days: Vec<u32> = numbers.map(|(_, number)| number.value().working_days().max(number.value().calendar_days())).collect();
            assert!(!days.is_empty());
            for days in days {
                find(&days.to_string());
            }
        }
    }
    for phase in F::PHASES {
        langs(languages).iter().for_each(|lang| find(phase.name.in_lang(*lang)));
    }
}

#[test]
fn every_step_role_and_period_is_on_every_paper() {
    let policy = Policy::builtin_on(day("2026-01-05")).unwrap();
    for size in PaperSize::ALL {
        for languages in Languages::ALL {
            for page in both_forms(&paper().size(size).languages(languages)) {
                assert_complete::<Dongsha>(&page, languages, &policy, &format!("{size:?} {languages:?}"));
                let seen = seen(&page);
                let unit = if languages == Languages::En { "5workingdays*" } else { "5个工作日*" };
                assert!(seen.matches(unit).count() >= 3, "{seen}");
                for fact in ["020-81000000", &squeezed(&super::short_code().to_string()), "https://example.org/dongtang/sanzi"] {
                    assert!(seen.contains(fact), "{fact}");
                }
            }
        }
    }
}

/// Sizes as a printer would take them: in points, of everything that has one.
fn sizes(page: &str) -> Vec<f64> {
    let number = |rest: &str| rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect::<String>().parse::<f64>().unwrap();
    let print = page.split("@media screen").next().unwrap();
    let body = print.split_once("html { font-size: ").map(|(_, rest)| number(rest));
    let css = print.split("font-size: ").skip(1).map(|rest| {
        let found = number(rest);
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        if unit.starts_with("rem") { found * body.unwrap() } else { found }
    });
    let drawn = page.split("font-size=\"").skip(1).map(number);
    css.chain(drawn).collect()
}

#[test]
fn no_text_is_smaller_than_ten_and_a_half_points() {
    for size in PaperSize::ALL {
        for languages in Languages::ALL {
            for page in both_forms(&paper().size(size).languages(languages)) {
                let sizes = sizes(&page);
                let least = sizes.iter().copied().fold(f64::MAX, f64::min);
                assert!(!sizes.is_empty() && least >= if size == PaperSize::A3 { 12.0 } else { 10.5 }, "{size:?} {languages:?}: {least}");
                let millimetres = if size == PaperSize::A4 { ["297mm", "210mm"] } else { ["420mm", "297mm"] };
                assert!(millimetres.iter().all(|mm| page.contains(mm)));
            }
        }
    }
}

/// In the drawing every text lies on the page, and no two boxes share a place.
#[test]
fn boxes_lie_side_by_side_on_the_page() {
    for languages in Languages::ALL {
        let svg = paper().languages(languages).svg().unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let number = |node: roxmltree::Node<'_, '_>, name| node.attribute(name).unwrap().parse::<f64>().unwrap();
        let boxes: Vec<[f64; 4]> = (document.descendants())
            .filter(|node| node.attribute("class").is_some_and(|class| class == "box" || class == "label"))
            .map(|node| [number(node, "x"), number(node, "y"), number(node, "width"), number(node, "height")])
            .collect();
        assert_eq!(boxes.len(), 16 + 3);
        for (nth, a) in boxes.iter().enumerate() {
            assert!(a[0] > 0.0 && a[1] > 0.0 && a[0] + a[2] < 842.0 && a[1] + a[3] < 596.0, "{a:?}");
            for b in &boxes[nth + 1..] {
                let apart = a[0] + a[2] <= b[0] || b[0] + b[2] <= a[0] || a[1] + a[3] <= b[1] || b[1] + b[3] <= a[1];
                assert!(apart, "{languages:?} {a:?} {b:?}");
            }
        }
        for text in document.descendants().filter(|node| node.has_tag_name("text")) {
            let (x, y) = (number(text, "x"), number(text, "y"));
            assert!((0.0..842.0).contains(&x) && (0.0..590.0).contains(&y), "{text:?}");
        }
    }
}

#[test]
fn the_code_leads_to_the_public_page() {
    for page in both_forms(&paper()) {
        let path = page.split("<path d=\"M").map(|rest| rest.split('"').next().unwrap()).find(|path| path.contains("v1h-")).unwrap();
        let mut dark = std::collections::BTreeSet::new();
        for run in path.split('M') {
            let (place, length) = run.split_once('h').unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            let length: usize = length.split('v').next().unwrap().parse().unwrap();
            dark.extend((0..length).map(|more| (x.parse::<usize>().unwrap() + more, y.parse::<usize>().unwrap())));
        }
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(300, 300, |x, y| if dark.contains(&(x / 6, y / 6)) { 0 } else { 255 });
        let (_, found) = image.detect_grids()[0].decode().unwrap();
        assert_eq!(found, facts().page.as_str());
    }
}

/// The standing of each step as the page says it, in words.
fn marks(run: &Run) -> (Vec<(Step, Standing)>, [String; 2]) {
    let calendar = &run.office.calendar;
    let paper = ClearPaper::of_case(&run.case, facts(), calendar, run.now).unwrap();
    (standings(&run.case, calendar, run.now).unwrap(), both_forms(&paper))
}

fn assert_shown(run: &Run, step: Step, standing: Standing, shape: &str, words: &str) {
    let (all, pages) = marks(run);
    assert_eq!(all[step.index()], (step, standing));
    for page in pages {
        assert!(page.contains(&format!("href=\"#shape-{shape}\"")), "{shape}");
        assert!(seen(&page).contains(&squeezed(words)), "{words}");
    }
}

#[test]
fn a_running_transaction_shows_how_each_step_stands() {
    let mut run = Run::opened();
    assert_shown(&run, Step::AssetCheck, Standing::Next(None), "next", "下一步");
    assert_shown(&run, Step::PartyStudy, Standing::Later, "later", "未开始");
    run.to(Step::IntentNotice).perform().publish();
    assert_shown(&run, Step::AssetCheck, Standing::Done(day("2018-03-05")), "done", "已完成 03-05");
    let up = run.today();
    let last = run.office.calendar.last_day(up, Period::working(5), &[]).unwrap();
    let until = sanzi::calendar::Due::Announced(last);
    assert_shown(&run, Step::IntentNotice, Standing::PublicUntil(until), "public", &format!("公示至 {}", last.format("%m-%d")));
    run.must(person("resident"), Command::Object { kind: Remark::Objection, text: text("价格太低"), from: Some(person("resident")) });
    assert_shown(&run, Step::IntentNotice, Standing::Paused, "paused", "异议处理，暂停");
    run.must(person("mai"), Command::Answer { number: 1, ruling: Ruling::Dismissed, reply: text("按评估价") });
    run.wait_to_leave();
    assert_eq!(marks(&run).0[2].1, Standing::Next(None), "the period is over: next is to leave the step");
    run.advance();
    assert!(matches!(marks(&run).0[2].1, Standing::Done(_)));
}

#[test]
fn overdue_and_returned_have_their_own_shapes() {
    let mut run = Run::opened();
    run.to(Step::StreetReview);
    let by = run.office.calendar.last_day(run.today(), Period::working(5), &[]).unwrap();
    assert_shown(&run, Step::StreetReview, Standing::Next(Some(by)), "next", "下一步，限");
    run.now = at(by.succ_opt().unwrap());
    assert_shown(&run, Step::StreetReview, Standing::Overdue(by), "overdue", "逾期，应于");
    let mut evidence = run.good();
    if let Evidence::StreetReview(record) = &mut evidence {
        record.decision = StreetDecision::ReturnedForSubstance;
    }
    run.perform_with(evidence).publish().advance();
    assert_shown(&run, Step::PlanDraft, Standing::Next(None), "next", "下一步");
    assert_shown(&run, Step::MemberVote, Standing::Returned, "returned", "已退回，须重做");
    assert_shown(&run, Step::Bidding, Standing::Later, "later", "未开始");
    run.finish();
    assert!(marks(&run).0.iter().all(|(_, standing)| matches!(standing, Standing::Done(_))));
}

#[test]
fn a_case_that_is_not_opened_has_no_paper() {
    let run = Run::opened();
    let unopened = sanzi::Case::<Dongsha>::unopened(run.case.id());
    let refused = ClearPaper::of_case(&unopened, facts(), &run.office.calendar, run.now);
    assert_eq!(refused.err(), Some(PaperError::Unopened));
}

#[test]
fn what_does_not_fit_is_said_and_not_printed_small() {
    let long = |name: &str| Facts { objections_at: text(&name.repeat(60)), ..facts() };
    let policy = Policy::builtin_on(day("2026-01-05")).unwrap();
    let paper = |facts| ClearPaper::<Dongsha>::new(policy.clone(), facts);
    assert_eq!(paper(long("村委会一楼对外办公点意见箱")).svg(), Err(PaperError::DoesNotFit(PaperSize::A4)));
    assert_eq!(paper(long("村委会一楼对外办公点意见箱")).html(), Err(PaperError::DoesNotFit(PaperSize::A4)));
    assert!(paper(facts()).svg().is_ok());
}

sanzi::flow! {
    /// Contracting a plot of collective land, as the example has it.
    procedure Contracting = "contracting-paper" version 1, "土地发包五环节" / "contracting land in five steps";
    step Stage5;
    evidence Evidence5;
    current Current5;
    role Role5 {
        Group    "承包工作小组" / "contracting group",
        Council  "理事会" / "board",
        Watchers "监事会" / "supervisors",
        Township "镇政府" / "township",
    }
    terminated by [Council, Township];
    clock by [Watchers];

    phase "发包之前" / "before the deal" {
        1 Apply(Said) {
            name  "申请" / "apply",
            does  "提出发包申请，写明地块、面积和底价" / "apply: which plot, what area, what floor",
            by    Group,
            posts "发包申请" / "application" on [O],
            then  Notice,
        }
        2 Notice(Said) {
            name  "公示" / "notice",
            does  "公示发包条件，受理异议" / "publish the terms and take objections",
            by    Council,
            posts "发包条件" / "terms" on [P O] for Notice objections to Township,
            then  Noticed {
                Undisputed "无异议" / "undisputed" => Review,
                Upheld     "异议成立" / "objection upheld" => Apply,
            },
        }
        3 Review(Said) {
            name  "审查" / "review",
            does  "审查程序和条件" / "review procedure and terms",
            by    Watchers,
            apart [step Apply, step Notice],
            posts "审查意见" / "opinion" on [O],
            then  Trade,
        }
    }

    phase "发包" / "the deal" {
        4 Trade(Said) {
            name  "交易" / "trade",
            does  "公开组织，确定承包方和租金" / "in public: who contracts the plot, and for what rent",
            by    Council,
            apart [bidder],
            posts "交易结果" / "result" on [P O],
            then  Sign,
        }
        5 Sign(Said) {
            name  "签约" / "sign",
            does  "按交易结果签订承包合同" / "sign the contract as traded",
            by    Council,
            posts "合同要点" / "key terms" on [P O],
            then  End,
        }
    }
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Said(Text);

impl sanzi::case::StepRecord<Contracting> for Said {
    fn lines(&self) -> Vec<Line> {
        vec![Line::new("说明", "said", &self.0)]
    }
}

#[test]
fn any_procedure_has_its_paper() {
    let days = |count| Number::verified_in(text("本村发包办法第三条"), Period::calendar(count));
    let policy = Policy::new("village-2026", text("本村发包办法"), text("this village's own rules"), day("2026-01-01")).unwrap();
    let policy = policy.with_period("Notice", days(7)).unwrap();
    for size in PaperSize::ALL {
        for languages in Languages::ALL {
            let paper = ClearPaper::<Contracting>::new(policy.clone(), facts()).size(size).languages(languages);
            for page in both_forms(&paper) {
                assert_complete::<Contracting>(&page, languages, &policy, "five steps");
                assert!(!seen(&page).contains('*'), "every number is verified");
            }
        }
    }
    assert!(paper().html().unwrap() != ClearPaper::<Contracting>::new(policy, facts()).html().unwrap());
}

/// The book shows the paper as it is generated. `UPDATE_SNAPSHOTS=1` draws it anew.
#[test]
fn the_book_shows_the_paper() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/clear-paper.svg");
    let drawn = paper().languages(Languages::Both).size(PaperSize::A3).svg().unwrap();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &drawn).unwrap();
    }
    assert!(std::fs::read_to_string(&path).unwrap_or_default() == drawn, "docs/src/clear-paper.svg is not the paper: UPDATE_SNAPSHOTS=1");
}
