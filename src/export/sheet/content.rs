//! What stands on the sheet, before anyone knows where: bands, boxes and paragraphs, in one language or both.

use super::mark::Mark;
use super::{Facts, Languages};
use crate::disclosure::Channel;
use crate::export::words;
use crate::flow::{Apart, Flow, RoleId, Row, StepId};
use crate::policy::Policy;
use crate::value::{Bilingual, Lang};

/// Some text in one language.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) lang: Lang,
    pub(super) bold: bool,
}

/// A part of a paragraph.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bit {
    Text(Run),
    /// Not to be broken: a number with its unit.
    Whole(Run),
    /// A word in a frame: a channel.
    Chip(Run),
}

impl Bit {
    pub(super) fn run(&self) -> &Run {
        match self {
            Bit::Text(run) | Bit::Whole(run) | Bit::Chip(run) => run,
        }
    }
}

pub(super) type Para = Vec<Bit>;

/// How much is said. What fits is tried in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detail {
    /// Everything, with what is published and the ways back.
    Full,
    /// Who does what, who must differ, where it is posted, how long, and who hears objections.
    Plain,
    /// The same, without a new line for each; on a sheet in both languages in Chinese, with the English of each step's name
    /// and of who is responsible, and of the other words in the legend.
    Dense,
    /// The same without the sentence of what is done: for the paper of one transaction, which says how each step stands.
    Brief,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct StepBox {
    pub(super) number: u8,
    /// It goes up on every channel.
    pub(super) everywhere: bool,
    pub(super) name: Para,
    pub(super) paras: Vec<Para>,
    pub(super) mark: Option<Mark>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Band {
    pub(super) numeral: String,
    pub(super) name: Bilingual,
    pub(super) boxes: Vec<StepBox>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Content {
    pub(super) title: Para,
    pub(super) subtitle: Para,
    pub(super) whose: Para,
    pub(super) status: Option<Para>,
    pub(super) bands: Vec<Band>,
    pub(super) objections: Vec<Para>,
    pub(super) phone: String,
    pub(super) legend: Vec<Para>,
    pub(super) page: Vec<Para>,
    pub(super) foot: Para,
}

/// Says things in the sheet's languages.
pub(super) struct Voice<'a> {
    pub(super) policy: &'a Policy,
    pub(super) languages: Languages,
    pub(super) detail: Detail,
}

pub(super) fn run(text: impl Into<String>, lang: Lang, bold: bool) -> Run {
    Run { text: text.into(), lang, bold }
}

impl Voice<'_> {
    /// In each language of the sheet, one after the other.
    pub(super) fn always(&self, text: &Bilingual, bold: bool) -> Para {
        let mut para = Para::new();
        for lang in self.languages.all() {
            if para.is_empty() || text.zh != text.en {
                para.extend((!para.is_empty()).then(|| Bit::Text(run(" ", *lang, false))));
                para.push(Bit::Text(run(text.in_lang(*lang), *lang, bold)));
            }
        }
        para
    }

    /// The same, in Chinese only where there is no room for both.
    fn say(&self, text: &Bilingual, bold: bool) -> Para {
        if self.is_short() { vec![Bit::Text(run(text.zh.clone(), Lang::Zh, bold))] } else { self.always(text, bold) }
    }

    fn is_short(&self) -> bool {
        self.languages == Languages::Both && self.detail >= Detail::Dense
    }

    fn label(&self, zh: &'static str, en: &'static str) -> Para {
        let mut para = Voice::whole(self.say(&Bilingual::new(zh, en), true));
        para.push(Bit::Text(run(" ", Lang::Zh, false)));
        para
    }

    fn gap(&self) -> Bit {
        let first = self.languages.first();
        Bit::Text(run(if first == Lang::Zh { "　" } else { "\u{2003}" }, first, false))
    }

    /// A text made anew for each language.
    fn each(&self, text: impl Fn(Lang) -> String, bold: bool) -> Para {
        self.say(&Bilingual::of(text(Lang::Zh), text(Lang::En)), bold)
    }

    /// The same, no line broken inside.
    fn whole(para: Para) -> Para {
        para.into_iter().map(|bit| if let Bit::Text(run) = bit { Bit::Whole(run) } else { bit }).collect()
    }

    pub(super) fn step_box<S: StepId, R: RoleId>(&self, row: &Row<S, R>, mark: Option<Mark>) -> StepBox {
        let mut paras = Vec::new();
        if self.detail != Detail::Brief {
            paras.push(self.say(&row.does, false));
        }
        let parts = [Some(self.who(row)), Some(self.posted(row)), self.checked(row), self.back(row)];
        let parts = parts.into_iter().flatten();
        if self.detail >= Detail::Dense {
            paras.push(parts.reduce(|before, after| before.into_iter().chain([self.gap()]).chain(after).collect()).unwrap_or_default());
        } else {
            paras.extend(parts);
        }
        let everywhere = row.posts.channels.len() == Channel::ALL.len();
        StepBox { number: row.number, everywhere, name: self.name(&row.name), paras, mark }
    }

    /// Of the languages, the first stands out.
    fn name(&self, name: &Bilingual) -> Para {
        let first = self.languages.first();
        let mut para = self.always(name, false);
        for bit in &mut para {
            if let Bit::Text(run) = bit {
                run.bold = run.lang == first;
            }
        }
        para
    }

    fn back<S: StepId, R: RoleId>(&self, row: &Row<S, R>) -> Option<Para> {
        if self.detail != Detail::Full || words::ways_back(row, Lang::Zh).is_empty() {
            return None;
        }
        let mut back = self.label("退回", "Back");
        back.extend(self.each(|lang| words::ways_back(row, lang).join(words::pick(lang, "；", "; ")), false));
        Some(back)
    }

    /// Who is responsible, who must differ, by when.
    fn who<S: StepId, R: RoleId>(&self, row: &Row<S, R>) -> Para {
        let mut para = self.label("负责", "By");
        para.extend(self.always(&row.by.name(), false));
        if !row.apart.is_empty() {
            para.push(self.gap());
            para.push(Bit::Text(run("≠ ", Lang::Zh, true)));
            para.extend(self.each(|lang| others(row.apart, lang), false));
        }
        if words::when(self.policy, row, Lang::Zh).is_some() {
            para.push(self.gap());
            para.extend(self.label("期限", "When"));
            para.extend(Voice::whole(self.each(|lang| words::when(self.policy, row, lang).unwrap_or_default(), false)));
        }
        para
    }

    /// Where, and how long.
    fn posted<S: StepId, R: RoleId>(&self, row: &Row<S, R>) -> Para {
        let mut para = self.label("公开", "Posted");
        if self.detail == Detail::Full {
            para.extend(self.say(&row.posts.what, false));
            para.push(Bit::Text(run(" ", self.languages.first(), false)));
        }
        para.extend(row.posts.channels.iter().map(|channel| Bit::Chip(self.chip(channel))));
        if let Some(name) = row.posts.period {
            para.push(Bit::Text(run(" ", self.languages.first(), false)));
            para.extend(Voice::whole(self.each(|lang| words::period(self.policy, name, lang), true)));
        }
        para
    }

    /// Who checks that it is up, and who hears objections.
    fn checked<S: StepId, R: RoleId>(&self, row: &Row<S, R>) -> Option<Para> {
        let mut para = Para::new();
        let parts = [(row.posts.verified_by, "核验", "Checked by"), (row.posts.objections_to, "异议", "Objections to")];
        for (role, zh, en) in parts {
            let Some(role) = role else { continue };
            para.extend((!para.is_empty()).then(|| self.gap()));
            para.extend(self.label(zh, en));
            para.extend(self.say(&role.name(), false));
        }
        (!para.is_empty()).then_some(para)
    }

    /// What becomes of an objection that nobody answers, as far as there is room.
    fn rises(&self, highest: &Bilingual) -> Option<Para> {
        match self.detail {
            Detail::Full => {}
            Detail::Plain => return Some(self.say(&Bilingual::new("逾期未答复，逐级上升", "unanswered, it rises"), false)),
            Detail::Dense | Detail::Brief => return None,
        }
        let [zh, en] = [Lang::Zh, Lang::En].map(|lang| words::unanswered(self.policy, lang));
        let (zh, en) = zh.zip(en)?;
        let text = Bilingual::of(format!("{zh}，逐级上升，直至{}", highest.zh), format!("{en} it rises, up to the {}", highest.en));
        Some(self.say(&text, false))
    }

    fn chip(&self, channel: Channel) -> Run {
        let lang = self.languages.first();
        run(short(channel).in_lang(lang), lang, false)
    }
}

