//! Where it was published, for how long, and whether it stayed up.

use chrono::NaiveDate;

use super::super::Rule;
use super::field::Field;
use super::moment::Moment;
use super::row::{Row, Seen};
use super::story::Story;
use super::variant::{Place, row};
use super::words::Act;
use crate::calendar::{DayNumber, Pause, Period};
use crate::disclosure::{Channel, Channels};
use crate::dongsha::{Dongsha, Step};
use crate::flow::{Flow, StepId};
use crate::value::Bilingual;

/// The notice of a step, as far as the kinds of its rows tell.
pub(super) struct Posted {
    /// Rows from the performance on by which something went up, was taken down, or was altered.
    rows: Vec<Place>,
    /// Nothing was taken down or altered.
    only_up: bool,
    up: Channels,
    names_channels: bool,
    /// For each required channel the first row that says when it was up; the last of them.
    first: Vec<Place>,
    last: Option<Place>,
    /// The first row that says when the step was left, else when the next step was performed.
    left: Option<Place>,
    /// None of the rows stands behind that one: none came too late where no row goes back in time.
    pub(super) is_in_row: bool,
    objected: bool,
    /// It has no period, and all its channels were up: it is kept where nothing came too late.
    pub(super) is_settled: bool,
}

impl Posted {
    /// Of a step that stands, by the places of its rows from its performance on, and of the performance of the next step.
    pub(super) fn of(step: Step, rows: &[Row], places: &[Place], next: Option<Place>) -> Posted {
        let posts = &Dongsha::row(step).posts;
        let required = posts.channels;
        let of = |is: fn(&Row) -> bool| places.iter().copied().filter(move |place| row(rows, *place).is_some_and(is));
        let published: Vec<&Row> = of(publishes).filter_map(|place| row(rows, place)).collect();
        let first = |channel| {
            of(|row| publishes(row) && row.is_timed)
                .find(|place| row(rows, *place).is_some_and(|row| named(row, required).contains(channel)))
        };
        let is_timed = |place: &Place| row(rows, *place).is_some_and(|row| row.is_timed);
        let left = of(|row| row.act == Act::Left).find(is_timed).or_else(|| next.filter(is_timed));
        let only_up = of(loses).next().is_none();
        let up = published.iter().fold(Channels::default(), |up, row| up.and(named(row, required)));
        let names_channels = published.iter().any(|row| !row.channels.is_empty());
        let is_over = left.is_some() || step == Step::FilingAndArchive;
        let rows_of: Vec<Place> = of(|row| publishes(row) || loses(row)).collect();
        let first: Vec<Place> = required.iter().filter_map(first).collect();
        Posted {
            is_in_row: left.is_none_or(|left| rows_of.iter().all(|place| *place <= left)),
            rows: rows_of,
            only_up,
            up,
            names_channels,
            last: first.iter().copied().max(),
            first,
            left,
            objected: of(|row| row.act == Act::Objected).next().is_some(),
            is_settled: posts.period.is_none() && is_over && only_up && names_channels && required.without(up).is_empty(),
        }
    }

    /// Each row by which it went up, and the row that must not be before it.
    pub(super) fn in_time(&self) -> impl Iterator<Item = (Place, Place)> {
        self.left.into_iter().flat_map(|left| self.rows.iter().map(move |place| (*place, left)))
    }
}

fn publishes(row: &Row) -> bool {
    row.act == Act::Published || row.act == Act::Performed && !row.channels.is_empty()
}

fn loses(row: &Row) -> bool {
    matches!(row.act, Act::Removed | Act::Altered)
}

/// The channels that a row is about: those required, where it names none.
fn named(row: &Row, required: Channels) -> Channels {
    if row.channels.is_empty() { required } else { row.channels }
}

/// When a notice was up.
#[derive(Default)]
struct Shown {
    up: Channels,
    /// When the last of the required channels was up for good.
    since: Option<Moment>,
    /// The same, had nothing been taken down.
    first: Option<Moment>,
    /// A channel was taken down or altered, and did not come back.
    down: Option<Channel>,
    /// A channel was taken down or altered at all.
    touched: Option<u64>,
    /// At least one publication names its channel.
    names_channels: bool,
    any: bool,
}

