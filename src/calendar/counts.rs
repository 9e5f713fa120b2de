//! Working days counted once: where a period ends is then a look into a table, however long it is.

use chrono::{Days, NaiveDate};

/// Of the announced days, without a gap.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Counts {
    first: NaiveDate,
    /// For each day, how many working days there are up to it and with it.
    up_to: Vec<u32>,
    /// The place of each working day.
    worked: Vec<u32>,
}

impl Counts {
    /// Of the days from `first` on, for as long as it is known whether they are worked.
    pub(super) fn new(first: NaiveDate, is_worked: impl Fn(NaiveDate) -> Option<bool>) -> Counts {
        let mut counts = Counts { first, up_to: Vec::new(), worked: Vec::new() };
        for (place, is_worked) in (0_u32..).zip(first.iter_days().map_while(is_worked)) {
            if is_worked {
                counts.worked.push(place);
            }
            counts.up_to.push(u32::try_from(counts.worked.len()).unwrap_or(u32::MAX));
        }
        counts
    }

    /// Working days up to a day and with it; `None` where it is not in the table.
    fn up_to(&self, day: NaiveDate) -> Option<u32> {
        let place = day.signed_duration_since(self.first).num_days();
        self.up_to.get(usize::try_from(place).ok()?).copied()
    }

    /// How many working days lie after `first`, up to and including `last`.
    pub(super) fn between(&self, first: NaiveDate, last: NaiveDate) -> Option<u32> {
        self.up_to(last)?.checked_sub(self.up_to(first)?)
    }

    /// So many working days after a day; the day itself for none.
    pub(super) fn working_after(&self, day: NaiveDate, days: u32) -> Option<NaiveDate> {
        let Some(more) = days.checked_sub(1) else { return Some(day) };
        let nth = self.up_to(day)?.checked_add(more)?;
        let place = self.worked.get(usize::try_from(nth).ok()?)?;
        self.first.checked_add_days(Days::new((*place).into()))
    }

    /// So many calendar days after a day, and on to the next working day; the day itself for none.
    pub(super) fn calendar_after(&self, day: NaiveDate, days: u32) -> Option<NaiveDate> {
        if days == 0 {
            return Some(day);
        }
        // The next working day behind the day before is the day itself, if it is one.
        self.working_after(day.checked_add_days(Days::new(days.saturating_sub(1).into()))?, 1)
    }
}
