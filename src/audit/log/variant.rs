//! A variant: cases whose rows are of the same kinds, in the same order. Where in such a case what stands, and how it went from
//! step to step, is found out once for all of them; thousands of cases are of a few variants.

use foldhash::HashMap;

use super::judge::MOST_ROWS;
use super::notices::Posted;
use super::order::Order;
use super::people::Apart;
use super::row::{CaseRows, Facts, Kind, Row};
use super::story::STEPS;
use super::words::Act;
use crate::dongsha::Step;
use crate::flow::StepId;

/// A place among the rows of a case, of which there are at most [`MOST_ROWS`].
pub(super) type Place = u16;

const _: () = assert!(MOST_ROWS < Place::MAX as usize, "every row has a place");

/// The row at a place.
pub(super) fn row(rows: &[Row], place: Place) -> Option<&Row> {
    rows.get(usize::from(place))
}

#[derive(Default)]
pub(super) struct Variant {
    /// The places of all rows, step by step; where each step begins.
    by_step: Vec<Place>,
    begins: [usize; STEPS + 1],
    pub(super) bids: Vec<Place>,
    pub(super) is_terminated: bool,
    pub(super) order: Order,
    /// Performances whose rows do not name the responsible party themselves.
    pub(super) by_others: Vec<Place>,
    /// One that does.
    pub(super) by_party: bool,
    /// Of each step that stands.
    pub(super) apart: Vec<Apart>,
    /// The rows of all of them, and of those that they are kept apart from; those of which no two may be by one person.
    pub(super) people: Vec<Place>,
    pub(super) pairs: Vec<(Place, Place)>,
    /// The table keeps somebody apart from one of them.
    pub(super) is_any_apart: bool,
    pub(super) posted: Vec<(Step, Posted)>,
    /// Those that are kept where nothing came too late, apart from the others.
    pub(super) settled: Vec<(Step, Posted)>,
    /// Of all notices that are settled, if each first row is not behind the second in time; none stands behind it.
    pub(super) in_time: Vec<(Place, Place)>,
    pub(super) is_in_row: bool,
    /// The performances of two steps, one behind the other.
    pub(super) following: Vec<(Place, Place)>,
}

impl Variant {
    fn of(rows: &[Row], order: Order) -> Variant {
        let of_step = |step: &Step| {
            let step = *step;
            (0..).zip(rows).filter(move |(_, row)| row.step == step).map(|(place, _)| place)
        };
        let places = |act: Act| (0..).zip(rows).filter(move |(_, row)| row.act == act).map(|(place, _)| place).collect::<Vec<Place>>();
        let mut variant = Variant {
            bids: places(Act::Bid),
            is_terminated: rows.iter().any(|row| row.act == Act::Terminated),
            order,
            ..Variant::default()
        };
        for (step, end) in Step::ALL.iter().zip(variant.begins.iter_mut().skip(1)) {
            variant.by_step.extend(of_step(step));
            *end = variant.by_step.len();
        }
        let performed = places(Act::Performed);
        variant.by_others = performed.iter().copied().filter(|place| !row(rows, *place).is_some_and(Row::is_by_party)).collect();
        variant.by_party = variant.by_others.len() < performed.len();
        for step in Step::ALL {
            let Some(own) = variant.done(*step) else { continue };
            variant.apart.push(Apart::of(*step, own, rows, &performed, &variant.order.done));
            let next = Step::from_index(step.index().saturating_add(1)).and_then(|next| variant.done(next));
            let posted = Posted::of(*step, rows, variant.since(*step), next);
            if posted.is_settled {
                variant.in_time.extend(posted.in_time());
                variant.settled.push((*step, posted));
            } else {
                variant.posted.push((*step, posted));
            }
            variant.following.extend(next.map(|next| (own, next)));
        }
        variant.people = distinct(variant.apart.iter().flat_map(Apart::people));
        variant.pairs = distinct(variant.apart.iter().flat_map(Apart::pairs));
        variant.is_any_apart = variant.apart.iter().any(|apart| apart.is_said);
        variant.is_in_row = variant.in_time.iter().all(|(place, left)| place <= left);
        variant
    }

    /// The row that performed a step, where that performance stands.
    pub(super) fn done(&self, step: Step) -> Option<Place> {
        self.order.done.get(step.index()).copied().flatten()
    }

    /// The places of a step's rows from its performance on; none where it does not stand.
    pub(super) fn since(&self, step: Step) -> &[Place] {
        let begin = |step: usize| self.begins.get(step).copied();
        let range = begin(step.index()).zip(begin(step.index().saturating_add(1)));
        let all = range.and_then(|(from, to)| self.by_step.get(from..to)).unwrap_or_default();
        let Some(done) = self.done(step) else { return &[] };
        all.get(all.partition_point(|place| *place < done)..).unwrap_or_default()
    }
}

fn distinct<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort_unstable();
    items.dedup();
    items
}

/// Those known are kept up to so many rows; a case of another one is looked through for itself.
const MOST_KNOWN: usize = 1 << 18;

pub(super) struct Variants {
    places: HashMap<Box<[Kind]>, usize>,
    /// The first is that of a case that was looked through for itself.
    list: Vec<Variant>,
    rows: usize,
}

impl Variants {
    pub(super) fn new() -> Variants {
        Variants { places: HashMap::default(), list: vec![Variant::default()], rows: 0 }
    }

    /// The variant of a case. `passed`: whether a vote has passed, by what its row says.
    pub(super) fn of(&mut self, case: CaseRows<'_>, complete: bool, passed: impl Fn(Facts<'_>) -> Option<bool>) -> Option<&Variant> {
        let known = self.places.get(case.kinds).copied();
        let place = known.unwrap_or_else(|| {
            let order = Order::of(case, complete, passed);
            let is_kept = !order.hangs_on_vote && self.rows.saturating_add(case.rows.len()) <= MOST_KNOWN;
            let variant = Variant::of(case.rows, order);
            if !is_kept {
                self.list.splice(..1, [variant]);
                return 0;
            }
            self.rows = self.rows.saturating_add(case.rows.len());
            self.places.insert(case.kinds.into(), self.list.len());
            self.list.push(variant);
            self.list.len().saturating_sub(1)
        });
        self.list.get(place)
    }
}
