//! A case's own time. A clock set back must not stop the office, nor a clock far ahead poison the log.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{Code, Faults, Reason};
use crate::calendar::china_date;
use crate::value::Bilingual;

/// How the clock compares with what the case already knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CaseTime {
    /// What is recorded: the clock, but never before the case's last entry.
    pub(super) at: DateTime<Utc>,
    /// The clock as read.
    pub(super) clock: DateTime<Utc>,
    /// Whether decisions that depend on time may be made by it.
    pub(super) plausible: bool,
}

/// Clocks of several machines may differ a little.
const DRIFT: TimeDelta = TimeDelta::minutes(5);

/// The name of the policy's number: how many days may pass between two entries before the clock is doubted.
pub(super) const CLOCK_GAP: &str = "clock-gap-days";

impl CaseTime {
    /// Compares the clock with the case's last entry.
    pub(super) fn read(last: Option<DateTime<Utc>>, clock: DateTime<Utc>, gap: Option<u32>) -> CaseTime {
        let Some(last) = last else { return CaseTime { at: clock, clock, plausible: true } };
        let gap = gap.map_or(180, i64::from);
        let ahead = clock.signed_duration_since(last);
        let far = TimeDelta::try_days(gap).is_some_and(|gap| ahead > gap);
        let behind = ahead < TimeDelta::zero().checked_sub(&DRIFT).unwrap_or_default();
        let at = if far { last } else { clock.max(last) };
        CaseTime { at, clock, plausible: !far && !behind }
    }

    /// Today in China, or a [`Code::ClockSkew`] refusal.
    pub(super) fn today(&self, faults: &mut Faults) -> Option<NaiveDate> {
        if !self.plausible {
            faults.refuse(
                Reason::new(Code::ClockSkew)
                    .expected(Bilingual::of(
                        format!("不早于 {} 且相差不大的时间", self.at),
                        format!("a time not before, and not far after, {}", self.at),
                    ))
                    .found(Bilingual::same(self.clock)),
            );
            return None;
        }
        Some(china_date(self.at))
    }
}
