//! What is published: a title and lines, each of a type that can be shown to anyone.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Serialize, Serializer};

use crate::calendar::china_date;
use crate::value::{AssetId, Bilingual, CaseId, Digest, DigestError, Lang, Masked, Money, OrgId, PersonId, Text};

/// A value that may be shown to anyone. Names, ID numbers and account numbers have no way in but [`Masked`].
///
/// ```compile_fail,E0277
/// use sanzi::{disclosure::PublicText, value::PersonName};
/// let name = PersonName::new("陈大文").unwrap();
/// let shown: PublicText = name.into(); // does not compile: use name.masked()
/// ```
#[derive(Clone, Debug)]
pub struct PublicText(Shown);

/// Most values are the same in both languages, and many are a text that somebody wrote: neither is copied.
#[derive(Clone, Debug)]
enum Shown {
    Same(Cow<'static, str>),
    Written(Text),
    Both(Bilingual),
}

impl PublicText {
    /// The value in one language.
    pub fn in_lang(&self, lang: Lang) -> &str {
        match &self.0 {
            Shown::Same(text) => text,
            Shown::Written(text) => text.as_str(),
            Shown::Both(text) => text.in_lang(lang),
        }
    }

    /// The value in both languages.
    pub fn text(&self) -> Bilingual {
        Bilingual::of(self.in_lang(Lang::Zh), self.in_lang(Lang::En))
    }
}

impl PartialEq for PublicText {
    fn eq(&self, other: &PublicText) -> bool {
        [Lang::Zh, Lang::En].into_iter().all(|lang| self.in_lang(lang) == other.in_lang(lang))
    }
}

impl Eq for PublicText {}

impl Serialize for PublicText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text().serialize(serializer)
    }
}

/// One line of a notice: 成交价 winning price: 607,755.00.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What the value is.
    pub label: Bilingual,
    /// The value.
    pub value: PublicText,
}

impl Line {
    /// A line; the value is anything that may be shown.
    pub fn new(zh: &'static str, en: &'static str, value: impl Into<PublicText>) -> Line {
        Line { label: Bilingual::new(zh, en), value: value.into() }
    }
}

/// A notice as it must go up, the same on every channel. Its digest is what a receipt confirms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The transaction.
    pub case: CaseId,
    /// Which notice of the transaction it is, counted from 1: a notice done again has another number.
    pub number: u32,
    /// What it is about.
    pub title: Bilingual,
    /// What it says.
    pub lines: Vec<Line>,
}

impl Notice {
    /// The digest that receipts confirm: of [`Notice::canonical`].
    ///
    /// # Errors
    /// Never: its parts all have a canonical form.
    pub fn digest(&self) -> Result<Digest, DigestError> {
        Ok(Digest::of_bytes(&self.canonical()))
    }

    /// All that a reader sees, as the canonical JSON (RFC 8785) of a list: the case, the number, the title, and the lines,
    /// each its two labels and its value. A text that is the same in both languages stands there once.
    ///
    /// ```
    /// use sanzi::disclosure::{Line, Notice};
    /// use sanzi::value::Bilingual;
    /// let lines = vec![Line::new("成交价", "winning price", "607,755.00"), Line::new("成交", "sold", true)];
    /// let case = "01890a5d-ac96-774b-bcce-b302099a8057".parse()?;
    /// let notice = Notice { case, number: 14, title: Bilingual::new("成交结果", "result"), lines };
    /// assert_eq!(
    ///     String::from_utf8(notice.canonical())?,
    ///     r#"["01890a5d-ac96-774b-bcce-b302099a8057",14,["成交结果","result"],[["成交价","winning price","607,755.00"],["成交","sold","是","yes"]]]"#
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn canonical(&self) -> Vec<u8> {
        let plain = Writer::write(self, false);
        if plain.is_plain() { plain.out } else { Writer::write(self, true).out }
    }
}

/// Writes the list down. Nearly no text has anything that JSON escapes: that is looked for once, in the whole.
struct Writer {
    out: Vec<u8>,
    strings: usize,
    escape: bool,
}

impl Writer {
    fn write(notice: &Notice, escape: bool) -> Writer {
        let mut uuid = uuid::Uuid::encode_buffer();
        let mut writer = Writer { out: Vec::with_capacity(1_000), strings: 0, escape };
        writer.out.push(b'[');
        writer.string(notice.case.uuid().hyphenated().encode_lower(&mut uuid));
        writer.raw(b",");
        writer.raw(notice.number.to_string().as_bytes());
        writer.raw(b",[");
        writer.both(&notice.title.zh, &notice.title.en);
        writer.raw(b"],[");
        for (place, Line { label, value }) in notice.lines.iter().enumerate() {
            writer.raw(if place == 0 { b"[" } else { b",[" });
            writer.string(&label.zh);
            writer.raw(b",");
            writer.string(&label.en);
            writer.raw(b",");
            writer.both(value.in_lang(Lang::Zh), value.in_lang(Lang::En));
            writer.raw(b"]");
        }
        writer.raw(b"]]");
        writer
    }

