//! One pass over a record's body: is this JSON, and the only way to write it?

use std::cmp::Ordering;

/// Where a text leaves the canonical form (RFC 8785, with whole numbers only), and how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {at}: {what}")]
pub struct CanonicalError {
    /// Bytes before the place, counted from the start of the record.
    pub at: usize,
    /// What was found, and what belongs there.
    pub what: &'static str,
}

/// Arrays and objects inside each other, at most. serde_json stops at 128.
pub(super) const MAX_DEPTH: u32 = 64;
/// The largest whole number that every JSON reader keeps exactly: 2^53 - 1.
const MAX_WHOLE: u64 = 9_007_199_254_740_991;

/// Checks that `text` from `start` up to its end is exactly one canonical JSON value.
pub(super) fn check(text: &str, start: usize) -> Result<(), CanonicalError> {
    let end = end(text, start)?;
    if end == text.len() { Ok(()) } else { Err(CanonicalError { at: end, what: "something follows the value" }) }
}

/// Where the canonical JSON value ends that `text` has at `start`.
pub(super) fn end(text: &str, start: usize) -> Result<usize, CanonicalError> {
    let mut scan = Scan { text, at: start };
    scan.value(0)?;
    Ok(scan.at)
}

pub(super) struct Scan<'a> {
    pub(super) text: &'a str,
    /// Up to here it is read.
    pub(super) at: usize,
}

type Checked<T = ()> = Result<T, CanonicalError>;

/// What is between a string's quotes.
#[derive(Clone, Copy)]
pub(super) struct Inside<'a> {
    pub(super) text: &'a str,
    pub(super) has_escapes: bool,
}

/// A whole number.
#[derive(Clone, Copy)]
pub(super) struct Whole {
    pub(super) minus: bool,
    pub(super) digits: u64,
}

impl<'a> Scan<'a> {
    fn wrong<T>(&self, what: &'static str) -> Checked<T> {
        Err(CanonicalError { at: self.at, what })
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Stays inside `bytes`: every caller has just seen what it steps over.
    pub(super) fn step(&mut self, by: usize) {
        self.at = self.at.saturating_add(by);
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.step(1);
        }
        found
    }

    pub(super) fn word(&mut self, word: &[u8]) -> Checked {
        if self.rest().starts_with(word) {
            self.step(word.len());
            return Ok(());
        }
        self.wrong("not a JSON value")
    }