/// `第 1、3 环节执行人、竞投人`.
fn others<S: StepId, R: RoleId>(apart: &[Apart<S, R>], lang: Lang) -> String {
    let steps: Vec<String> =
        apart.iter().filter_map(|one| if let Apart::Step(step) = one { Some(step.number().to_string()) } else { None }).collect();
    let rest = apart.iter().filter(|one| !matches!(one, Apart::Step(_))).map(|one| words::apart(one, lang));
    let of_steps = match (steps.as_slice(), lang) {
        ([], _) => None,
        (many, Lang::Zh) => Some(format!("第 {} 环节执行人", many.join("、"))),
        ([one], Lang::En) => Some(format!("whoever did step {one}")),
        (many, Lang::En) => Some(format!("whoever did steps {}", many.join(", "))),
    };
    of_steps.into_iter().chain(rest).collect::<Vec<_>>().join(words::pick(lang, "、", ", "))
}

/// A channel in a word.
pub(super) const fn short(channel: Channel) -> Bilingual {
    match channel {
        Channel::Platform => Bilingual::new("平台", "platform"),
        Channel::Bulletin => Bilingual::new("简报", "bulletin"),
        Channel::WeChat => Bilingual::new("微信", "WeChat"),
        Channel::Office => Bilingual::new("办公点", "office"),
    }
}

