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
/// Height of a timeline's row, and where its days begin, in pixels.
const ROW: usize = 17;
const NAMES: i64 = 210;
/// The longest bar of a distribution, in pixels.
const LONGEST: u64 = 240;
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
    steps: Vec<(usize, Bilingual)>,
    heat: Vec<HeatRow>,
    timelines: Vec<Course>,
    periods: Vec<Bars>,
    findings: Vec<Shown<'r>>,
    more: usize,
}

/// A rule, and how many findings it has at no step and at each of the sixteen.
struct HeatRow {
    name: Bilingual,
    cells: Vec<Cell>,
}

#[derive(Clone, Default)]
struct Cell {
    count: u64,
    /// From 1 to 4: light to dark; 0 is empty. The number stands in it too: never by shade alone.
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

/// A step of a case; without a bar where it was not done.
struct Bar {
    name: String,
    /// Of the text, and of the bar above its base line.
    y: usize,
    top: usize,
    x: i64,
    width: i64,
    label: String,
    wrong: bool,
    done: bool,
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
            steps: Step::ALL.iter().map(|step| (step.number(), step.name())).collect(),
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

fn heat(findings: &[Finding]) -> Vec<HeatRow> {
    let mut counts: BTreeMap<Rule, Vec<u64>> = BTreeMap::new();
    for finding in findings {
        let column = Step::ALL.iter().find(|step| step.id() == finding.step_id()).map_or(0, |step| step.number());
        let of_rule = counts.entry(finding.rule).or_insert_with(|| vec![0; Step::ALL.len().saturating_add(1)]);
        of_rule.iter_mut().skip(column).take(1).for_each(|count| *count = count.saturating_add(1));
    }
    let most = counts.values().flatten().copied().max().unwrap_or(1).max(1);
    // Shades by the logarithm: one finding must be seen beside ten thousand.
    let shade = |count: u64| match count.checked_ilog2() {
        None => 0,
        Some(log) => {
            u8::try_from(log.saturating_mul(3).checked_div(most.ilog2().max(1)).unwrap_or(0)).unwrap_or(3).min(3).saturating_add(1)
        }
    };
    let row = |(rule, counts): (Rule, Vec<u64>)| HeatRow {
        name: rule.message(),
        cells: counts.into_iter().map(|count| Cell { count, shade: shade(count) }).collect(),
    };
    counts.into_iter().map(row).collect()
}

fn course(timeline: &Timeline, findings: &[Finding]) -> Course {
    let first = timeline.steps.iter().map(|(_, done, _)| *done).min().unwrap_or_default();
    let last = timeline.steps.iter().map(|(_, done, left)| left.unwrap_or(*done).max(*done)).max().unwrap_or_default();
    let days = last.signed_duration_since(first).num_days().max(LEAST_DAYS);
    let place = |day: chrono::NaiveDate| {
        let along = day.signed_duration_since(first).num_days().saturating_mul(480).checked_div(days).unwrap_or(0);
        NAMES.saturating_add(along)
    };
    // Findings are in the order of their cases.
    let start = findings.partition_point(|finding| finding.case < timeline.case);
    let own: Vec<&Finding> = findings.iter().skip(start).take_while(|finding| finding.case == timeline.case).collect();
    let wrong = |step: Step| own.iter().any(|finding| finding.step_id() == step.id() && finding.is_breach());
    // Up to the last step that was done, or that something is wrong with.
    let done_at = |step: Step| timeline.steps.iter().find(|(number, ..)| usize::from(*number) == step.number());
    let reached = Step::ALL.iter().filter(|step| done_at(**step).is_some() || wrong(**step)).map(|step| step.number()).max().unwrap_or(0);
    let bar = |(row, step): (usize, &Step)| {
        let top = row.saturating_mul(ROW).saturating_add(2);
        let (x, width, label) = match done_at(*step) {
            Some((_, done, left)) => {
                let until = left.filter(|left| left != done).map(|left| format!(" – {left}")).unwrap_or_default();
                (place(*done), place(left.unwrap_or(*done)).saturating_sub(place(*done)).max(4), format!("{done}{until}"))
            }
            None => (NAMES, 0, "未办理 not done".to_owned()),
        };
        let name = format!("{}. {}", step.number(), step.name().zh);
        Bar { name, y: top.saturating_add(11), top, x, width, label, wrong: wrong(*step), done: width > 0 }
    };
    Course {
        case: timeline.case.to_string(),
        from: first.to_string(),
        to: last.to_string(),
        height: reached.saturating_mul(ROW).saturating_add(4),
        bars: Step::ALL.iter().take(reached).enumerate().map(bar).collect(),
    }
}

fn periods(lengths: &BTreeMap<(u8, u32), u64>) -> Vec<Bars> {
    let mut steps: BTreeMap<u8, Vec<(u32, u64)>> = BTreeMap::new();
    for ((step, days), count) in lengths {
        steps.entry(*step).or_default().push((*days, *count));
    }
    let of_step = |(number, bars): (u8, Vec<(u32, u64)>)| {
        let most = bars.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
        let width = |count: u64| count.saturating_mul(LONGEST).checked_div(most).unwrap_or(0).max(2);
        let step = Step::from_index(usize::from(number).saturating_sub(1)).map_or(Bilingual::same(number), |step| step.name());
        Bars { step, bars: bars.into_iter().map(|(days, count)| (days, count, width(count))).collect() }
    };
    steps.into_iter().map(of_step).collect()
}
