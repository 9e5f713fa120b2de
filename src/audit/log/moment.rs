//! A moment of a row, small enough for millions of them.

use std::num::NonZeroU64;

use chrono::{DateTime, Utc};

use crate::calendar::DayNumber;

/// To the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Moment(NonZeroU64);

/// Turns the order of numbers with a sign into that of numbers without.
const SIGN: u64 = 1 << 63;
const A_DAY: i64 = 86_400_000_000;
const EIGHT_HOURS: i64 = 28_800_000_000;

impl Moment {
    pub(super) fn of(at: DateTime<Utc>) -> Option<Moment> {
        NonZeroU64::new(at.timestamp_micros().cast_unsigned() ^ SIGN).map(Moment)
    }

    const fn micros(self) -> i64 {
        (self.0.get() ^ SIGN).cast_signed()
    }

    /// Before the other moment, or more than some hours behind it: two that are not cannot be two days apart.
    pub(super) const fn is_not_just_after(self, other: Moment) -> bool {
        self.0.get().wrapping_sub(other.0.get()) > EIGHT_HOURS.cast_unsigned()
    }

    /// The day that it is in China.
    pub(super) fn china_day(self) -> DayNumber {
        DayNumber::new(self.micros().saturating_add(EIGHT_HOURS).div_euclid(A_DAY))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::china_date;

    proptest! {
        #[test]
        fn a_moment_is_what_it_was_made_of(one in -9_000_000_000_000_000_i64..9_000_000_000_000_000, other in -9_000_000_000_000_000_i64..9_000_000_000_000_000) {
            let at = |micros| DateTime::from_timestamp_micros(micros).unwrap();
            let moment = |micros| Moment::of(at(micros)).unwrap();
            prop_assert_eq!(moment(one).cmp(&moment(other)), one.cmp(&other));
            prop_assert_eq!(moment(one).china_day().date(), china_date(at(one)));
            let days = china_date(at(other)).signed_duration_since(china_date(at(one))).num_days();
            prop_assert_eq!(moment(other).china_day().since(moment(one).china_day()), days);
        }
    }

    #[test]
    fn the_first_and_the_last_moment_keep_their_order() {
        let (first, last) = (Moment::of(DateTime::<Utc>::MIN_UTC), Moment::of(DateTime::<Utc>::MAX_UTC));
        assert!(first.is_some() && first < last);
    }
}
