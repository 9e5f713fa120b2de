//! The words of the clear paper, one language at a time: days, deadlines, who must differ, ways back.

use crate::calendar::Period;
use crate::flow::{Apart, RoleId, Row, StepId, Target};
use crate::policy::{Number, Policy};
use crate::value::Lang;

pub(super) fn pick<'t>(lang: Lang, zh: &'t str, en: &'t str) -> &'t str {
    if lang == Lang::Zh { zh } else { en }
}

/// `5 个工作日*`, or for a period by size `5/10/20 个工作日*`. The star says that nobody has verified the number.
pub(super) fn period(policy: &Policy, name: &str, lang: Lang) -> String {
    let prefix = format!("{name}.");
    let numbers = || policy.periods().filter(|(full, _)| *full == name || full.starts_with(&prefix)).map(|(_, number)| number);
    let all = |count: fn(Period) -> u32| {
        let mut days: Vec<u32> = numbers().map(|number| count(*number.value())).filter(|days| *days > 0).collect();
        days.sort_unstable();
        days.iter().map(u32::to_string).collect::<Vec<_>>().join("/")
    };
    let some = |days: String| (!days.is_empty()).then_some(days);
    let (working, plain) = (some(all(Period::working_days)), some(all(Period::calendar_days)));
    days(working, plain, numbers().all(Number::verified), lang)
}

fn days<T: std::fmt::Display>(working: Option<T>, plain: Option<T>, verified: bool, lang: Lang) -> String {
    let working = working.map(|days| format!("{days} {}", pick(lang, "个工作日", "working days")));
    let plain = plain.map(|days| format!("{days} {}", pick(lang, "日", "days")));
    let parts: Vec<String> = working.into_iter().chain(plain).collect();
    let star = if verified || parts.is_empty() { "" } else { "*" };
    format!("{}{star}", parts.join(pick(lang, "且", " and ")))
}

/// The lead time before the step, and the duty to act.
pub(super) fn when<S: StepId, R: RoleId>(policy: &Policy, row: &Row<S, R>, lang: Lang) -> Option<String> {
    let after = row.after.and_then(|name| {
        let days = period(policy, name, lang);
        (!days.is_empty()).then(|| match lang {
            Lang::Zh => format!("通知满 {days}后"),
            Lang::En => format!("not before {days} after the call"),
        })
    });
    let within = row.within.and_then(|name| policy.deadline(name)).map(|number| {
        let days = days(number.value().working_days(), number.value().calendar_days(), number.verified(), lang);
        match lang {
            Lang::Zh => format!("{days}内"),
            Lang::En => format!("within {days}"),
        }
    });
    let both: Vec<String> = after.into_iter().chain(within).collect();
    (!both.is_empty()).then(|| both.join(pick(lang, "，", ", ")))
}

/// Where the step can lead but forward: `不同意 → 1`.
pub(super) fn ways_back<S: StepId, R: RoleId>(row: &Row<S, R>, lang: Lang) -> Vec<String> {
    let back = row.outcomes.iter().filter_map(|outcome| match outcome.to {
        Target::Step(to) if to.index() <= row.step.index() => Some((outcome.name.in_lang(lang), to.number())),
        _ => None,
    });
    back.map(|(name, to)| format!("{name} → {to}")).collect()
}

/// `5 个工作日*未答复的`: after that an objection rises.
pub(super) fn unanswered(policy: &Policy, lang: Lang) -> Option<String> {
    let number = policy.deadline(Policy::ANSWER)?;
    let days = days(number.value().working_days(), number.value().calendar_days(), number.verified(), lang);
    Some(match lang {
        Lang::Zh => format!("{days}未答复的"),
        Lang::En => format!("unanswered in {days}"),
    })
}

/// One who must be someone else.
pub(super) fn apart<S: StepId, R: RoleId>(apart: &Apart<S, R>, lang: Lang) -> String {
    match (apart, lang) {
        (Apart::Step(step), Lang::Zh) => format!("第 {} 环节执行人", step.number()),
        (Apart::Step(step), Lang::En) => format!("whoever did step {}", step.number()),
        (Apart::Role(role), lang) => role.name().in_lang(lang).to_owned(),
        (Apart::Bidder, Lang::Zh) => "竞投人".to_owned(),
        (Apart::Bidder, Lang::En) => "a bidder".to_owned(),
    }
}

/// Pieces that stay together: a word with the spaces after it, or a Chinese character with the marks around it.
pub(super) fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut start, mut before) = (Vec::new(), 0, ' ');
    for (place, c) in text.char_indices() {
        let closes = "，。；：、！？）”》*".contains(c);
        let opened = "（“《".contains(before);
        if place > 0 && c != ' ' && !closes && !opened && (before == ' ' || is_wide(c) || is_wide(before)) {
            pieces.extend(text.get(start..place));
            start = place;
        }
        before = c;
    }
    pieces.extend(text.get(start..));
    pieces
}

/// The blocks of East Asian characters that take two columns.
pub(super) const fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{20000}'..='\u{3fffd}')
}
