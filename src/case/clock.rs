//! A case's own time. A clock set back must not stop the office, nor a clock far ahead poison the log.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{Case, Code, Faults, Next, Procedure, Reason};
use crate::calendar::china_date;
use crate::disclosure::{Channels, Posting};
use crate::flow::{Row, StepId, Target};
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

impl<P: Procedure> Case<P> {
    /// From where on everything must be done again once the clock is right: the earliest step that a clock which ran ahead
    /// let pass too early. A return that the current step's record or an upheld objection has settled goes back at least as
    /// far as it would have.
    pub(super) fn rushed(&self, now: DateTime<Utc>) -> Option<P::Step> {
        let place = self.place()?;
        let first = P::ROWS.iter().find(|row| self.was_rushed(row, now))?.step;
        match self.way_out(place.step).map(|way| way.to) {
            Some(Target::Step(back)) if back.index() < first.index() => Some(back),
            _ => Some(first),
        }
    }

    /// Left by a moment that is still to come, though its notice has a period; or done at one, though it has a lead time.
    fn was_rushed(&self, row: &Row<P::Step, P::Role>, now: DateTime<Utc>) -> bool {
        let Some(done) = self.done(row.step) else { return false };
        let left = row.posts.period.is_some() && done.left.is_some_and(|left| left > now);
        left || row.after.is_some() && done.done > now
    }

    /// Where notices are up that no longer hold when everything from a step on is void, and where those of an earlier
    /// return are still to be withdrawn.
    pub(super) fn channels_taken_back(&self, to: P::Step) -> Channels {
        let owed = self.withdrawal().map(Posting::required).unwrap_or_default();
        self.place().map_or(owed, |place| self.channels_voided(place.step, Next::Step(to)).and(owed))
    }

    /// What was recorded by a clock that ran ahead counts from the moment at which the clock was set right.
    pub(super) fn date_back(&mut self, at: DateTime<Utc>) {
        let back = |moment: &mut DateTime<Utc>| *moment = at.min(*moment);
        self.began.iter_mut().flatten().for_each(back);
        for done in self.done.iter_mut().flatten() {
            back(&mut done.done);
            done.left.iter_mut().for_each(back);
            done.posting.date_back(at);
        }
        for objection in &mut self.objections {
            back(&mut objection.filed);
            // A rise that is still to come has not happened.
            objection.rises.retain(|moment| *moment <= at);
            objection.ruled.iter_mut().for_each(|(_, moment)| back(moment));
        }
        self.withdrawal.iter_mut().for_each(|posting| posting.date_back(at));
        self.termination.iter_mut().for_each(|ended| ended.1.date_back(at));
    }
}
