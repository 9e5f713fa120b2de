//! Text that people read: checked for what cannot be seen, and offered in Chinese and English.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The two languages of every public text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Chinese (中文), the language of record.
    Zh,
    /// English.
    En,
}

/// One text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bilingual {
    /// 中文.
    pub zh: Cow<'static, str>,
    /// English.
    pub en: Cow<'static, str>,
}

impl Bilingual {
    /// From two literals, as the tables of this crate do.
    pub const fn new(zh: &'static str, en: &'static str) -> Bilingual {
        Bilingual { zh: Cow::Borrowed(zh), en: Cow::Borrowed(en) }
    }

    /// From two texts made at run time.
    pub fn of(zh: impl Into<String>, en: impl Into<String>) -> Bilingual {
        Bilingual { zh: Cow::Owned(zh.into()), en: Cow::Owned(en.into()) }
    }

    /// The same value in both languages, such as a number or a date.
    pub fn same(value: impl fmt::Display) -> Bilingual {
        // Room for a date or a price: most values are one.
        let mut text = String::with_capacity(16);
        write!(text, "{value}").ok();
        Bilingual::of(text.clone(), text)
    }

    /// The text in one language.
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// `中文 English`.
impl fmt::Display for Bilingual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.zh == self.en { f.write_str(&self.zh) } else { write!(f, "{} {}", self.zh, self.en) }
    }
}

/// Why a text was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Nothing but spaces.
    #[error("the text is empty: say something, or leave the field out")]
    Empty,
    /// Over [`Text::MAX_CHARS`].
    #[error("the text has {found} characters, {} are accepted: put the rest into a file and give its digest", Text::MAX_CHARS)]
    TooLong {
        /// How many it has.
        found: usize,
    },
    /// A character that cannot be seen or means nothing: control, bidirectional override, zero width, private use, unassigned.
    #[error("character U+{code:04X} at place {place} is not accepted: it cannot be seen or has no meaning; delete it")]
    Forbidden {
        /// The code point.
        code: u32,
        /// Its place, the first character being 1.
        place: usize,
    },
}

/// A text that someone wrote and others will read: a title, a reason, a reply.
///
/// Kept in Unicode's composed form (NFC), trimmed, 1 to 4,000 characters. Line feeds are accepted; what cannot be seen
/// is refused, so that two texts that look the same are the same. Copies share it.
///
/// ```
/// use sanzi::value::{Text, TextError};
/// assert_eq!(Text::new(" 一楼东侧铺位 ")?.as_str(), "一楼东侧铺位");
/// assert!(matches!(Text::new("abc\u{202e}def"), Err(TextError::Forbidden { code: 0x202e, place: 4 })));
/// # Ok::<(), TextError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Text(Arc<str>);

impl Text {
    /// The longest accepted, in characters.
    pub const MAX_CHARS: usize = 4_000;

    /// Checks, trims and composes.
    ///
    /// # Errors
    /// [`TextError`] says which character or length is wrong.
    pub fn new(text: &str) -> Result<Text, TextError> {
        checked(text, Text::MAX_CHARS, true).map(|text| Text(Arc::from(&*text)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<&str> for Text {
    type Error = TextError;

    fn try_from(text: &str) -> Result<Text, TextError> {
        Text::new(text)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        super::lent::from_text(deserializer, Text::new)
    }
}

/// The shared check of every free text: length, then each character, then NFC.
pub(super) fn checked(text: &str, max_chars: usize, line_feeds: bool) -> Result<Cow<'_, str>, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    let (found, plain) = text.chars().fold((0_usize, true), |(found, plain), c| (found.saturating_add(1), plain & everyday(c)));
    if found > max_chars {
        return Err(TextError::TooLong { found });
    }
    // Everyday characters are allowed, and have no other form.
    if plain {
        return Ok(text.into());
    }
    for (place, c) in text.chars().enumerate() {
        if !(acceptable(c) || line_feeds && c == '\n') {
            return Err(TextError::Forbidden { code: c.into(), place: place.saturating_add(1) });
        }
    }
    Ok(if is_nfc(text) { text.into() } else { text.nfc().collect() })
}

/// Rare Han, "·" and every script people's names use are kept: identifier profiles refuse real surnames.
fn acceptable(c: char) -> bool {
    everyday(c) || meaningful(c)
}

/// What nearly every text is written with, known without a search in Unicode's tables.
const fn everyday(c: char) -> bool {
    matches!(c, ' '..='~' | '·' | '\u{2010}'..='\u{2027}' | '\u{3001}'..='\u{3011}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff5e}')
}

fn meaningful(c: char) -> bool {
    use GeneralCategory as G;
    !matches!(
        c.general_category(),
        G::Control | G::Format | G::PrivateUse | G::Unassigned | G::Surrogate | G::LineSeparator | G::ParagraphSeparator
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyday_characters_are_allowed_and_have_no_other_form() {
        let all: Vec<char> = ('\0'..=char::MAX).filter(|c| everyday(*c)).collect();
        assert_eq!(all.len(), 95 + 1 + 24 + 17 + 20_992 + 94);
        for c in all {
            assert!(meaningful(c) && unicode_normalization::char::canonical_combining_class(c) == 0, "{c}");
            assert_eq!(unicode_normalization::is_nfc_quick(std::iter::once(c)), unicode_normalization::IsNormalized::Yes, "{c}");
        }
    }

    #[test]
    fn keeps_what_people_write() {
        for good in ["阿迪力·买买提", "𠮷野家", "㛃", "一\n二", "607,755.00 元/月", "é"] {
            assert_eq!(Text::new(good).unwrap().as_str(), good);
        }
        assert_eq!(Text::new("e\u{301}").unwrap().as_str(), "é", "composed");
    }

    #[test]
    fn the_short_way_says_what_the_tables_say() {
        let everyday: Vec<char> = (0..=0xffff).filter_map(char::from_u32).filter(|c| everyday(*c)).collect();
        assert!(everyday.len() > 21_000 && everyday.iter().all(|c| meaningful(*c)));
    }

    #[test]
    fn refuses_what_cannot_be_seen() {
        for (bad, code) in
            [("a\u{0}", 0), ("a\tb", 9), ("a\u{200b}b", 0x200b), ("a\u{202e}b", 0x202e), ("a\u{e000}b", 0xe000), ("a\u{378}b", 0x378)]
        {
            assert_eq!(Text::new(bad), Err(TextError::Forbidden { code, place: 2 }), "{bad:?}");
        }
        assert_eq!(Text::new(" \n "), Err(TextError::Empty));
        assert_eq!(Text::new(&"字".repeat(4_001)), Err(TextError::TooLong { found: 4_001 }));
        assert!(serde_json::from_str::<Text>("\"\"").is_err());
    }
}
