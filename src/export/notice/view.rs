//! A notice as the templates see it.

use super::Imprint;
use crate::disclosure::{Notice, PublicText};
use crate::export::sheet::Languages;
use crate::value::{Bilingual, Digest, Lang, Money};

/// One text: Chinese, and English where it is shown and says something else.
pub(super) struct Words {
    pub(super) zh: Option<String>,
    pub(super) en: Option<String>,
    /// One text for both.
    pub(super) same: Option<String>,
}

impl Words {
    fn of(zh: &str, en: &str, languages: Languages) -> Words {
        let only = |text: &str| Words { zh: None, en: None, same: Some(text.to_owned()) };
        match languages {
            Languages::Zh => only(zh),
            Languages::En => only(en),
            Languages::Both if zh == en => only(zh),
            Languages::Both => Words { zh: Some(zh.to_owned()), en: Some(en.to_owned()), same: None },
        }
    }
}

pub(super) struct Entry {
    pub(super) label: Words,
    pub(super) value: Words,
    /// An amount in 大写.
    pub(super) capitals: Option<String>,
}

pub(super) struct View {
    pub(super) lang: &'static str,
    pub(super) digest: String,
    /// The first sixteen digits, in groups of four.
    pub(super) short: String,
    pub(super) case: String,
    pub(super) serial: u32,
    pub(super) title: Words,
    pub(super) entries: Vec<Entry>,
    pub(super) imprint: Vec<Entry>,
    pub(super) page: Option<String>,
}

impl View {
    pub(super) fn of(notice: &Notice, imprint: &Imprint, digest: Digest, languages: Languages) -> View {
        let words = |text: &Bilingual| Words::of(&text.zh, &text.en, languages);
        let entry = |label: &Bilingual, value: &PublicText| Entry {
            label: words(label),
            value: Words::of(value.in_lang(Lang::Zh), value.in_lang(Lang::En), languages),
            capitals: capitals(value),
        };
        View {
            lang: if languages == Languages::En { "en" } else { "zh-CN" },
            digest: digest.to_string(),
            short: short(&digest),
            case: notice.case.to_string(),
            serial: notice.number,
            title: words(&notice.title),
            entries: notice.lines.iter().map(|line| entry(&line.label, &line.value)).collect(),
            imprint: imprint
                .lines()
                .iter()
                .map(|(label, text)| Entry { label: words(label), value: words(text), capitals: None })
                .collect(),
            page: imprint.page.as_ref().map(ToString::to_string),
        }
    }

    /// The poster's body text, in points: as large as fits on its sheet, and never under 11.
    pub(super) fn poster_points(&self) -> u32 {
        /// Of the sheet within its margins, less title, digest and QR code.
        const HEIGHT: f64 = 820.0;
        const VALUE: f64 = 520.0;
        const LABEL: f64 = 160.0;
        let wide = |text: &String| text.chars().map(|c| if c.is_ascii() { 0.6 } else { 1.0 }).sum::<f64>();
        let lines = |words: &Words, width: f64| {
            [&words.zh, &words.en, &words.same].into_iter().flatten().map(|text| (wide(text) / width).ceil().max(1.0)).sum::<f64>()
        };
        let height = |points: f64| {
            let entries = self.entries.iter().chain(&self.imprint);
            entries
                .map(|entry| (lines(&entry.value, VALUE / points).max(lines(&entry.label, LABEL / points)) * 1.5 + 0.5) * points)
                .sum::<f64>()
        };
        [24, 21, 18, 16, 14, 12].into_iter().find(|points| height(f64::from(*points)) <= HEIGHT).unwrap_or(11)
    }
}

/// `9f86 d081 884c 7d65`.
pub(super) fn short(digest: &Digest) -> String {
    let hex = digest.to_string();
    let hex = hex.split_once(':').map_or(hex.as_str(), |(_, hex)| hex);
    let groups: Vec<&str> = hex.as_bytes().chunks(4).take(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(" ")
}

/// The 大写 of a value that reads exactly as an amount does.
pub(super) fn capitals(value: &PublicText) -> Option<String> {
    let figures = value.in_lang(Lang::Zh).strip_suffix(" 元")?.replace(',', "");
    let amount: Money = figures.parse().ok()?;
    let text = amount.text();
    let exact = text.zh == value.in_lang(Lang::Zh) && text.en == value.in_lang(Lang::En);
    exact.then(|| format!("人民币{}", amount.capitals()))
}