/// The English of what the boxes say in Chinese only.
fn glossary() -> Para {
    const WORDS: [(&str, &str); 9] = [
        ("负责", "by"),
        ("≠", "must differ from"),
        ("第 n 环节执行人", "whoever did step n"),
        ("竞投人", "bidder"),
        ("期限", "deadline"),
        ("公开", "posted"),
        ("个工作日", "working days"),
        ("核验", "checked by"),
        ("异议", "objections to"),
    ];
    let entry = |(zh, en): (&str, &str)| {
        let [zh, en] = [run(format!("{zh} "), Lang::Zh, false), run(format!("{en}\u{2003}"), Lang::En, false)];
        [Bit::Text(zh), Bit::Text(en)]
    };
    WORDS.into_iter().flat_map(entry).collect()
}

/// The sheet of a procedure, with a mark on each step of a running transaction.
pub(super) fn content<F: Flow>(voice: &Voice<'_>, facts: &Facts, status: Option<&Bilingual>, marks: &[Mark]) -> Content {
    let mut rows = F::ROWS.iter();
    let bands = (1_usize..).zip(F::PHASES).map(|(number, phase)| Band {
        numeral: numeral(number, voice.languages.first()),
        name: phase.name.clone(),
        boxes: rows.by_ref().take(phase.len).map(|row| voice.step_box(row, marks.get(row.step.index()).cloned())).collect(),
    });
    let bands = bands.collect();
    let pair = |zh: &str, en: &str| Bilingual::of(zh, en);
    let union = pair(facts.name_in(Lang::Zh).as_str(), facts.name_in(Lang::En).as_str());
    let place = pair(facts.objections_in(Lang::Zh).as_str(), facts.objections_in(Lang::En).as_str());
    let star = F::ROWS.iter().any(|row| stars(voice.policy, row));
    let mut foot = voice.say(&pair(&format!("依据 {}", voice.policy.title().zh), &format!("Numbers: {}", voice.policy.title().en)), false);
    if let Some(code) = &facts.checkpoint {
        foot.push(voice.gap());
        foot.extend(voice.always(&Bilingual::new("账本校验短码", "Checkpoint"), true));
        foot.push(Bit::Text(run(format!(" {code}"), Lang::Zh, false)));
    }
    let highest = F::ROWS.iter().find_map(|row| row.posts.rising.last()).map(|role| role.name());
    let mut objections = vec![
        voice.always(&Bilingual::new("有异议，到这里提", "Object here"), true),
        voice.say(&place, false),
        voice.say(&Bilingual::new("公示期内提出，处理完毕前暂停计时", "while a notice is up; its clock stops"), false),
    ];
    objections.extend(highest.and_then(|highest| voice.rises(&highest)));
    Content {
        title: voice.always(&Bilingual::new("明白纸", "The Clear Paper"), true),
        subtitle: voice.always(&F::NAME, false),
        whose: voice.always(&union, true),
        status: status.map(|status| voice.always(status, false)),
        bands,
        objections,
        phone: facts.phone.to_string(),
        legend: legend(voice, star),
        page: vec![
            voice.always(&Bilingual::new("扫码看公开页", "Scan: public page"), true),
            vec![Bit::Text(run(facts.page.as_str(), Lang::En, false))],
        ],
        foot,
    }
}

fn legend(voice: &Voice<'_>, star: bool) -> Vec<Para> {
    let mut channels = Para::new();
    for channel in Channel::ALL {
        let (chip, name) = (voice.chip(channel), channel.name());
        if voice.languages == Languages::Both || chip.text != name.in_lang(chip.lang) {
            channels.push(Bit::Chip(chip));
            let names = if voice.is_short() { vec![Bit::Text(run(name.en, Lang::En, false))] } else { voice.always(&name, false) };
            channels.extend(names);
            channels.push(voice.gap());
        }
    }
    let mut signs = Para::new();
    if voice.is_short() {
        signs.extend(glossary());
    } else {
        signs.push(Bit::Text(run("≠ ", Lang::Zh, true)));
        signs.extend(voice.always(&Bilingual::new("须回避：不得为同一人或其近亲属", "must not be the same person, nor close kin"), false));
        signs.push(voice.gap());
    }
    if star {
        signs.extend(voice.always(&Bilingual::new("* 数值未经核实，以本单位规定为准", "* not verified; your own rules prevail"), false));
    }
    vec![channels, signs]
}

fn stars<S: StepId, R: RoleId>(policy: &Policy, row: &Row<S, R>) -> bool {
    let period = row.posts.period.map(|name| words::period(policy, name, Lang::En)).unwrap_or_default();
    period.contains('*') || words::when(policy, row, Lang::En).unwrap_or_default().contains('*')
}

/// `一`, `二`, `三` or `I`, `II`, `III`; plain figures after ten.
fn numeral(number: usize, lang: Lang) -> String {
    const ZH: [&str; 10] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    const EN: [&str; 10] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"];
    let names = if lang == Lang::Zh { ZH } else { EN };
    number.checked_sub(1).and_then(|place| names.get(place)).map_or_else(|| number.to_string(), |name| (*name).to_owned())
}
