//! Where it was published, for how long, and whether it stayed up.

use chrono::NaiveDate;

use super::super::Rule;
use super::field::Field;
use super::moment::Moment;
use super::story::Story;
use super::words::Act;
use crate::calendar::{Pause, Period};
use crate::disclosure::{Channel, Channels};
use crate::dongsha::{Dongsha, Step};
use crate::flow::{Flow, StepId};
use crate::value::Bilingual;

/// When the channels of a notice were up, by its rows.
#[derive(Default)]
struct Shown {
    up: Channels,
    /// For each channel, since when it was up for good.
    since: [Option<Moment>; 4],
    /// The same, had nothing been taken down.
    first: [Option<Moment>; 4],
    /// A channel was taken down or altered, and did not come back.
    down: Option<Channel>,
    /// A channel was taken down or altered at all.
    touched: Option<u64>,
    /// At least one publication names its channel.
    names_channels: bool,
    any: bool,
}

impl Shown {
    fn goes_up(&mut self, channel: Channel, at: Option<Moment>) {
        if let (Some(since), Some(first)) = (self.since.get_mut(channel as usize), self.first.get_mut(channel as usize)) {
            *since = since.or(at);
            *first = first.or(at);
        }
        self.up = self.up.and(Channels::only(channel));
        self.down = self.down.filter(|down| *down != channel);
    }

    fn goes_down(&mut self, channel: Channel, line: u64) {
        if let Some(since) = self.since.get_mut(channel as usize) {
            *since = None;
        }
        (self.touched, self.down) = (Some(line), Some(channel));
    }
}

/// When the last of these channels was up.
fn last(channels: Channels, times: &[Option<Moment>; 4]) -> Option<Moment> {
    let mut last = None;
    for (channel, at) in Channel::ALL.into_iter().zip(times) {
        if channels.contains(channel) {
            last = last.max(*at);
        }
    }
    last
}

