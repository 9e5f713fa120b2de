//! The clear paper (明白纸) as text: three bands, and for each step who does what, who must differ, where and how long it
//! is posted. Made of the table and the policy alone.

use std::fmt::Write as _;

use crate::flow::{Apart, Flow, RoleId, Row, StepId};
use crate::policy::Policy;
use crate::value::Lang;

/// The clear paper of a procedure in one language, with the periods of a policy. A number that nobody has verified is
/// marked with `*`.
///
/// ```
/// use sanzi::dongsha::Dongsha;
/// use sanzi::policy::Policy;
/// use sanzi::value::Lang;
/// let paper = sanzi::export::clear_paper::<Dongsha>(&Policy::builtin_on("2026-01-05".parse()?)?, Lang::Zh);
/// assert!(paper.contains("7. 会议通知与民主表决"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn clear_paper<F: Flow>(policy: &Policy, lang: Lang) -> String {
    let zh = lang == Lang::Zh;
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{} — {}", if zh { "明白纸" } else { "The clear paper" }, F::NAME.in_lang(lang));
    let mut rows = F::ROWS.iter();
    for phase in F::PHASES {
        let _ = writeln!(out, "\n== {} ==", phase.name.in_lang(lang));
        for row in rows.by_ref().take(phase.len) {
            put_row(&mut out, row, policy, lang);
        }
    }
    let _ = writeln!(
        out,
        "\n{}",
        if zh { "* 该数值未经核实，以本单位规定为准。" } else { "* This number is not verified; your own rules prevail." }
    );
    out
}

fn put_row<S: StepId, R: RoleId>(out: &mut String, row: &Row<S, R>, policy: &Policy, lang: Lang) {
    let zh = lang == Lang::Zh;
    let label = |zh_label: &'static str, en: &'static str| if zh { zh_label } else { en };
    let _ = writeln!(out, "{:>2}. {}", row.number, row.name.in_lang(lang));
    let _ = writeln!(out, "    {}{}", label("做什么：", "what:    "), row.does.in_lang(lang));
    let _ = writeln!(out, "    {}{}", label("谁负责：", "who:     "), row.by.name().in_lang(lang));
    if !row.apart.is_empty() {
        let apart: Vec<String> = row.apart.iter().map(|apart| apart_text(apart, lang)).collect();
        let _ = writeln!(out, "    {}{}", label("须回避：", "not:     "), apart.join(label("、", ", ")));
    }
    let posts = &row.posts;
    let _ = write!(
        out,
        "    {}{}{}{}",
        label("公开：  ", "posted:  "),
        posts.what.in_lang(lang),
        label("；", "; "),
        posts.channels.names().in_lang(lang)
    );
    if let Some(period) = posts.period {
        let _ = write!(out, "{}{}", label("；", "; "), period_text(policy, period, lang));
    }
    if let Some(role) = posts.verified_by {
        let _ = write!(out, "{}{}", label("；核验：", "; checked by "), role.name().in_lang(lang));
    }
    if let Some(role) = posts.objections_to {
        let _ = write!(out, "{}{}", label("；异议：", "; objections to "), role.name().in_lang(lang));
    }
    let _ = writeln!(out);
}

fn apart_text<S: StepId, R: RoleId>(apart: &Apart<S, R>, lang: Lang) -> String {
    match (apart, lang) {
        (Apart::Step(step), Lang::Zh) => format!("第{}环节执行人", step.number()),
        (Apart::Step(step), Lang::En) => format!("whoever did step {}", step.number()),
        (Apart::Role(role), _) => role.name().in_lang(lang).to_owned(),
        (Apart::Bidder, Lang::Zh) => "竞投人".to_owned(),
        (Apart::Bidder, Lang::En) => "a bidder".to_owned(),
    }
}

/// `5 个工作日*`, or for a period by size `5/10/20 个工作日*`.
fn period_text(policy: &Policy, name: &str, lang: Lang) -> String {
    let prefix = format!("{name}.");
    let numbers: Vec<_> =
        policy.periods().filter(|(full, _)| *full == name || full.starts_with(&prefix)).map(|(_, number)| number).collect();
    let days = |count: fn(crate::calendar::Period) -> u32| {
        let mut all: Vec<u32> = numbers.iter().map(|number| count(*number.value())).filter(|days| *days > 0).collect();
        all.sort_unstable();
        all.iter().map(u32::to_string).collect::<Vec<_>>().join("/")
    };
    let (working, plain) = (days(crate::calendar::Period::working_days), days(crate::calendar::Period::calendar_days));
    let star = if numbers.iter().all(|number| number.verified()) { "" } else { "*" };
    let mut parts = Vec::new();
    if !working.is_empty() {
        parts.push(if lang == Lang::Zh { format!("{working} 个工作日") } else { format!("{working} working days") });
    }
    if !plain.is_empty() {
        parts.push(if lang == Lang::Zh { format!("{plain} 日") } else { format!("{plain} days") });
    }
    format!("{}{star}", parts.join(if lang == Lang::Zh { "且" } else { " and " }))
}
