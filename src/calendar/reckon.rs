//! When a period ends: day by day, so that every rule can be read off the code; from the table of counts where that can tell.

use chrono::{Datelike, NaiveDate, Weekday};

use super::counts::Counts;
use super::{Calendar, CalendarError, Day, DayNumber, Deadline, Due, Pause, Period};

impl Calendar {
    /// When a period ends that starts with an event on `start`, standing still on every day that a pause touches.
    ///
    /// The day of the event does not count (民法典 201). Calendar days that end on an off day, or on one that is paused, end on
    /// the next working day that is not (民法典 203). [`Period::NONE`] ends on `start` itself. Past the horizon the answer is
    /// [`Due::Provisional`]; for a decision use [`Calendar::last_day`].
    ///
    /// # Errors
    /// [`CalendarError::TooLong`] over [`super::MAX_DAYS`], [`CalendarError::Backwards`] for a pause that ends before it
    /// starts, [`CalendarError::OutOfRange`] past the last date there is.
    pub fn end_of(&self, start: NaiveDate, period: Period, pauses: &[Pause]) -> Result<Due, CalendarError> {
        self.end_of_period(start, period, pauses).map(End::due)
    }

    /// The last day of a period, by announced days only: what guards decide by. See [`Calendar::end_of`].
    ///
    /// # Errors
    /// [`CalendarError::Unannounced`] past the horizon, [`CalendarError::Paused`] while a pause is open, and the errors of
    /// [`Calendar::end_of`].
    pub fn last_day(&self, start: NaiveDate, period: Period, pauses: &[Pause]) -> Result<NaiveDate, CalendarError> {
        self.certain(self.end_of_period(start, period, pauses)?)
    }

    /// When a deadline passes that starts with an event on `start`: at the end of the day returned. Days count as in
    /// [`Calendar::end_of`]; where the deadline has two components, the earlier end wins.
    ///
    /// # Errors
    /// As [`Calendar::end_of`].
    pub fn deadline_of(&self, start: NaiveDate, deadline: Deadline, pauses: &[Pause]) -> Result<Due, CalendarError> {
        self.end_of_deadline(start, deadline, pauses).map(End::due)
    }

    /// The last day on which a deadline can be kept, by announced days only. See [`Calendar::deadline_of`].
    ///
    /// # Errors
    /// As [`Calendar::last_day`].
    pub fn deadline_day(&self, start: NaiveDate, deadline: Deadline, pauses: &[Pause]) -> Result<NaiveDate, CalendarError> {
        self.certain(self.end_of_deadline(start, deadline, pauses)?)
    }

    /// How many working days lie after `first`, up to and including `last`: five working days after an event, it is 5.
    ///
    /// # Errors
    /// [`CalendarError::Backwards`] where `last` is before `first`, [`CalendarError::Unannounced`] where a day between them is.
    pub fn working_days_between(&self, first: NaiveDate, last: NaiveDate) -> Result<u32, CalendarError> {
        if last < first {
            return Err(CalendarError::Backwards { first, last });
        }
        if let Some(count) = self.0.counts.between(DayNumber::of(first), DayNumber::of(last)) {
            return Ok(count);
        }
        let mut count = 0_u32;
        let mut day = first;
        while day < last {
            day = day.succ_opt().ok_or(CalendarError::OutOfRange)?;
            count = count.saturating_add(self.is_working(day)?.into());
        }
        Ok(count)
    }

    /// As [`Calendar::last_day`].
    #[cfg(feature = "audit")]
    pub(crate) fn last_day_number(&self, start: DayNumber, period: Period, pauses: &[Pause]) -> Result<DayNumber, CalendarError> {
        let (period, counts) = (period.checked()?, &self.0.counts);
        let counted = counts.working_after(start, period.working_days()).zip(counts.calendar_after(start, period.calendar_days()));
        match counted.filter(|_| pauses.is_empty()) {
            Some((working, calendar)) => Ok(working.max(calendar)),
            None => self.last_day(start.date(), period, pauses).map(DayNumber::of),
        }
    }

