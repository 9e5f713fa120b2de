//! Money in whole fen (分), checked, never a float.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Bilingual;

/// An amount in RMB, held as whole fen (1 yuan = 100 fen), never negative, never a float.
///
/// In JSON it is a string of yuan with two decimals (`"607755.00"`), so that no reader's floating point can touch it.
///
/// ```
/// use sanzi::value::Money;
/// let floor: Money = "607755.00".parse()?;
/// assert_eq!(floor.fen(), 60_775_500);
/// assert_eq!(floor.to_string(), "607,755.00");
/// # Ok::<(), sanzi::value::MoneyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(u64);

/// Why an amount was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// The text is not a plain amount.
    #[error("`{0}` is not an amount: write yuan with at most two decimals, such as 607755.00, without a sign, separators or exponent")]
    NotAnAmount(String),
    /// The amount, or the result of a calculation, is over [`Money::MAX`].
    #[error("the amount is over the largest that is accepted, {} yuan", Money::MAX)]
    TooLarge,
}

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);
    /// The largest accepted amount: 90 trillion yuan, every fen of which a JSON number could still hold.
    pub const MAX: Money = Money(9_000_000_000_000_000);

    /// From whole fen.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] over [`Money::MAX`].
    pub const fn from_fen(fen: u64) -> Result<Money, MoneyError> {
        if fen > Money::MAX.0 { Err(MoneyError::TooLarge) } else { Ok(Money(fen)) }
    }

    /// From whole yuan.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] over [`Money::MAX`].
    pub const fn from_yuan(yuan: u64) -> Result<Money, MoneyError> {
        match yuan.checked_mul(100) {
            Some(fen) => Money::from_fen(fen),
            None => Err(MoneyError::TooLarge),
        }
    }

    /// The amount in whole fen.
    pub const fn fen(self) -> u64 {
        self.0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] over [`Money::MAX`].
    pub const fn plus(self, other: Money) -> Result<Money, MoneyError> {
        match self.0.checked_add(other.0) {
            Some(fen) => Money::from_fen(fen),
            None => Err(MoneyError::TooLarge),
        }
    }

    /// The sum of many amounts.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] over [`Money::MAX`].
    pub fn total(amounts: impl IntoIterator<Item = Money>) -> Result<Money, MoneyError> {
        amounts.into_iter().try_fold(Money::ZERO, Money::plus)
    }

    /// `count` times this amount.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] over [`Money::MAX`].
    pub const fn times(self, count: u64) -> Result<Money, MoneyError> {
        match self.0.checked_mul(count) {
            Some(fen) => Money::from_fen(fen),
            None => Err(MoneyError::TooLarge),
        }
    }

    /// The difference, `None` where it would be negative.
    pub const fn minus(self, other: Money) -> Option<Money> {
        match self.0.checked_sub(other.0) {
            Some(fen) => Some(Money(fen)),
            None => None,
        }
    }

    /// With its unit, for people: 607,755.00 元 / 607,755.00 yuan.
    pub fn text(self) -> Bilingual {
        let amount = self.to_string();
        Bilingual::of([&amount, " 元"].concat(), [&amount, " yuan"].concat())
    }

    /// In the numerals of contracts and cheques (大写), which nobody can change by a stroke: 壹佰叁拾万元整. By the rules of the
    /// People's Bank for filling in bills (支付结算办法 附一): one 零 for a gap inside, none for the zeros that end a group of
    /// four, 整 only where there is neither 角 nor 分. The word 人民币 that goes before it is not part of it.
    ///
    /// ```
    /// use sanzi::value::Money;
    /// assert_eq!(Money::from_yuan(1_300_000)?.capitals(), "壹佰叁拾万元整");
    /// assert_eq!("16409.02".parse::<Money>()?.capitals(), "壹万陆仟肆佰零玖元零贰分");
    /// # Ok::<(), sanzi::value::MoneyError>(())
    /// ```
    pub fn capitals(self) -> String {
        let (yuan, jiao, fen) = (self.0 / 100, self.0 / 10 % 10, self.0 % 10);
        let mut out = String::new();
        let (high, low) = (yuan / 100_000_000, yuan % 100_000_000);
        if high > 0 {
            below_yi(high, &mut out);
            out.push('亿');
            out.push_str(if low > 0 && low < 10_000_000 { "零" } else { "" });
        }
        below_yi(low, &mut out);
        if yuan > 0 {
            out.push('元');
        }
        match (jiao, fen) {
            (0, 0) if yuan == 0 => out.push_str("零元整"),
            (0, 0) => out.push('整'),
            (0, _) => out.push_str(if yuan > 0 { "零" } else { "" }),
            (_, _) => out.extend([capital(jiao), '角']),
        }
        if fen > 0 {
            out.extend([capital(fen), '分']);
        }
        out
    }

    /// Yuan with two decimals and no separators, as in JSON: `607755.00`.
    pub fn plain(self) -> String {
        let mut text = format!("{:03}", self.0);
        text.insert(text.len().saturating_sub(2), '.');
        text
    }
}