    pub(super) fn value(&mut self, depth: u32) -> Checked {
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b'{' | b'[') if depth >= MAX_DEPTH => self.wrong("too many objects or lists inside each other: 64 are accepted"),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'-' | b'0'..=b'9') => self.number().map(drop),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            Some(b' ' | b'\t' | b'\n' | b'\r') => self.wrong("a space: canonical JSON has none"),
            _ => self.wrong("not a JSON value"),
        }
    }

    fn array(&mut self, depth: u32) -> Checked {
        self.step(1);
        if self.eat(b']') {
            return Ok(());
        }
        loop {
            self.value(depth.saturating_add(1))?;
            if self.eat(b']') {
                return Ok(());
            }
            if !self.eat(b',') {
                return self.wrong("a list goes on with `,` or `]`, without spaces");
            }
        }
    }

    fn object(&mut self, depth: u32) -> Checked {
        self.step(1);
        if self.eat(b'}') {
            return Ok(());
        }
        let mut before: Option<Inside<'a>> = None;
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return self.wrong("a field starts with `\"`, without spaces");
            }
            let key = self.string()?;
            match before.map(|before| order(before, key)) {
                None | Some(Ordering::Less) => before = Some(key),
                Some(Ordering::Equal) => return Err(CanonicalError { at: start, what: "the same field twice" }),
                Some(Ordering::Greater) => return Err(CanonicalError { at: start, what: "the fields are not in order" }),
            }
            if !self.eat(b':') {
                return self.wrong("a field's name is followed by `:`, without spaces");
            }
            self.value(depth.saturating_add(1))?;
            if self.eat(b'}') {
                return Ok(());
            }
            if !self.eat(b',') {
                return self.wrong("an object goes on with `,` or `}`, without spaces");
            }
        }
    }

    /// Steps over a string.
    pub(super) fn string(&mut self) -> Checked<Inside<'a>> {
        self.step(1);
        let (start, mut has_escapes) = (self.at, false);
        loop {
            self.step(plain(self.rest()));
            match self.peek() {
                Some(b'"') => {
                    let text = self.text.get(start..self.at).unwrap_or_default();
                    self.step(1);
                    return Ok(Inside { text, has_escapes });
                }
                Some(b'\\') => {
                    has_escapes = true;
                    self.escape()?;
                }
                Some(_) => return self.wrong("a control character in a string: write it as an escape"),
                None => return self.wrong("the string has no end"),
            }
        }
    }

    /// Only what must be escaped is, in its short form where it has one.
    fn escape(&mut self) -> Checked {
        match *self.rest() {
            [_, b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't', ..] => self.step(2),
            // \b \t \n \f \r have their short forms.
            [_, b'u', b'0', b'0', b'0', b'0'..=b'7' | b'b' | b'e' | b'f', ..]
            | [_, b'u', b'0', b'0', b'1', b'0'..=b'9' | b'a'..=b'f', ..] => {
                self.step(6);
            }
            _ => return self.wrong("an escape that is not needed, or not in its short form"),
        }
        Ok(())
    }

    pub(super) fn number(&mut self) -> Checked<Whole> {
        let start = self.at;
        let minus = self.eat(b'-');
        let digits = self.rest();
        let count = digits.iter().position(|b| !b.is_ascii_digit()).unwrap_or(digits.len());
        let (mut whole, mut fits) = (0_u64, true);
        for &b in digits.iter().take(count) {
            whole = whole.wrapping_mul(10).wrapping_add(u64::from(b & 0x0f));
            fits &= whole <= MAX_WHOLE;
            if !fits {
                break;
            }
        }
        let leading_zero = digits.first() == Some(&b'0') && (count > 1 || minus);
        self.step(count);
        let what = match self.peek() {
            _ if count == 0 => "a number without digits",
            Some(b'.' | b'e' | b'E') => "a number that is not whole: write an amount or a measure as text",
            _ if leading_zero => "a number with a zero in front, or minus zero",
            _ if !fits => "a number beyond 9007199254740991, which not every reader keeps exactly: write it as text",
            _ => return Ok(Whole { minus, digits: whole }),
        };
        Err(CanonicalError { at: start, what })
    }
}

/// How many bytes at the start need no second look in a string: up to a quote, a backslash or a control character.
fn plain(bytes: &[u8]) -> usize {
    /// One in each byte.
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    // Eight at a time: the high bit of each byte that is less than `least`. The lowest of them is right; above it a borrow may mark too many.
    let less = |word: u64, least: u64| word.wrapping_sub(least) & !word & HIGH;
    let equal = |word: u64, byte: u8| less(word ^ u64::from_le_bytes([byte; 8]), ONES);
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = equal(word, b'"') | equal(word, b'\\') | less(word, u64::from_le_bytes([0x20; 8]));
        if found != 0 {
            let byte = usize::try_from(found.trailing_zeros() / 8).unwrap_or(0);
            return at.saturating_mul(8).saturating_add(byte);
        }
    }
    let special = |&byte: &u8| byte == b'"' || byte == b'\\' || byte < 0x20;
    let tail = rest.iter().position(special).unwrap_or(rest.len());
    words.len().saturating_mul(8).saturating_add(tail)
}

/// RFC 8785 orders names by their UTF-16 units. That is the order of their bytes, but for escapes, and for what is behind the
/// surrogates: from U+E000 on, the first byte of a character is at least 0xee.
pub(super) fn order(a: Inside<'_>, b: Inside<'_>) -> Ordering {
    let differ = a.text.bytes().zip(b.text.bytes()).find(|(a, b)| a != b);
    if !a.has_escapes && !b.has_escapes && differ.is_none_or(|(a, b)| a.max(b) < 0xee) {
        return differ.map_or_else(|| a.text.len().cmp(&b.text.len()), |(a, b)| a.cmp(&b));
    }
    let units = |key: Inside<'_>| -> Vec<u16> { key.unescaped().unwrap_or_default().encode_utf16().collect() };
    units(a).cmp(&units(b))
}

