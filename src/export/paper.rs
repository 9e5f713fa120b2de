//! The clear paper (明白纸) as text: three bands, and for each step who does what, who must differ, by when, where and how
//! long it is posted, who hears objections, and where it can go back to. Made of the table and the policy alone.

use std::borrow::Cow;

use crate::calendar::Period;
use crate::flow::{Apart, Flow, RoleId, Row, StepId, Target};
use crate::policy::Policy;
use crate::value::Lang;

/// The columns of the paper: what a terminal and a sheet of A4 have.
const WIDTH: usize = 96;
/// Where a step's own lines begin, and where their text does.
const LABEL: usize = 4;
const TEXT: usize = 16;

/// The clear paper of a procedure in one language, with the numbers of a policy. A number that nobody has verified is
/// marked with `*`. No line is wider than 96 columns, a Chinese character taking two.
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
    let mut paper = Paper { out: String::new(), policy, lang };
    paper.line(0, "", &format!("{} · {}", if zh { "明白纸" } else { "The clear paper" }, F::NAME.in_lang(lang)));
    let mut rows = F::ROWS.iter();
    for (number, phase) in (1_usize..).zip(F::PHASES) {
        let head = format!("── {number}  {} ", phase.name.in_lang(lang));
        let rule = "─".repeat(WIDTH.saturating_sub(width(&head)));
        paper.out.push_str(&format!("\n{head}{rule}\n"));
        for row in rows.by_ref().take(phase.len) {
            paper.step(row);
        }
    }
    if paper.out.contains('*') {
        let star = paper.pick("* 该数值未经核实，以本单位规定为准。", "* This number is not verified; your own rules prevail.");
        paper.out.push_str(&format!("\n{}\n", "─".repeat(WIDTH)));
        paper.line(0, "", star);
    }
    paper.out
}

struct Paper<'a> {
    out: String,
    policy: &'a Policy,
    lang: Lang,
}

impl Paper<'_> {
    fn pick<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        if self.lang == Lang::Zh { zh } else { en }
    }

    fn step<S: StepId, R: RoleId>(&mut self, row: &Row<S, R>) {
        let lang = self.lang;
        self.out.push('\n');
        self.line(LABEL, &format!("{:>2}. ", row.number), row.name.in_lang(lang));
        self.labelled("做什么", "what", row.does.in_lang(lang));
        self.labelled("谁负责", "who", row.by.name().in_lang(lang));
        if !row.apart.is_empty() {
            let apart: Vec<Cow<'_, str>> = row.apart.iter().map(|apart| apart_text(apart, lang)).collect();
            self.labelled("须回避", "not", &apart.join(self.pick("、", ", ")));
        }
        if let Some(when) = self.when(row) {
            self.labelled("期限", "when", &when);
        }
        let posted = self.posted(row);
        self.labelled("公开", "posted", &posted);
        if let Some(judge) = row.posts.objections_to {
            let name = judge.name();
            let text = match lang {
                Lang::Zh => format!("公示期内向{}提出；处理完毕前暂停计时", name.zh),
                Lang::En => format!("to the {} while the notice is up; the period stands still until they are decided", name.en),
            };
            self.labelled("异议", "objections", &text);
        }
        let back = self.ways_back(row);
        if !back.is_empty() {
            self.labelled("退回", "goes back", &back.join(self.pick("；", "; ")));
        }
    }

    fn labelled(&mut self, zh: &str, en: &str, text: &str) {
        let label = self.pick(zh, en);
        let gap = TEXT.saturating_sub(LABEL).saturating_sub(width(label)).max(1);
        let head = format!("{}{label}{}", " ".repeat(LABEL), " ".repeat(gap));
        self.line(TEXT, &head, text);
    }

    /// The lead time before the step, and the duty to act.
    fn when<S: StepId, R: RoleId>(&self, row: &Row<S, R>) -> Option<String> {
        let after = row.after.and_then(|name| {
            let days = self.period(name);
            (!days.is_empty()).then(|| match self.lang {
                Lang::Zh => format!("通知满 {days}后"),
                Lang::En => format!("not before {days} after the call"),
            })
        });
        let within = row.within.and_then(|name| self.policy.deadline(name)).map(|number| {
            let days = self.days(number.value().working_days(), number.value().calendar_days(), number.verified());
            match self.lang {
                Lang::Zh => format!("{days}内"),
                Lang::En => format!("within {days}"),
            }
        });
        let both: Vec<String> = after.into_iter().chain(within).collect();
        (!both.is_empty()).then(|| both.join(self.pick("，", ", ")))
    }

    fn posted<S: StepId, R: RoleId>(&self, row: &Row<S, R>) -> String {
        let (posts, lang) = (&row.posts, self.lang);
        let on = posts.channels.names();
        let mut text = match lang {
            Lang::Zh => format!("{}：{}", posts.what.zh, on.zh),
            Lang::En => format!("{}: {}", posts.what.en, on.en),
        };
        let parts = [
            posts.period.map(|name| self.period(name)).filter(|days| !days.is_empty()),
            posts.verified_by.map(|role| match lang {
                Lang::Zh => format!("{}核验张贴", role.name().zh),
                Lang::En => format!("the posting checked by the {}", role.name().en),
            }),
        ];
        for part in parts.into_iter().flatten() {
            text.push_str(self.pick("；", "; "));
            text.push_str(&part);
        }
        text
    }

    /// Where the step can lead but forward.
    fn ways_back<S: StepId, R: RoleId>(&self, row: &Row<S, R>) -> Vec<String> {
        let back = row.outcomes.iter().filter_map(|outcome| match outcome.to {
            Target::Step(to) if to.index() <= row.step.index() => Some((outcome.name.in_lang(self.lang), to.number())),
            _ => None,
        });
        back.map(|(name, to)| format!("{name} → {to}")).collect()
    }

    /// `5 个工作日*`, or for a period by size `5/10/20 个工作日*`.
    fn period(&self, name: &str) -> String {
        let prefix = format!("{name}.");
        let numbers = || self.policy.periods().filter(|(full, _)| *full == name || full.starts_with(&prefix)).map(|(_, number)| number);
        let all = |count: fn(Period) -> u32| {
            let mut days: Vec<u32> = numbers().map(|number| count(*number.value())).filter(|days| *days > 0).collect();
            days.sort_unstable();
            days.iter().map(u32::to_string).collect::<Vec<_>>().join("/")
        };
        let some = |days: String| (!days.is_empty()).then_some(days);
        let (working, plain) = (some(all(Period::working_days)), some(all(Period::calendar_days)));
        self.days(working, plain, numbers().all(crate::policy::Number::verified))
    }

    fn days<T: std::fmt::Display>(&self, working: Option<T>, plain: Option<T>, verified: bool) -> String {
        let working = working.map(|days| format!("{days} {}", self.pick("个工作日", "working days")));
        let plain = plain.map(|days| format!("{days} {}", self.pick("日", "days")));
        let parts: Vec<String> = working.into_iter().chain(plain).collect();
        let star = if verified || parts.is_empty() { "" } else { "*" };
        format!("{}{star}", parts.join(self.pick("且", " and ")))
    }

    /// A text after its head, broken where the paper ends, further lines under its beginning.
    fn line(&mut self, indent: usize, head: &str, text: &str) {
        self.out.push_str(head);
        let mut column = width(head);
        for piece in pieces(text) {
            if column.saturating_add(width(piece.trim_end())) > WIDTH && column > indent {
                self.out.truncate(self.out.trim_end().len());
                self.out.push('\n');
                self.out.push_str(&" ".repeat(indent));
                column = indent;
            }
            self.out.push_str(piece);
            column = column.saturating_add(width(piece));
        }
        self.out.push('\n');
    }
}