fn capital(digit: u64) -> char {
    const CAPITALS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
    usize::try_from(digit).ok().and_then(|digit| CAPITALS.get(digit)).copied().unwrap_or('零')
}

/// A number under 亿, its zeros in front left out.
fn below_yi(number: u64, out: &mut String) {
    let (wan, rest) = (number / 10_000, number % 10_000);
    if wan > 0 {
        below_wan(wan, out);
        out.push('万');
        out.push_str(if rest > 0 && rest < 1_000 { "零" } else { "" });
    }
    below_wan(rest, out);
}

/// A group of four: zeros in front and at the end left out, those between said once.
fn below_wan(group: u64, out: &mut String) {
    let mut gap = false;
    let mut begun = false;
    for (digit, name) in [(group / 1_000, "仟"), (group / 100 % 10, "佰"), (group / 10 % 10, "拾"), (group % 10, "")] {
        match digit {
            0 => gap = begun,
            digit => {
                out.push_str(if gap { "零" } else { "" });
                out.push(capital(digit));
                out.push_str(name);
                (begun, gap) = (true, false);
            }
        }
    }
}

/// Yuan with thousands separators: `607,755.00`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // From the last digit to the first: no amount has more than 26 characters.
        let mut place = [0_u8; 28];
        let mut rest = self.0;
        let mut written = 0_usize;
        for (nth, byte) in place.iter_mut().rev().enumerate() {
            if nth > 3 && rest == 0 {
                break;
            }
            written = nth.saturating_add(1);
            *byte = match nth {
                2 => b'.',
                3.. if nth % 4 == 2 => b',',
                _ => {
                    let digit = u8::try_from(rest % 10).unwrap_or_default();
                    rest /= 10;
                    b'0'.saturating_add(digit)
                }
            };
        }
        let text = place.get(place.len().saturating_sub(written)..).unwrap_or_default();
        f.pad(std::str::from_utf8(text).unwrap_or_default())
    }
}