    /// As [`Calendar::deadline_day`], without a pause.
    #[cfg(feature = "audit")]
    pub(crate) fn deadline_day_number(&self, start: DayNumber, deadline: Deadline) -> Result<DayNumber, CalendarError> {
        let (deadline, counts) = (deadline.checked()?, &self.0.counts);
        let working = deadline.working_days().map(|days| counts.working_after(start, days));
        let calendar = deadline.calendar_days().map(|days| counts.calendar_after(start, days));
        // Where one of both is not in the table, the walk tells which is the earlier.
        match (working, calendar) {
            (Some(Some(working)), Some(Some(calendar))) => Ok(working.min(calendar)),
            (Some(Some(one)), None) | (None, Some(Some(one))) => Ok(one),
            _ => self.deadline_day(start.date(), deadline, &[]).map(DayNumber::of),
        }
    }

    /// As [`Calendar::working_days_between`].
    #[cfg(feature = "audit")]
    pub(crate) fn working_days_between_numbers(&self, first: DayNumber, last: DayNumber) -> Result<u32, CalendarError> {
        let counted = self.0.counts.between(first, last);
        counted.map_or_else(|| self.working_days_between(first.date(), last.date()), Ok)
    }

    fn end_of_period(&self, start: NaiveDate, period: Period, pauses: &[Pause]) -> Result<End, CalendarError> {
        let period = period.checked()?;
        let pauses = sorted(pauses)?;
        let working = self.after(start, &pauses, period.working_days(), Counts::working_after, Walk::working)?;
        let calendar = self.after(start, &pauses, period.calendar_days(), Counts::calendar_after, Walk::calendar)?;
        Ok(working.later(calendar))
    }

    fn end_of_deadline(&self, start: NaiveDate, deadline: Deadline, pauses: &[Pause]) -> Result<End, CalendarError> {
        let deadline = deadline.checked()?;
        let pauses = sorted(pauses)?;
        let working = |days| self.after(start, &pauses, days, Counts::working_after, Walk::working);
        let calendar = |days| self.after(start, &pauses, days, Counts::calendar_after, Walk::calendar);
        let working = deadline.working_days().map(working).transpose()?;
        let calendar = deadline.calendar_days().map(calendar).transpose()?;
        match (working, calendar) {
            (Some(working), Some(calendar)) => Ok(working.earlier(calendar)),
            (one, other) => one.or(other).ok_or(CalendarError::NoDays),
        }
    }

    /// From the table of counts, where no pause comes between and the end is announced; else on foot.
    fn after<'a>(
        &'a self,
        start: NaiveDate,
        pauses: &'a [Pause],
        days: u32,
        counted: fn(&Counts, DayNumber, u32) -> Option<DayNumber>,
        walked: fn(Walk<'a>, u32) -> Result<End, CalendarError>,
    ) -> Result<End, CalendarError> {
        let counted = pauses.is_empty().then(|| counted(&self.0.counts, DayNumber::of(start), days)).flatten();
        counted.map_or_else(|| walked(Walk::new(self, start, pauses), days), |day| Ok(End::On { date: day.date(), guessed: None }))
    }

    fn certain(&self, end: End) -> Result<NaiveDate, CalendarError> {
        match end {
            End::On { date, guessed: None } => Ok(date),
            End::On { guessed: Some(date), .. } => Err(self.unannounced(date)),
            End::Paused { since } => Err(CalendarError::Paused { since }),
        }
    }
}

/// Where a walk ended; `guessed` is the first day it had to take for Monday-to-Friday.
#[derive(Clone, Copy)]
enum End {
    On { date: NaiveDate, guessed: Option<NaiveDate> },
    Paused { since: NaiveDate },
}

impl End {
    fn due(self) -> Due {
        match self {
            End::On { date, guessed: None } => Due::Announced(date),
            End::On { date, guessed: Some(_) } => Due::Provisional(date),
            End::Paused { since } => Due::Paused { since },
        }
    }

