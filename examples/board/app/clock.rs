//! The board's clock: the real one, or one that started somewhere else, for sample data.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// Runs as fast as the real clock, so many milliseconds beside it.
pub(crate) struct Clock(AtomicI64);

impl Clock {
    pub(crate) fn real() -> Clock {
        Clock(AtomicI64::new(0))
    }

    pub(crate) fn starting_at(moment: DateTime<Utc>) -> Clock {
        Clock(AtomicI64::new(moment.signed_duration_since(Utc::now()).num_milliseconds()))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        // Records keep milliseconds.
        let now = Utc::now().trunc_subsecs(3);
        now.checked_add_signed(TimeDelta::milliseconds(self.0.load(Ordering::Relaxed))).unwrap_or(now)
    }

    /// Lets so much time pass at once: only tests can wait for weeks.
    #[cfg(test)]
    pub(crate) fn forward(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }

    /// Whether it shows the real time.
    pub(crate) fn is_real(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}
