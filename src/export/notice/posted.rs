//! The notice itself, read back from a public page or its data: to take its digest again.

use serde::Deserialize;

use super::read::{Part, walk};
use super::view;
use crate::disclosure::{Line, Notice, PublicText};
use crate::value::{Bilingual, CaseId, Digest};

/// A notice as a public page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The digest that the page claims.
    pub claimed: Digest,
    /// The notice, from what a reader sees.
    pub notice: Notice,
    /// Whether every amount has its 大写, and they say the same.
    pub capitals_agree: bool,
}

/// Why data are no notice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no notice of the platform's page: {0}")]
pub struct PostedError(String);

/// Chinese and English, as far as they are met.
type Texts = [Option<String>; 2];

/// The texts of one notice, as they are met.
#[derive(Default)]
struct Draft {
    depth: usize,
    claimed: Option<Digest>,
    case: Option<CaseId>,
    number: Option<u32>,
    title: Texts,
    /// Label, value, and 大写.
    lines: Vec<(Texts, Texts, Option<String>)>,
}

impl Draft {
    fn begun(depth: usize, attributes: &[(String, String)]) -> Option<Draft> {
        let attribute = |name: &str| attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        let claimed = attribute("data-sanzi-notice")?.parse().ok();
        let case = attribute("data-sanzi-case").and_then(|case| case.parse().ok());
        let number = attribute("data-sanzi-number").and_then(|number| number.parse().ok());
        Some(Draft { depth, claimed, case, number, ..Draft::default() })
    }

    /// An element of a role begins: the texts that follow are its own.
    fn begin(&mut self, role: &str) {
        let (role, langs) = split(role);
        let taken = |label: &Texts| langs.iter().any(|lang| label.get(*lang).is_some_and(Option::is_some));
        // A label that is there already belongs to the line before.
        if role == "label" && self.lines.last().is_none_or(|(label, ..)| taken(label)) {
            self.lines.push(Default::default());
        }
        self.add(role, langs, "");
    }

    fn add(&mut self, role: &str, langs: &[usize], text: &str) {
        let more = |slot: &mut Option<String>| slot.get_or_insert_default().push_str(text);
        let place = match (role, self.lines.last_mut()) {
            ("title", _) => &mut self.title,
            ("label", Some((label, ..))) => label,
            ("value", Some((_, value, _))) => value,
            ("capitals", Some((.., capitals))) => return more(capitals),
            _ => return,
        };
        for (lang, slot) in place.iter_mut().enumerate() {
            if langs.contains(&lang) {
                more(slot);
            }
        }
    }

    fn done(self) -> Option<Posted> {
        let both = |[zh, en]: Texts| Some(Bilingual::of(zh?, en?));
        let mut capitals_agree = true;
        let mut lines = Vec::new();
        for (label, value, capitals) in self.lines {
            let value = PublicText::from(both(value)?);
            let expected = view::capitals(&value).map(|capitals| format!("（{capitals}）"));
            capitals_agree &= expected == capitals;
            lines.push(Line { label: both(label)?, value });
        }
        let notice = Notice { case: self.case?, number: self.number?, title: both(self.title)?, lines };
        Some(Posted { claimed: self.claimed?, notice, capitals_agree })
    }
}

/// A role, and the languages it has: Chinese is 0, English is 1.
fn split(role: &str) -> (&str, &'static [usize]) {
    match role.rsplit_once('-') {
        Some((role, "zh")) => (role, &[0]),
        Some((role, "en")) => (role, &[1]),
        _ => (role, &[0, 1]),
    }
}

impl Posted {
    /// Every complete notice on a page of the platform, from its visible texts: what is hidden does not count.
    pub fn in_html(html: &str) -> Vec<Posted> {
        let (mut found, mut draft) = (Vec::new(), None::<Draft>);
        // The roles of the open elements, the innermost last.
        let mut roles: Vec<(usize, String)> = Vec::new();
        walk(html, |part| match part {
            Part::Open { depth, attributes } => {
                draft = draft.take().or_else(|| Draft::begun(depth, &attributes));
                roles.extend(attributes.into_iter().find(|(name, _)| name == "data-sanzi").map(|(_, role)| (depth, role)));
                if let (Some(draft), Some((at, role))) = (draft.as_mut(), roles.last())
                    && *at == depth
                {
                    draft.begin(role);
                }
            }
            Part::Text(text) => {
                if let (Some(draft), Some((_, role))) = (draft.as_mut(), roles.last()) {
                    let (role, langs) = split(role);
                    draft.add(role, langs, &text);
                }
            }
            Part::Close { depth } => {
                roles.retain(|(at, _)| *at <= depth);
                if draft.as_ref().is_some_and(|draft| depth < draft.depth) {
                    found.extend(draft.take().and_then(Draft::done));
                }
            }
            Part::Break => {}
        });
        found
    }

    /// The notice in the data of the platform's page.
    ///
    /// # Errors
    /// [`PostedError`] says what is wrong with them.
    pub fn in_json(json: &str) -> Result<Posted, PostedError> {
        #[derive(Deserialize)]
        struct Data {
            digest: Digest,
            case: CaseId,
            number: u32,
            title: Bilingual,
            lines: Vec<DataLine>,
        }
        #[derive(Deserialize)]
        struct DataLine {
            label: Bilingual,
            value: Bilingual,
            capitals: Option<String>,
        }
        let Data { digest, case, number, title, lines } = serde_json::from_str(json).map_err(|error| PostedError(error.to_string()))?;
        let mut capitals_agree = true;
        let mut read = Vec::new();
        for DataLine { label, value, capitals } in lines {
            let value = PublicText::from(value);
            capitals_agree &= view::capitals(&value) == capitals;
            read.push(Line { label, value });
        }
        Ok(Posted { claimed: digest, notice: Notice { case, number, title, lines: read }, capitals_agree })
    }

    /// Whether the notice is the one that the page claims, and that a receipt confirms.
    pub fn is_intact(&self) -> bool {
        self.capitals_agree && self.notice.digest().is_ok_and(|digest| digest == self.claimed)
    }
}
