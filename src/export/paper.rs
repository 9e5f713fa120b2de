//! The clear paper (明白纸) as text: three bands, and for each step who does what, who must differ, by when, where and how
//! long it is posted, who hears objections, and where it can go back to. Made of the table and the policy alone.

use super::words::{self, is_wide, pieces};
use crate::flow::{Flow, RoleId, Row, StepId, names};
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
        words::pick(self.lang, zh, en)
    }

    fn step<S: StepId, R: RoleId>(&mut self, row: &Row<S, R>) {
        let lang = self.lang;
        self.out.push('\n');
        self.line(LABEL, &format!("{:>2}. ", row.number), row.name.in_lang(lang));
        self.labelled("做什么", "what", row.does.in_lang(lang));
        self.labelled("谁负责", "who", row.by.name().in_lang(lang));
        if !row.apart.is_empty() {
            let apart: Vec<String> = row.apart.iter().map(|apart| words::apart(apart, lang)).collect();
            self.labelled("须回避", "not", &apart.join(self.pick("、", ", ")));
        }
        if let Some(when) = words::when(self.policy, row, lang) {
            self.labelled("期限", "when", &when);
        }
        let posted = self.posted(row);
        self.labelled("公开", "posted", &posted);
        if let Some(judge) = row.posts.objections_to {
            let name = judge.name();
            let mut text = match lang {
                Lang::Zh => format!("公示期内向{}提出；处理完毕前暂停计时", name.zh),
                Lang::En => format!("to the {} while the notice is up; the period stands still until they are decided", name.en),
            };
            if let Some(unanswered) = words::unanswered(self.policy, lang).filter(|_| !row.posts.rising.is_empty()) {
                let levels = names(row.posts.rising);
                text.push_str(&match lang {
                    Lang::Zh => format!("；{unanswered}，依次上升至{}", levels.zh),
                    Lang::En => format!("; {unanswered} they rise to the {}", levels.en),
                });
            }
            self.labelled("异议", "objections", &text);
        }
        let back = words::ways_back(row, lang);
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

    fn posted<S: StepId, R: RoleId>(&self, row: &Row<S, R>) -> String {
        let (posts, lang) = (&row.posts, self.lang);
        let on = posts.channels.names();
        let mut text = match lang {
            Lang::Zh => format!("{}：{}", posts.what.zh, on.zh),
            Lang::En => format!("{}: {}", posts.what.en, on.en),
        };
        let parts = [
            posts.period.map(|name| words::period(self.policy, name, lang)).filter(|days| !days.is_empty()),
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

fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
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