/// When the last of these channels was up.
fn last(channels: Channels, times: &[Option<Moment>; 4]) -> Option<Moment> {
    channels.iter().filter_map(|channel| *times.get(channel as usize)?).max()
}

impl Story<'_> {
    pub(super) fn notices(&mut self) {
        let variant = self.scene.variant;
        let case = self.case;
        let is_in_time = |(place, left): &(Place, Place)| case.at(*place) <= case.at(*left);
        let all_in_time = || variant.is_in_row && !case.gist.goes_back || variant.in_time.iter().all(is_in_time);
        let settles = !self.scene.mapping.has(Field::Notice) && all_in_time();
        if settles && !variant.settled.is_empty() {
            self.sheet.keep(Rule::Channels);
        }
        let settled = variant.settled.iter().filter(|_| !settles);
        for (step, posted) in variant.posted.iter().chain(settled) {
            self.notice(*step, posted);
        }
    }

    fn notice(&mut self, step: Step, posted: &Posted) {
        let row = Dongsha::row(step);
        let left = posted.left.and_then(|place| self.case.at(place));
        let shown = self.shown(step, posted, left);
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
                self.breach(Rule::Channels, step, Some(row.posts.channels.names()), Some(shown.up.names()));
            }
        }
        if timed && shown.any {
            self.length(step, posted, &shown, left);
        }
    }

    /// When the case left a step: by its own row, else when the next step was performed.
    pub(super) fn left(&self, step: Step) -> Option<Moment> {
        let variant = self.scene.variant;
        let (_, posted) = variant.posted.iter().chain(&variant.settled).find(|(of, _)| *of == step)?;
        posted.left.and_then(|place| self.case.at(place))
    }

    fn shown(&self, step: Step, posted: &Posted, left: Option<Moment>) -> Shown {
        let late = |row: &Seen<'_>| left.is_some_and(|left| row.at.is_some_and(|at| at > left));
        let by_time = !self.case.gist.goes_back;
        let is_late = || posted.rows.iter().any(|place| self.row(*place).is_some_and(|row| late(&row)));
        let is_plain = posted.only_up && !self.scene.mapping.has(Field::Notice);
        if !is_plain || !(by_time && posted.is_in_row) && is_late() {
            return self.told(step, posted, late);
        }
        let at = |place: &Place| self.case.at(*place);
        let since = if by_time { posted.last.as_ref().and_then(at) } else { posted.first.iter().filter_map(at).max() };
        let (up, names_channels, any) = (posted.up, posted.names_channels, !posted.rows.is_empty());
        Shown { up, since, first: since, names_channels, any, ..Shown::default() }
    }

    /// Row by row.
    fn told(&self, step: Step, posted: &Posted, late: impl Fn(&Seen<'_>) -> bool) -> Shown {
        let required = Dongsha::row(step).posts.channels;
        let (mut shown, mut text) = (Shown::default(), None);
        // For each channel, since when it was up for good, and when first.
        let (mut since, mut first) = ([None; 4], [None; 4]);
        for row in posted.rows.iter().filter_map(|place| self.row(*place)).filter(|row| !late(row)) {
            let (published, named) = (publishes(&row), named(&row, required));
            shown.any |= published;
            shown.names_channels |= published && !row.channels.is_empty();
            for channel in named.iter() {
                let (Some(since), Some(first)) = (since.get_mut(channel as usize), first.get_mut(channel as usize)) else { continue };
                if loses(&row) {
                    *since = None;
                    (shown.touched, shown.down) = (Some(row.line()), Some(channel));
                } else {
                    (*since, *first) = (since.or(row.at), first.or(row.at));
                    shown.up = shown.up.and(Channels::only(channel));
                    shown.down = shown.down.filter(|down| *down != channel);
                }
            }
            let Some(now) = self.said(&row).notice().filter(|_| published) else { continue };
            if *text.get_or_insert(now) != now {
                shown.touched = Some(row.line());
                shown.down = shown.down.or(Some(named.iter().next().unwrap_or(Channel::Platform)));
            }
        }
        Shown { since: last(required, &since), first: last(required, &first), ..shown }
    }

    /// The period of a notice, from the day all channels were up to the day the case went on.
    fn length(&mut self, step: Step, posted: &Posted, shown: &Shown, left: Option<Moment>) {
        let Some(left) = left.map(Moment::china_day) else { return self.sheet.lacks(Rule::Period, Field::Time.key()) };
        let Some(first) = shown.first else { return self.sheet.lacks(Rule::Period, Field::Time.key()) };
        let stay = self.scene.measures.and_then(|measures| measures.stay(step, self.plan.worth));
        let Some((shortest, longest)) = stay else { return self.sheet.lacks(Rule::Period, "policy") };
        let first = first.china_day();
        self.count_days(step, first, left);
        let (calendar, pauses) = (&self.scene.office.calendar, if posted.objected { self.pauses(step) } else { Vec::new() });
        let ends = |since: DayNumber, period: Period| calendar.last_day_number(since, period, &pauses).ok();
        let least = ends(first, shortest);
        let most = if shortest == longest { least } else { ends(first, longest) };
        let (Some(least), Some(most)) = (least, most) else { return self.sheet.lacks(Rule::Period, "calendar") };
        if left > most {
            self.sheet.keep(Rule::Period);
        } else if left <= least {
            let expected =
                Bilingual::of(format!("{first} 起公示，{least} 期满"), format!("posted since {first}, runs to the end of {least}"));
            return self.breach(Rule::Period, step, Some(expected), Some(Bilingual::same(left)));
        } else {
            self.sheet.lacks(Rule::Period, Field::Floor.key());
        }
        self.standing(step, shown, left, |since| ends(since.china_day(), shortest));
    }

    /// Within its period a notice stays as it is; what was taken down and came back begins anew.
    fn standing(&mut self, step: Step, shown: &Shown, left: DayNumber, runs_to: impl Fn(Moment) -> Option<DayNumber>) {
        let says =
            self.scene.mapping.can_say(Act::Removed) || self.scene.mapping.can_say(Act::Altered) || self.scene.mapping.has(Field::Notice);
        let Some(line) = shown.touched else {
            return if says { self.sheet.keep(Rule::Standing) } else { self.sheet.lacks(Rule::Standing, "removed") };
        };
        let again = shown.since.filter(|_| shown.down.is_none()).and_then(runs_to);
        if again.is_some_and(|last| left > last) {
            return self.sheet.keep(Rule::Standing);
        }
        let found = shown.down.map(Channel::name);
        let expected =
            again.map(|last| Bilingual::of(format!("重新公示至 {last} 期满"), format!("posted anew, it runs to the end of {last}")));
        self.breach_at(line, Rule::Standing, step, expected, found.or(Some(Bilingual::same(left))));
    }

    /// The days on which an objection stood open do not count.
    fn pauses(&self, step: Step) -> Vec<Pause> {
        let china_date = |at: Moment| at.china_day().date();
        let answered: Vec<NaiveDate> = self.acts_of(step, Act::Answered).filter_map(|row| row.at.map(china_date)).collect();
        let objected = self.acts_of(step, Act::Objected).filter_map(|row| row.at.map(china_date));
        let pause = |(n, from): (usize, NaiveDate)| match answered.get(n) {
            Some(to) if *to >= from => Pause::between(from, *to),
            _ => Pause::open(from),
        };
        objected.enumerate().map(pause).collect()
    }

    fn count_days(&mut self, step: Step, since: DayNumber, left: DayNumber) {
        let (last, Ok(number)) = (left.before(), u8::try_from(step.number())) else { return };
        let days = if since > last { Ok(0) } else { self.scene.office.calendar.working_days_between_numbers(since, last) };
        if let Ok(days) = days {
            self.part.periods.count(number, days);
        }
    }
}
