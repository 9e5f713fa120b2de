//! The report as one HTML page, in both languages, with its pictures inside: nothing is loaded from elsewhere.

use std::collections::BTreeMap;

use askama::Template;

use super::report::Timeline;
use super::{Finding, Report, Rule};
use crate::case::ReasonCode;
use crate::dongsha::Step;
use crate::flow::StepId;
use crate::value::{Bilingual, Lang};

/// Findings that the page lists; the CSV has all.
const LISTED: usize = 500;
/// Width of a cell of the heat map, height of a row, in pixels.
const CELL: usize = 40;
const ROW: usize = 26;
/// Days that a timeline's width stands for at least.
const LEAST_DAYS: i64 = 30;

#[derive(Template)]
#[template(path = "report.html", config = "src/audit/askama.toml")]
struct Page<'r> {
    title: &'r str,
    report: &'r Report,
    breaches: usize,
    suspicions: usize,
    percent: String,
    heat: Heat,
    timelines: Vec<Course>,
    periods: Vec<Bars>,
    findings: Vec<Shown<'r>>,
    more: usize,
}

/// Rule by step, how many findings.
struct Heat {
    width: usize,
    height: usize,
    columns: Vec<(usize, String)>,
    rows: Vec<HeatRow>,
}

struct HeatRow {
    y: usize,
    name: Bilingual,
    cells: Vec<Cell>,
}

struct Cell {
    x: usize,
    count: u64,
    /// From 1 to 4: light to dark. The number stands in it too: never by shade alone.
    shade: u8,
}

/// One case on a line of days.
struct Course {
    case: String,
    from: String,
    to: String,
    height: usize,
    bars: Vec<Bar>,
}

struct Bar {
    y: usize,
    x: i64,
    width: i64,
    label: String,
    wrong: bool,
}

/// How long the notices of a step stood.
struct Bars {
    step: Bilingual,
    bars: Vec<(u32, u64, u64)>,
}

struct Shown<'r> {
    finding: &'r Finding,
    rule: &'static str,
    zh: String,
    en: String,
    chance: String,
    evidence: String,
}

impl Report {
    /// The report as a page of its own, for people: summary, what could be judged, pictures, findings.
    pub fn to_html(&self, title: &str) -> String {
        let listed = self.findings.iter().take(LISTED).map(|finding| Shown {
            finding,
            rule: finding.rule.code(),
            zh: finding.text(Lang::Zh),
            en: finding.text(Lang::En),
            chance: finding.innocent.map(|chance| format!("{chance:.2e}")).unwrap_or_default(),
            evidence: finding.evidence.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", "),
        });
        let page = Page {
            title,
            report: self,
            breaches: self.breaches().count(),
            suspicions: self.findings.iter().filter(|finding| finding.innocent.is_some()).count(),
            percent: format!("{:.1}", self.proof.share() * 100.0),
            heat: heat(&self.findings),
            timelines: self.timelines.iter().map(|timeline| course(timeline, &self.findings)).collect(),
            periods: periods(&self.periods),
            findings: listed.collect(),
            more: self.findings.len().saturating_sub(LISTED),
        };
        // Writing into a string fails only where a template's own filter does; this one has none.
        page.render().unwrap_or_default()
    }
}

fn heat(findings: &[Finding]) -> Heat {
    let mut counts: BTreeMap<(Rule, usize), u64> = BTreeMap::new();
    for finding in findings {
        let column = Step::ALL.iter().find(|step| step.id() == finding.step_id()).map_or(0, |step| step.number());
        let count = counts.entry((finding.rule, column)).or_default();
        *count = count.saturating_add(1);
    }
    let most = counts.values().copied().max().unwrap_or(1).max(1);
    let at = |column: usize| column.saturating_mul(CELL);
    let mut rows: Vec<HeatRow> = Vec::new();
    for rule in Rule::ALL {
        let of_rule = counts.range((*rule, 0)..=(*rule, Step::ALL.len()));
        // Shades by the logarithm: one finding must be seen beside ten thousand.
        let shade = |count: u64| {
            1_u8.saturating_add(
                u8::try_from(count.ilog2().saturating_mul(3).checked_div(most.ilog2().max(1)).unwrap_or(0)).unwrap_or(3).min(3),
            )
        };
        let cells: Vec<Cell> = of_rule.map(|((_, column), count)| Cell { x: at(*column), count: *count, shade: shade(*count) }).collect();
        if !cells.is_empty() {
            rows.push(HeatRow { y: rows.len().saturating_mul(ROW), name: rule.message(), cells });
        }
    }
    let columns = (0..=Step::ALL.len()).map(|column| (at(column), if column == 0 { "–".to_owned() } else { column.to_string() })).collect();
    Heat { width: at(Step::ALL.len().saturating_add(1)), height: rows.len().saturating_mul(ROW), columns, rows }
}

fn course(timeline: &Timeline, findings: &[Finding]) -> Course {
    let first = timeline.steps.iter().map(|(_, done, _)| *done).min().unwrap_or_default();
    let last = timeline.steps.iter().map(|(_, done, left)| left.unwrap_or(*done).max(*done)).max().unwrap_or_default();
    let days = last.signed_duration_since(first).num_days().max(LEAST_DAYS);
    let place = |day: chrono::NaiveDate| day.signed_duration_since(first).num_days().saturating_mul(600).checked_div(days).unwrap_or(0);
    // Findings are in the order of their cases.
    let start = findings.partition_point(|finding| finding.case < timeline.case);
    let own: Vec<&Finding> = findings.iter().skip(start).take_while(|finding| finding.case == timeline.case).collect();
    let bar = |(row, (number, done, left)): (usize, &(u8, chrono::NaiveDate, Option<chrono::NaiveDate>))| {
        let step = Step::from_index(usize::from(*number).saturating_sub(1));
        let wrong = step.is_some_and(|step| own.iter().any(|finding| finding.step_id() == step.id() && finding.is_breach()));
        let (from, to) = (place(*done), place(left.unwrap_or(*done)));
        let until = left.map(|left| format!("–{left}")).unwrap_or_default();
        Bar { y: row.saturating_mul(14), x: from, width: to.saturating_sub(from).max(3), label: format!("{number} {done}{until}"), wrong }
    };
    Course {
        case: timeline.case.to_string(),
        from: first.to_string(),
        to: last.to_string(),
        height: timeline.steps.len().saturating_mul(14).saturating_add(4),
        bars: timeline.steps.iter().enumerate().map(bar).collect(),
    }
}

fn periods(lengths: &BTreeMap<(u8, u32), u64>) -> Vec<Bars> {
    let mut steps: BTreeMap<u8, Vec<(u32, u64)>> = BTreeMap::new();
    for ((step, days), count) in lengths {
        steps.entry(*step).or_default().push((*days, *count));
    }
    let of_step = |(number, bars): (u8, Vec<(u32, u64)>)| {
        let most = bars.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
        let width = |count: u64| count.saturating_mul(400).checked_div(most).unwrap_or(0).max(2);
        let step = Step::from_index(usize::from(number).saturating_sub(1)).map_or(Bilingual::same(number), |step| step.name());
        Bars { step, bars: bars.into_iter().map(|(days, count)| (days, count, width(count))).collect() }
    };
    steps.into_iter().map(of_step).collect()
}