impl Inside<'_> {
    /// What the string means.
    pub(super) fn unescaped(&self) -> serde_json::Result<String> {
        serde_json::from_str(&["\"", self.text, "\""].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accepts_what_the_canonicalizer_writes() {
        for text in [
            "0",
            "-1",
            "[]",
            "{}",
            "null",
            "9007199254740991",
            "{\"a\":{\"b\":[1,2,\"x\"]},\"b\":true}",
            "\"\\u001f\\n\\\"\\\\/元\u{7f}\"",
            "{\"\\n\":1,\"a\":2,\"元\":3,\"😀\":4,\"\u{fb33}\":5}",
        ] {
            let value: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json_canonicalizer::to_string(&value).unwrap(), text, "the vector is canonical");
            assert_eq!(check(text, 0), Ok(()), "{text}");
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
        for text in [
            "",
            " 1",
            "1 ",
            "01",
            "-0",
            "1.0",
            "1.5",
            "1e3",
            "9007199254740992",
            "18446744073709551616",
            "-",
            "+1",
            "tru",
            "[1,]",
            "[1 ,2]",
            "{\"a\":1,}",
            "{\"b\":1,\"a\":2}",
            "{\"a\":1,\"a\":2}",
            "{\"a\" :1}",
            "{\"a\": 1}",
            "{a:1}",
            "\"\\/\"",
            "\"\\u0041\"",
            "\"\\u000a\"",
            "\"\\u001F\"",
            "\"\u{1}\"",
            "\"a",
            "\"\\",
            "[1",
            "{\"a\":1",
            "{\"\u{fb33}\":1,\"😀\":2}",
            "NaN",
            &deep,
        ] {
            assert!(check(text, 0).is_err(), "{text:?}");
        }
        assert_eq!(check(&deep[1..129], 0), Ok(()), "64 levels are accepted");
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Into::into),
            ".{0,8}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                proptest::collection::hash_map(".{0,4}", inner, 0..5).prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn finds_what_needs_a_second_look(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), 0x1e_u8..0x24, 0x5a_u8..0x5f, 0x7e_u8..0x84], 0..40)) {
            let naive = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(bytes.len());
            prop_assert_eq!(plain(&bytes), naive);
        }

        #[test]
        fn names_are_ordered_by_their_utf16_units(a in "[ab\\n\"é元\u{d7ff}\u{e000}\u{fb33}😀𠮷]{0,3}", b in "[ab\\n\"é元\u{d7ff}\u{e000}\u{fb33}😀𠮷]{0,3}") {
            let quoted = [&a, &b].map(|name| serde_json_canonicalizer::to_string(name).unwrap());
            let [one, other] = [&quoted[0], &quoted[1]].map(|text| Scan { text, at: 0 }.string().unwrap());
            prop_assert_eq!(order(one, other), a.encode_utf16().cmp(b.encode_utf16()));
        }

        #[test]
        fn agrees_with_the_canonicalizer(value in json(), at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
            let text = serde_json_canonicalizer::to_string(&value).unwrap();
            prop_assert_eq!(check(&text, 0), Ok(()));
            // One byte changed: accepted exactly if the result is canonical again.
            let mut bytes = text.clone().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let Ok(changed) = String::from_utf8(bytes) else { return Ok(()) };
            let again = serde_json::from_str::<serde_json::Value>(&changed).ok().and_then(|v| serde_json_canonicalizer::to_string(&v).ok());
            let canonical = again.as_deref() == Some(changed.as_str());
            if check(&changed, 0).is_ok() {
                prop_assert!(canonical, "{}", changed);
            } else if canonical {
                prop_assert!(changed.contains(['.', 'e', '9']), "only numbers that are not whole or too large: {}", changed);
            }
        }
    }
}
