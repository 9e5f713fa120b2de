//! Moments, days and amounts as people write them. What cannot be a date is none: it is never moved to one that can.

use std::sync::LazyLock;

use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::super::report::clip;
use super::mapping::MappingError;
use crate::value::Money;

/// A form in which times are written, such as `%d.%m.%Y %H:%M`, taken apart once.
#[derive(Clone, Debug)]
pub(super) struct TimeFormat(Vec<Item<'static>>);

impl TimeFormat {
    pub(super) fn new(format: &str) -> Result<TimeFormat, MappingError> {
        let items = StrftimeItems::new(format).parse_to_owned();
        items.map(TimeFormat).map_err(|_| MappingError::TimeFormat(clip(format)))
    }

    fn read(&self, text: &str) -> Option<Parsed> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, self.0.iter()).ok().map(|()| parsed)
    }
}

/// With a time of day.
static MOMENTS: LazyLock<Vec<TimeFormat>> = LazyLock::new(|| {
    all(&[
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M",
        "%Y/%m/%d %H:%M:%S",
        "%Y/%m/%d %H:%M",
        "%Y年%m月%d日 %H:%M:%S",
        "%Y年%m月%d日 %H:%M",
        "%Y年%m月%d日%H时%M分",
    ])
});
static DAYS: LazyLock<Vec<TimeFormat>> = LazyLock::new(|| all(&["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"]));

fn all(formats: &[&str]) -> Vec<TimeFormat> {
    formats.iter().filter_map(|format| TimeFormat::new(format).ok()).collect()
}

/// A moment; one without an offset is in the mapping's zone, a day alone is its first moment.
pub(super) fn moment(text: &str, zone: FixedOffset, formats: &[TimeFormat]) -> Option<DateTime<Utc>> {
    let local = |naive: NaiveDateTime| naive.and_local_timezone(zone).single().map(|moment| moment.to_utc());
    let day = |parsed: &Parsed| parsed.to_naive_date().ok().map(|day| day.and_time(NaiveTime::MIN));
    if let Some(parsed) = formats.iter().find_map(|format| format.read(text)) {
        if let Ok(moment) = parsed.to_datetime() {
            return Some(moment.to_utc());
        }
        return parsed.to_naive_datetime_with_offset(0).ok().or_else(|| day(&parsed)).and_then(local);
    }
    if !text.contains([':', '时']) {
        return DAYS.iter().find_map(|format| format.read(text)).and_then(|parsed| day(&parsed)).and_then(local);
    }
    if let Some(moment) = local_seconds(text.as_bytes()) {
        return local(moment);
    }
    if let Some(moment) = seconds_and_offset(text.as_bytes()) {
        return Some(moment);
    }
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.to_utc());
    }
    MOMENTS.iter().find_map(|format| format.read(text)?.to_naive_datetime_with_offset(0).ok()).and_then(local)
}

/// `2018-03-05 09:00:00`, the form that most rows have: read here, for the forms below are tried one after the other.
fn local_seconds(text: &[u8]) -> Option<NaiveDateTime> {
    let &[a, b, c, d, b'-', e, f, b'-', g, h, b' ' | b'T', i, j, b':', k, l, b':', m, n] = text else { return None };
    let day = NaiveDate::from_ymd_opt(i32::try_from(number(&[a, b, c, d])?).ok()?, number(&[e, f])?, number(&[g, h])?)?;
    day.and_hms_opt(number(&[i, j])?, number(&[k, l])?, number(&[m, n])?)
}

/// `2018-03-05T09:00:00+08:00`, the form that RFC 3339 and XES have: as above.
fn seconds_and_offset(text: &[u8]) -> Option<DateTime<Utc>> {
    let (local, &[sign @ (b'+' | b'-'), a, b, b':', c, d]) = text.split_at_checked(19)? else { return None };
    let (hours, minutes) = (number(&[a, b])?, number(&[c, d])?);
    let seconds = i32::try_from(hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?).ok()?;
    let offset = FixedOffset::east_opt(if sign == b'-' { seconds.checked_neg()? } else { seconds }).filter(|_| minutes < 60)?;
    local_seconds(local)?.and_local_timezone(offset).single().map(|moment| moment.to_utc())
}

