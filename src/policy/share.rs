//! Shares, in words and in whole numbers.

use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Base, ShareError};
use crate::value::Bilingual;

/// A share to be reached: "以上" includes the number itself, "过半数" does not (民法典 1259).
///
/// Kept in lowest terms. In JSON and TOML it is `at least 2/3` or `more than 1/2`. The greater of two shares is the stricter.
///
/// ```
/// use sanzi::policy::{AllMembers, Share};
/// let two_thirds = Share::TWO_THIRDS.of::<AllMembers>();
/// assert!(two_thirds.is_reached_by(200, AllMembers(300)));
/// assert!(!two_thirds.is_reached_by(199, AllMembers(300)));
/// assert_eq!(Share::TWO_THIRDS.text().zh, "三分之二以上");
/// assert_eq!(Share::MORE_THAN_HALF.to_string(), "more than half");
/// ```
///
/// A share of all members compared with the count of those present does not compile:
///
/// ```compile_fail,E0308
/// use sanzi::policy::{AllMembers, Present, Share};
/// Share::TWO_THIRDS.of::<AllMembers>().is_reached_by(200, Present(250));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Share {
    numerator: u32,
    denominator: u32,
    strict: bool,
}

/// A share of one base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareOf<B> {
    share: Share,
    base: PhantomData<B>,
}

impl<B: Base> ShareOf<B> {
    /// Whether so many of the base reach the share. Of a base of nobody, nothing is reached.
    pub fn is_reached_by(self, count: u32, base: B) -> bool {
        let Share { numerator, denominator, strict } = self.share;
        let have = product(count, denominator);
        let need = product(numerator, base.count());
        base.count() > 0 && if strict { have > need } else { have >= need }
    }
}

/// A product of two `u32` always fits.
fn product(a: u32, b: u32) -> u64 {
    u64::from(a).saturating_mul(u64::from(b))
}

impl Share {
    /// At least two thirds (三分之二以上).
    pub const TWO_THIRDS: Share = Share { numerator: 2, denominator: 3, strict: false };
    /// At least half (半数以上).
    pub const HALF: Share = Share { numerator: 1, denominator: 2, strict: false };
    /// More than half (过半数).
    pub const MORE_THAN_HALF: Share = Share { numerator: 1, denominator: 2, strict: true };

    /// At least so much, the share itself included (以上).
    ///
    /// # Errors
    /// [`ShareError::OutOfRange`] unless it is over 0 and at most 1.
    pub fn at_least(numerator: u32, denominator: u32) -> Result<Share, ShareError> {
        Share::new(numerator, denominator, false)
    }

    /// More than so much, the share itself not included (超过).
    ///
    /// # Errors
    /// [`ShareError::OutOfRange`] unless it is over 0 and below 1.
    pub fn more_than(numerator: u32, denominator: u32) -> Result<Share, ShareError> {
        Share::new(numerator, denominator, true)
    }

    fn new(numerator: u32, denominator: u32, strict: bool) -> Result<Share, ShareError> {
        let divisor = common_divisor(numerator, denominator);
        let reachable = if strict { numerator < denominator } else { numerator <= denominator };
        match (numerator.checked_div(divisor), denominator.checked_div(divisor)) {
            (Some(lowest), Some(denominator)) if lowest > 0 && reachable => Ok(Share { numerator: lowest, denominator, strict }),
            _ => Err(ShareError::OutOfRange(numerator, denominator)),
        }
    }

    /// Of a base.
    pub const fn of<B: Base>(self) -> ShareOf<B> {
        ShareOf { share: self, base: PhantomData }
    }

    /// In words: 三分之二以上 / at least 2/3, 过半数 / more than half.
    pub fn text(self) -> Bilingual {
        let Share { numerator, denominator, strict } = self;
        let zh = match (numerator, denominator, strict) {
            (1, 2, true) => "过半数".to_owned(),
            (1, 2, false) => "半数以上".to_owned(),
            (1, 1, _) => "全部".to_owned(),
            (_, _, true) => format!("超过{}分之{}", han(denominator), han(numerator)),
            (_, _, false) => format!("{}分之{}以上", han(denominator), han(numerator)),
        };
        Bilingual::of(zh, self.to_string())
    }

    fn written(self) -> String {
        let how = if self.strict { "more than" } else { "at least" };
        format!("{how} {}/{}", self.numerator, self.denominator)
    }
}

fn common_divisor(mut a: u32, mut b: u32) -> u32 {
    while let Some(rest) = a.checked_rem(b) {
        (a, b) = (b, rest);
    }
    a
}

/// One to ten in Chinese, other numbers in digits.
fn han(number: u32) -> String {
    const HAN: [&str; 11] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    let word = usize::try_from(number).ok().and_then(|number| HAN.get(number));
    word.map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.numerator, self.denominator, self.strict) {
            (1, 2, true) => f.pad("more than half"),
            (1, 2, false) => f.pad("at least half"),
            (1, 1, _) => f.pad("all"),
            _ => f.pad(&self.written()),
        }
    }
}

impl Ord for Share {
    fn cmp(&self, other: &Share) -> Ordering {
        let left = product(self.numerator, other.denominator);
        left.cmp(&product(other.numerator, self.denominator)).then(self.strict.cmp(&other.strict))
    }
}

impl PartialOrd for Share {
    fn partial_cmp(&self, other: &Share) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for Share {
    type Err = ShareError;

    fn from_str(text: &str) -> Result<Share, ShareError> {
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let read = || {
            let (rest, strict) = match text.strip_prefix("at least ") {
                Some(rest) => (rest, false),
                None => (text.strip_prefix("more than ")?, true),
            };
            let (numerator, denominator) = rest.split_once('/')?;
            Some(Share::new(digits(numerator)?, digits(denominator)?, strict))
        };
        read().unwrap_or_else(|| Err(ShareError::Malformed(text.chars().take(40).flat_map(char::escape_debug).collect())))
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written())
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Share, D::Error> {
        crate::value::lent::from_text(deserializer, str::parse)
    }
}