    /// Whether no other byte is special than the two quotes of each string.
    fn is_plain(&self) -> bool {
        let special = |byte: &u8| u8::from((*byte < 0x20) | (*byte == b'"') | (*byte == b'\\'));
        // Counted in bytes, so that many are looked at at once; a chunk has no more than a byte can count.
        let in_chunk = |chunk: &[u8]| usize::from(chunk.iter().map(special).fold(0, u8::wrapping_add));
        self.out.chunks(128).map(in_chunk).sum::<usize>() == self.strings.saturating_mul(2)
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn both(&mut self, zh: &str, en: &str) {
        self.string(zh);
        if zh != en {
            self.raw(b",");
            self.string(en);
        }
    }

    /// serde_json's spelling is that of RFC 8785.
    fn string(&mut self, text: &str) {
        self.strings = self.strings.saturating_add(1);
        if self.escape {
            return self.raw(serde_json::Value::from(text).to_string().as_bytes());
        }
        self.out.push(b'"');
        self.raw(text.as_bytes());
        self.out.push(b'"');
    }
}

macro_rules! shown_as_is {
    ($($type:ty),*) => {$(
        impl From<$type> for PublicText {
            fn from(value: $type) -> PublicText {
                PublicText(Shown::Same(Cow::Owned(value.to_string())))
            }
        }
    )*};
}
shown_as_is!(u32, u64, usize, NaiveDate, Digest, Masked);

macro_rules! shown_as_text {
    ($($type:ty),*) => {$(
        impl From<$type> for PublicText {
            fn from(value: $type) -> PublicText {
                PublicText(Shown::Same(Cow::Owned(value.as_str().to_owned())))
            }
        }
    )*};
}
shown_as_text!(OrgId, AssetId, PersonId);

impl From<&'static str> for PublicText {
    fn from(value: &'static str) -> PublicText {
        PublicText(Shown::Same(Cow::Borrowed(value)))
    }
}

impl From<&Text> for PublicText {
    fn from(value: &Text) -> PublicText {
        PublicText(Shown::Written(value.clone()))
    }
}

impl From<Bilingual> for PublicText {
    fn from(value: Bilingual) -> PublicText {
        PublicText(Shown::Both(value))
    }
}

impl From<Money> for PublicText {
    fn from(value: Money) -> PublicText {
        PublicText(Shown::Both(value.text()))
    }
}

impl From<bool> for PublicText {
    fn from(value: bool) -> PublicText {
        PublicText(Shown::Both(if value { Bilingual::new("是", "yes") } else { Bilingual::new("否", "no") }))
    }
}

/// The day in China.
impl From<DateTime<Utc>> for PublicText {
    fn from(value: DateTime<Utc>) -> PublicText {
        china_date(value).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The list that is canonical, made by serde_json.
    fn list(notice: &Notice) -> serde_json::Value {
        let both = |text: &Bilingual| if text.zh == text.en { vec![text.zh.clone()] } else { vec![text.zh.clone(), text.en.clone()] };
        let line = |line: &Line| [vec![line.label.zh.clone(), line.label.en.clone()], both(&line.value.text())].concat();
        let lines: Vec<_> = notice.lines.iter().map(line).collect();
        serde_json::json!([notice.case, notice.number, both(&notice.title), lines])
    }

    proptest! {
        #[test]
        fn the_digest_is_that_of_the_canonical_json(texts in proptest::collection::vec(any::<String>(), 3..12), number: u32, special: bool) {
            let mut around = texts.iter().cycle().map(|text| if special { format!("{text}\"\\\n\u{1}") } else { text.clone() });
            let mut both = || Bilingual::of(around.next().unwrap_or_default(), around.next().unwrap_or_default());
            let title = both();
            let lines = texts.iter().map(|_| Line { label: both(), value: both().into() }).collect();
            let notice = Notice { case: CaseId::random(), number, title, lines };
            prop_assert_eq!(notice.digest(), Digest::of_value(&list(&notice)));
        }
    }

    #[test]
    fn a_value_is_the_same_however_it_is_held() {
        let text = Text::new("商铺").unwrap();
        for value in [PublicText::from("商铺"), PublicText::from(&text), PublicText::from(Bilingual::same("商铺"))] {
            assert_eq!(value, PublicText::from("商铺"));
            assert_eq!(serde_json::to_value(&value).unwrap(), serde_json::json!({"zh": "商铺", "en": "商铺"}));
        }
        assert_ne!(PublicText::from("是"), PublicText::from(true));
    }

    #[test]
    fn whatever_a_reader_sees_changes_the_digest() {
        let line = |zh, en, value: Bilingual| Line { label: Bilingual::new(zh, en), value: value.into() };
        let notice = Notice {
            case: CaseId::random(),
            number: 1,
            title: Bilingual::new("甲", "a"),
            lines: vec![line("乙", "b", Bilingual::new("丙", "c"))],
        };
        let with = |edit: fn(&mut Notice)| {
            let mut other = notice.clone();
            edit(&mut other);
            other.digest().unwrap()
        };
        let edits: [fn(&mut Notice); 11] = [
            |notice| notice.case = CaseId::random(),
            |notice| notice.number = 2,
            |notice| notice.title.zh = "甲a".into(),
            |notice| notice.title.en = "甲".into(),
            |notice| notice.lines[0].label.zh = "丙".into(),
            |notice| notice.lines[0].label.en = "c".into(),
            |notice| notice.lines[0].value = Bilingual::new("c", "丙").into(),
            |notice| notice.lines[0].value = "丙".into(),
            |notice| notice.lines[0].value = "c".into(),
            |notice| notice.lines.push(notice.lines[0].clone()),
            |notice| notice.lines.clear(),
        ];
        let mut digests: Vec<Digest> = edits.iter().map(|edit| with(*edit)).chain([with(|_| {})]).collect();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), 12);
    }
}