/// Reads yuan with at most two decimals: `607755`, `607755.5`, `607755.00`.
impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Money, MoneyError> {
        let refuse = || MoneyError::NotAnAmount(text.chars().take(40).collect());
        let (yuan, decimals) = text.split_once('.').unwrap_or((text, "00"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(yuan) || !digits(decimals) || decimals.len() > 2 {
            return Err(refuse());
        }
        let yuan: u64 = yuan.parse().map_err(|_| MoneyError::TooLarge)?;
        let fen: u64 = decimals.parse().map_err(|_| refuse())?;
        let fen = fen.saturating_mul(if decimals.len() == 1 { 10 } else { 1 });
        Money::from_yuan(yuan)?.plus(Money(fen))
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.plain())
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
        super::lent::from_text(deserializer, str::parse)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows stops")]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_whole_fen() {
        for (text, fen) in [("0", 0), ("0.5", 50), ("0.05", 5), ("607755.00", 60_775_500), ("90000000000000.00", Money::MAX.0)] {
            let money: Money = text.parse().unwrap();
            assert_eq!(money.fen(), fen, "{text}");
            assert_eq!(money.plain().parse::<Money>().unwrap(), money);
        }
        assert_eq!(Money(130_000_000).to_string(), "1,300,000.00");
        assert_eq!(Money(99_900).to_string(), "999.00");
        let powers = (0..17).map(|power| 10_u64.pow(power));
        for fen in powers.flat_map(|power| [power - 1, power, power + 1]).chain([u64::MAX]) {
            let text = Money(fen).to_string();
            assert_eq!(text.replace(',', ""), Money(fen).plain());
            let (yuan, _) = text.split_once('.').unwrap();
            let groups: Vec<usize> = yuan.split(',').map(str::len).collect();
            assert!(groups[0] <= 3 && groups[1..].iter().all(|len| *len == 3), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_an_amount() {
        for text in ["", "-1", "+1", "1e3", "1,000", "1.234", ".5", "1.", "NaN", "１２", "0x10"] {
            assert_eq!(text.parse::<Money>(), Err(MoneyError::NotAnAmount(text.to_owned())), "{text:?}");
        }
        for text in ["90000000000000.01", "184467440737095516.16", "99999999999999999999999"] {
            assert_eq!(text.parse::<Money>(), Err(MoneyError::TooLarge), "{text:?}");
        }
        assert!(serde_json::from_str::<Money>("1.5").is_err(), "a JSON number is a float");
    }

    #[test]
    fn capitals_where_people_slip() {
        for (yuan, capitals) in [
            ("0", "零元整"),
            ("0.01", "壹分"),
            ("0.10", "壹角"),
            ("0.15", "壹角伍分"),
            ("1", "壹元整"),
            ("1.05", "壹元零伍分"),
            ("10", "壹拾元整"),
            ("15.50", "壹拾伍元伍角"),
            ("100", "壹佰元整"),
            ("101", "壹佰零壹元整"),
            ("110", "壹佰壹拾元整"),
            ("1001", "壹仟零壹元整"),
            ("1010", "壹仟零壹拾元整"),
            ("1100", "壹仟壹佰元整"),
            ("10001", "壹万零壹元整"),
            ("10100", "壹万零壹佰元整"),
            ("11000", "壹万壹仟元整"),
            ("100000", "壹拾万元整"),
            ("100500", "壹拾万零伍佰元整"),
            ("607755", "陆拾万柒仟柒佰伍拾伍元整"),
            ("1000001", "壹佰万零壹元整"),
            ("1300000", "壹佰叁拾万元整"),
            ("10010000", "壹仟零壹万元整"),
            ("10010010", "壹仟零壹万零壹拾元整"),
            ("100000000", "壹亿元整"),
            ("100000001", "壹亿零壹元整"),
            ("100010000", "壹亿零壹万元整"),
            ("110000000", "壹亿壹仟万元整"),
            ("1000000000000", "壹万亿元整"),
            ("1000100000000", "壹万零壹亿元整"),
            ("1000000000001", "壹万亿零壹元整"),
            ("1234500000000", "壹万贰仟叁佰肆拾伍亿元整"),
            ("1234567890123.45", "壹万贰仟叁佰肆拾伍亿陆仟柒佰捌拾玖万零壹佰贰拾叁元肆角伍分"),
            ("90000000000000", "玖拾万亿元整"),
            ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
            ("6007.14", "陆仟零柒元壹角肆分"),
            ("107000.53", "壹拾万柒仟元伍角叁分"),
        ] {
            assert_eq!(yuan.parse::<Money>().unwrap().capitals(), capitals, "{yuan}");
        }
    }

    /// Reads the numerals back, one character after the other, knowing nothing of how they were written.
    fn read(capitals: &str) -> u64 {
        let (mut all, mut section, mut group, mut digit) = (0, 0, 0, 0);
        for c in capitals.chars() {
            let unit = |unit: u64, digit: &mut u64| std::mem::take(digit) * unit;
            match c {
                '仟' => group += unit(1_000, &mut digit),
                '佰' => group += unit(100, &mut digit),
                '拾' => group += unit(10, &mut digit),
                '万' => section += std::mem::take(&mut group) * 10_000 + unit(10_000, &mut digit),
                '亿' => all += (std::mem::take(&mut section) + std::mem::take(&mut group) + unit(1, &mut digit)) * 100_000_000,
                '元' => all = (all + section + group + unit(1, &mut digit)) * 100,
                '角' => all += unit(10, &mut digit),
                '分' => all += unit(1, &mut digit),
                '零' | '整' => {}
                c => digit = "壹贰叁肆伍陆柒捌玖".chars().position(|d| d == c).unwrap() as u64 + 1,
            }
        }
        all
    }

    proptest::proptest! {
        #[test]
        fn capitals_say_the_amount(fen in 0..=Money::MAX.0, kept in 0_u32..16) {
            // Rounded, so that zeros are met everywhere.
            let fen = fen - fen % 10_u64.pow(kept);
            let capitals = Money(fen).capitals();
            proptest::prop_assert_eq!(read(&capitals), fen, "{}", capitals);
            proptest::prop_assert!(!capitals.contains("零零") && !capitals.contains("零万") && !capitals.contains("零亿"));
        }
    }

    #[test]
    fn calculations_are_checked() {
        assert_eq!(Money::MAX.plus(Money(1)), Err(MoneyError::TooLarge));
        assert_eq!(Money::MAX.times(u64::MAX), Err(MoneyError::TooLarge));
        assert_eq!(Money(1).minus(Money(2)), None);
        assert_eq!(Money::total([Money(1), Money(2), Money(3)]), Ok(Money(6)));
    }
}
