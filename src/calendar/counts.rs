//! Working days counted once: where a period ends is then a look into a table, however long it is.

use chrono::NaiveDate;

use super::DayNumber;

/// Of the announced days, without a gap.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Counts {
    first: DayNumber,
    /// For each day, how many working days there are up to it and with it.
    up_to: Vec<u32>,
    /// The place of each working day.
    worked: Vec<u32>,
}

impl Counts {
    /// Of no day.
    pub(super) const NONE: Counts = Counts { first: DayNumber::MAX, up_to: Vec::new(), worked: Vec::new() };

    /// Of the days from `first` on, for as long as it is known whether they are worked.
    pub(super) fn new(first: NaiveDate, is_worked: impl Fn(NaiveDate) -> Option<bool>) -> Counts {
        let mut counts = Counts { first: DayNumber::of(first), up_to: Vec::new(), worked: Vec::new() };
        for (place, is_worked) in (0_u32..).zip(first.iter_days().map_while(is_worked)) {
            if is_worked {
                counts.worked.push(place);
            }
            counts.up_to.push(u32::try_from(counts.worked.len()).unwrap_or(u32::MAX));
        }
        counts
    }

    /// Working days up to a day and with it; `None` where it is not in the table.
    fn up_to(&self, day: DayNumber) -> Option<u32> {
        self.up_to.get(usize::try_from(day.since(self.first)).ok()?).copied()
    }

    /// How many working days lie after `first`, up to and including `last`.
    pub(super) fn between(&self, first: DayNumber, last: DayNumber) -> Option<u32> {
        self.up_to(last)?.checked_sub(self.up_to(first)?)
    }

    /// So many working days after a day; the day itself for none.
    pub(super) fn working_after(&self, day: DayNumber, days: u32) -> Option<DayNumber> {
        let Some(more) = days.checked_sub(1) else { return Some(day) };
        let nth = self.up_to(day)?.checked_add(more)?;
        self.worked.get(usize::try_from(nth).ok()?).map(|place| self.first.plus(*place))
    }

    /// So many calendar days after a day, and on to the next working day; the day itself for none.
    pub(super) fn calendar_after(&self, day: DayNumber, days: u32) -> Option<DayNumber> {
        // The next working day behind the day before is the day itself, if it is one.
        days.checked_sub(1).map_or(Some(day), |before| self.working_after(day.plus(before), 1))
    }
}