    /// Both must have run: a guess or an open pause in either is one in the whole.
    fn later(self, other: End) -> End {
        match (self, other) {
            (End::On { date: a, guessed: x }, End::On { date: b, guessed: y }) => {
                End::On { date: a.max(b), guessed: x.into_iter().chain(y).min() }
            }
            (paused @ End::Paused { .. }, _) | (_, paused) => paused,
        }
    }

    /// The first to end: a guess counts only if it could have ended the other sooner.
    fn earlier(self, other: End) -> End {
        match (self, other) {
            (End::On { date: a, guessed: x }, End::On { date: b, guessed: y }) => {
                let date = a.min(b);
                End::On { date, guessed: x.into_iter().chain(y).filter(|day| *day <= date).min() }
            }
            (on @ End::On { .. }, _) | (_, on) => on,
        }
    }
}

/// By first day, and checked.
fn sorted(pauses: &[Pause]) -> Result<Vec<Pause>, CalendarError> {
    if let Some((first, last)) = pauses.iter().filter_map(|pause| Some((pause.from, pause.to?))).find(|(from, to)| to < from) {
        return Err(CalendarError::Backwards { first, last });
    }
    let mut pauses = pauses.to_vec();
    pauses.sort_unstable_by_key(|pause| pause.from);
    Ok(pauses)
}

/// One count from the day of the event on. A pause is jumped over, so the longest costs no more than the shortest.
struct Walk<'a> {
    calendar: &'a Calendar,
    pauses: std::iter::Peekable<std::slice::Iter<'a, Pause>>,
    today: NaiveDate,
    guessed: Option<NaiveDate>,
}

/// An open pause was met, or there are no more dates.
enum Stop {
    Paused(NaiveDate),
    OutOfRange,
}

impl<'a> Walk<'a> {
    fn new(calendar: &'a Calendar, start: NaiveDate, pauses: &'a [Pause]) -> Walk<'a> {
        Walk { calendar, pauses: pauses.iter().peekable(), today: start, guessed: None }
    }

    fn working(mut self, days: u32) -> Result<End, CalendarError> {
        let walked = (0..days).try_for_each(|_| self.step_to_working_day());
        self.ended(walked)
    }

    fn calendar(mut self, days: u32) -> Result<End, CalendarError> {
        let mut walked = (0..days).try_for_each(|_| self.step());
        if days > 0 && walked.is_ok() && !self.is_working() {
            walked = self.step_to_working_day();
        }
        self.ended(walked)
    }

    fn ended(self, walked: Result<(), Stop>) -> Result<End, CalendarError> {
        match walked {
            Ok(()) => Ok(End::On { date: self.today, guessed: self.guessed }),
            Err(Stop::Paused(since)) => Ok(End::Paused { since }),
            Err(Stop::OutOfRange) => Err(CalendarError::OutOfRange),
        }
    }

    fn step_to_working_day(&mut self) -> Result<(), Stop> {
        loop {
            self.step()?;
            if self.is_working() {
                return Ok(());
            }
        }
    }

    /// To the next day that no pause touches.
    fn step(&mut self) -> Result<(), Stop> {
        let mut day = self.today.succ_opt().ok_or(Stop::OutOfRange)?;
        while let Some(pause) = self.pauses.next_if(|pause| pause.from <= day) {
            match pause.to {
                None => return Err(Stop::Paused(pause.from)),
                Some(last) if last >= day => day = last.succ_opt().ok_or(Stop::OutOfRange)?,
                Some(_) => {}
            }
        }
        self.today = day;
        Ok(())
    }

    fn is_working(&mut self) -> bool {
        match self.calendar.day(self.today) {
            Day::Working => true,
            Day::Off => false,
            Day::Unannounced => {
                self.guessed = self.guessed.or(Some(self.today));
                !matches!(self.today.weekday(), Weekday::Sat | Weekday::Sun)
            }
        }
    }
}