impl Story<'_> {
    pub(super) fn notices(&mut self) {
        for step in Step::ALL {
            if self.performed(*step).is_some() {
                self.notice(*step);
            }
        }
    }

    fn notice(&mut self, step: Step) {
        let row = Dongsha::row(step);
        let left = self.left(step);
        let shown = self.shown(step, left);
        let line = self.performed(step).map_or(0, |row| row.line);
        let says = self.scene.mapping.has(Field::Channel) || self.scene.mapping.can_say(Act::Published);
        let timed = row.posts.period.is_some();
        if !shown.any && !says {
            self.sheet.lacks(Rule::Channels, Field::Channel.key());
            if timed {
                self.sheet.lacks(Rule::Period, "published");
                self.sheet.lacks(Rule::Standing, "published");
            }
            return;
        }
        // At the end of the file the notice may still be on its way.
        if left.is_none() && !self.scene.mapping.complete() && step != Step::FilingAndArchive {
            return;
        }
        if shown.any && !shown.names_channels {
            self.sheet.lacks(Rule::Channels, Field::Channel.key());
        } else {
            let missing = row.posts.channels.without(shown.up);
            if missing.is_empty() {
                self.sheet.keep(Rule::Channels);
            } else if shown.any || left.is_some() || self.scene.mapping.complete() {
                self.breach(Rule::Channels, step, line, Some(row.posts.channels.names()), Some(shown.up.names()));
            }
        }
        if timed && shown.any {
            self.length(step, &shown, left, line);
        }
    }

    /// When the case left a step: by its own row, else when the next step was performed.
    pub(super) fn left(&self, step: Step) -> Option<Moment> {
        let own = self.acts_of(step, Act::Left).find_map(|row| row.at);
        own.or_else(|| Step::from_index(step.index().saturating_add(1)).and_then(|next| self.performed(next)?.at))
    }

    fn shown(&self, step: Step, left: Option<Moment>) -> Shown {
        let required = Dongsha::row(step).posts.channels;
        let (mut shown, mut text) = (Shown::default(), None);
        for row in self.rows_of(step) {
            let published = row.act == Act::Published || row.act == Act::Performed && !row.channels.is_empty();
            let lost = matches!(row.act, Act::Removed | Act::Altered);
            let late = left.is_some_and(|left| row.at.is_some_and(|at| at > left));
            if !(published || lost) || late {
                continue;
            }
            shown.any |= published;
            shown.names_channels |= published && !row.channels.is_empty();
            let named = if row.channels.is_empty() { required } else { row.channels };
            for channel in named.iter() {
                if lost { shown.goes_down(channel, row.line) } else { shown.goes_up(channel, row.at) }
            }
            let Some(now) = self.said(row).notice().filter(|_| published) else { continue };
            if *text.get_or_insert(now) != now {
                shown.touched = Some(row.line);
                shown.down = shown.down.or(Some(named.iter().next().unwrap_or(Channel::Platform)));
            }
        }
        shown
    }

    /// The period of a notice, from the day all channels were up to the day the case went on.
    fn length(&mut self, step: Step, shown: &Shown, left: Option<Moment>, line: u64) {
        let Some(left) = left.map(Moment::china_date) else { return self.sheet.lacks(Rule::Period, Field::Time.key()) };
        let required = Dongsha::row(step).posts.channels;
        let Some(first) = last(required, &shown.first) else { return self.sheet.lacks(Rule::Period, Field::Time.key()) };
        let stay = self.scene.measures.and_then(|measures| measures.stay(step, self.worth));
        let Some((shortest, longest)) = stay else { return self.sheet.lacks(Rule::Period, "policy") };
        let first = first.china_date();
        self.count_days(step, first, left);
        let (calendar, pauses) = (&self.scene.office.calendar, self.pauses(step));
        let ends = |since: NaiveDate, period: Period| calendar.last_day(since, period, &pauses);
        let least = ends(first, shortest);
        let most = if shortest == longest { least.clone() } else { ends(first, longest) };
        let (Ok(least), Ok(most)) = (least, most) else { return self.sheet.lacks(Rule::Period, "calendar") };
        if left > most {
            self.sheet.keep(Rule::Period);
        } else if left <= least {
            let expected =
                Bilingual::of(format!("{first} 起公示，{least} 期满"), format!("posted since {first}, runs to the end of {least}"));
            return self.breach(Rule::Period, step, line, Some(expected), Some(Bilingual::same(left)));
        } else {
            self.sheet.lacks(Rule::Period, Field::Floor.key());
        }
        self.standing(step, shown, left, |since| ends(since.china_date(), shortest).ok());
    }

    /// Within its period a notice stays as it is; what was taken down and came back begins anew.
    fn standing(&mut self, step: Step, shown: &Shown, left: NaiveDate, runs_to: impl Fn(Moment) -> Option<NaiveDate>) {
        let says =
            self.scene.mapping.can_say(Act::Removed) || self.scene.mapping.can_say(Act::Altered) || self.scene.mapping.has(Field::Notice);
        let Some(line) = shown.touched else {
            return if says { self.sheet.keep(Rule::Standing) } else { self.sheet.lacks(Rule::Standing, "removed") };
        };
        let since = last(Dongsha::row(step).posts.channels, &shown.since);
        let again = since.filter(|_| shown.down.is_none()).and_then(runs_to);
        if again.is_some_and(|last| left > last) {
            return self.sheet.keep(Rule::Standing);
        }
        let found = shown.down.map(Channel::name);
        let expected =
            again.map(|last| Bilingual::of(format!("重新公示至 {last} 期满"), format!("posted anew, it runs to the end of {last}")));
        self.breach(Rule::Standing, step, line, expected, found.or(Some(Bilingual::same(left))));
    }

    /// The days on which an objection stood open do not count.
    fn pauses(&self, step: Step) -> Vec<Pause> {
        let answered: Vec<NaiveDate> = self.acts_of(step, Act::Answered).filter_map(|row| row.at.map(Moment::china_date)).collect();
        let objected = self.acts_of(step, Act::Objected).filter_map(|row| row.at.map(Moment::china_date));
        let pause = |(n, from): (usize, NaiveDate)| match answered.get(n) {
            Some(to) if *to >= from => Pause::between(from, *to),
            _ => Pause::open(from),
        };
        objected.enumerate().map(pause).collect()
    }

    fn count_days(&mut self, step: Step, since: NaiveDate, left: NaiveDate) {
        let (Some(last), Ok(number)) = (left.pred_opt(), u8::try_from(step.number())) else { return };
        let days = if since > last { Ok(0) } else { self.scene.office.calendar.working_days_between(since, last) };
        if let Ok(days) = days {
            let count = self.part.periods.entry((number, days)).or_default();
            *count = count.saturating_add(1);
        }
    }
}