fn number(digits: &[u8]) -> Option<u32> {
    let next = |all: u32, digit: &u8| digit.is_ascii_digit().then(|| all.saturating_mul(10).saturating_add(u32::from(digit & 15)));
    digits.iter().try_fold(0, next)
}

/// A day; of a moment, the day it is on in the mapping's zone.
pub(super) fn day(text: &str, zone: FixedOffset, formats: &[TimeFormat]) -> Option<NaiveDate> {
    moment(text, zone, formats).map(|moment| moment.with_timezone(&zone).date_naive())
}

/// Yuan, as people write them: `607,755.00`, `¥2000`, `2000元`, `1.5万元`.
pub(super) fn amount(text: &str) -> Option<Money> {
    let bare: String = text.chars().filter(|c| !matches!(c, ',' | ' ' | '，' | '¥' | '￥' | '元')).collect();
    let Some(wan) = bare.strip_suffix('万') else { return bare.parse().ok() };
    let (whole, part) = wan.split_once('.').unwrap_or((wan, ""));
    if whole.is_empty() || part.len() > 6 || part.bytes().any(|b| !b.is_ascii_digit()) {
        return None;
    }
    // Four of the decimals are whole yuan.
    let (yuan, fen) = format!("{part:0<6}").split_at_checked(4).map(|(yuan, fen)| (yuan.to_owned(), fen.to_owned()))?;
    format!("{whole}{yuan}.{fen}").parse().ok()
}

/// A count: `36`, `300人`, `36个月`.
pub(super) fn count(text: &str) -> Option<u32> {
    text.trim_end_matches(['人', '票', '月', '个', '户', ' ']).parse().ok()
}

/// An offset from Greenwich: `+08:00`.
pub(super) fn zone(text: &str) -> Option<FixedOffset> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        let zone = zone("+08:00").unwrap();
        let at = |text| moment(text, zone, &[]).map(|at| at.to_rfc3339());
        let nine = Some("2018-03-05T01:00:00+00:00".to_owned());
        for text in ["2018-03-05T09:00:00+08:00", "2018-03-05 09:00", "2018/3/5 9:00", "2018年3月5日 09:00", "2018-03-05T01:00:00Z"] {
            assert_eq!(at(text), nine, "{text}");
        }
        assert_eq!(at("2018年3月5日"), Some("2018-03-04T16:00:00+00:00".to_owned()));
        for text in ["2018-02-30", "2018-13-01", "昨天", "", "2018-03-05 25:00", "99999999999-01-01"] {
            assert_eq!(at(text), None, "{text}");
        }
        assert_eq!(moment("05.03.2018 09-00", zone, &[TimeFormat::new("%d.%m.%Y %H-%M").unwrap()]).map(|at| at.to_rfc3339()), nine);
    }

    proptest::proptest! {
        #[test]
        fn what_is_read_the_short_way_is_what_rfc_3339_says(
            text in "20(18|19)-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9][+-][0-2][0-9]:[0-6][0-9]"
        ) {
            let by_chrono = DateTime::parse_from_rfc3339(&text).ok().map(|moment| moment.to_utc());
            if let Some(moment) = seconds_and_offset(text.as_bytes()) {
                proptest::prop_assert_eq!(Some(moment), by_chrono);
            }
        }
    }

    #[test]
    fn amounts_as_people_write_them() {
        let fen = |text| amount(text).map(Money::fen);
        assert_eq!(fen("607,755.00"), Some(60_775_500));
        assert_eq!(fen("¥2000元"), Some(200_000));
        assert_eq!(fen("1.5万元"), Some(1_500_000));
        assert_eq!(fen("12万"), Some(12_000_000));
        assert_eq!(fen("0.5万"), Some(500_000));
        for text in ["", "-1", "1e9", "万", ".5万", "1.2345678万", "abc"] {
            assert_eq!(fen(text), None, "{text}");
        }
        assert_eq!((count("36个月"), count("300人"), count("三")), (Some(36), Some(300), None));
    }
}