fn apart_text<S: StepId, R: RoleId>(apart: &Apart<S, R>, lang: Lang) -> Cow<'static, str> {
    match (apart, lang) {
        (Apart::Step(step), Lang::Zh) => format!("第 {} 环节执行人", step.number()).into(),
        (Apart::Step(step), Lang::En) => format!("whoever did step {}", step.number()).into(),
        (Apart::Role(role), Lang::Zh) => role.name().zh,
        (Apart::Role(role), Lang::En) => role.name().en,
        (Apart::Bidder, Lang::Zh) => "竞投人".into(),
        (Apart::Bidder, Lang::En) => "a bidder".into(),
    }
}

/// Pieces that stay together: a word with the spaces after it, or a Chinese character with the marks around it.
fn pieces(text: &str) -> Vec<&str> {
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

fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// The blocks of East Asian characters that take two columns.
const fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{20000}'..='\u{3fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dongsha::{Dongsha, Step};

    #[test]
    fn the_paper_has_sixteen_steps_in_three_bands_and_fits_its_width() {
        let policy = Policy::builtin_on("2018-03-05".parse().unwrap()).unwrap();
        for lang in [Lang::Zh, Lang::En] {
            let paper = clear_paper::<Dongsha>(&policy, lang);
            for line in paper.lines() {
                assert!(width(line) <= WIDTH, "{line}");
                assert_eq!(line.trim_end(), line);
            }
            let titles = |name: &str| paper.lines().filter(|line| line.ends_with(name)).count();
            for step in Step::ALL {
                assert_eq!(titles(&format!("{:>2}. {}", step.number(), step.name().in_lang(lang))), 1, "{step}");
            }
            assert_eq!(paper.lines().filter(|line| line.starts_with("── ")).count(), 3);
        }
        let zh = clear_paper::<Dongsha>(&policy, Lang::Zh);
        for text in ["5/10/20 个工作日*", "通知满 10 日*后", "10 个工作日*内", "未通过 → 5；未达法定人数 → 7"] {
            assert!(zh.contains(text), "{text}\n{zh}");
        }
    }
}
