//! The order of the steps: skipped, repeated, out of order, or lawfully gone back.

use super::super::{Finding, Rule};
use super::row::{CaseRows, Facts, Row};
use super::story::{STEPS, Story};
use super::variant::{Place, row};
use super::words::Act;
use crate::case::{Code, ReasonCode};
use crate::dongsha::{Dongsha, Step};
use crate::flow::{Flow, StepId, Target};
use crate::value::Bilingual;

/// How the cases of a variant went from step to step.
#[derive(Default)]
pub(super) struct Order {
    /// For each step, the place of the row that performed it, where that performance stands.
    pub(super) done: [Option<Place>; STEPS],
    /// The case was over at its end.
    pub(super) over: bool,
    /// It hangs on what a vote says, and not on the kinds of its rows alone.
    pub(super) hangs_on_vote: bool,
    kept: Vec<Rule>,
    breaches: Vec<Breach>,
}

struct Breach {
    rule: Rule,
    step: Step,
    /// The row that shows it.
    at: Place,
    /// The row that says who did it.
    by: Option<Place>,
    found: Found,
}

#[derive(Clone, Copy)]
enum Found {
    Nothing,
    /// It came after this step.
    After(Step),
    /// The case went on to the step of the row that shows it.
    WentOn,
}

/// On the way through the rows.
struct Walk<'w> {
    rows: &'w [Row],
    order: Order,
    /// How many steps the case is through.
    through: usize,
    /// Steps that were jumped and have not come since: by which row.
    missing: [Option<Place>; STEPS],
}

impl Order {
    /// Walks through the performances. `passed`: whether a vote has passed, by what its row says.
    pub(super) fn of(case: CaseRows<'_>, complete: bool, passed: impl Fn(Facts<'_>) -> Option<bool>) -> Order {
        let mut walk = Walk { rows: case.rows, order: Order::default(), through: 0, missing: [None; STEPS] };
        let (mut terminated, mut end) = (false, None);
        for (place, row) in (0..).zip(case.rows) {
            let index = row.step.index();
            match row.act {
                Act::Terminated => (terminated, end) = (true, Some(place)),
                Act::Left if row.step == Step::FilingAndArchive && walk.through == STEPS => end = Some(place),
                Act::Returned => {
                    walk.void_from(index);
                    walk.through = walk.through.min(index);
                }
                Act::Performed if index >= walk.through => {
                    walk.missing.iter_mut().take(index).skip(walk.through).for_each(|missing| *missing = Some(place));
                    walk.stands(index, place);
                    walk.through = index.saturating_add(1);
                }
                Act::Performed if walk.missing.get(index).is_some_and(Option::is_some) => {
                    walk.missing.iter_mut().skip(index).take(1).for_each(|missing| *missing = None);
                    walk.stands(index, place);
                    let after = Step::from_index(walk.through.saturating_sub(1));
                    walk.breach(Rule::Disordered, row.step, place, after.map_or(Found::Nothing, Found::After));
                }
                Act::Performed if walk.may_go_back(index, |vote| passed(vote.facts.of(case.facts))) => {
                    walk.void_from(index);
                    walk.stands(index, place);
                    walk.through = index.saturating_add(1);
                }
                Act::Performed => walk.breach(Rule::Repeated, row.step, place, Found::Nothing),
                _ => {}
            }
            if end.is_some() {
                break;
            }
        }
        for (place, row) in (0..).zip(case.rows).skip(end.map_or(case.rows.len(), |end| usize::from(end).saturating_add(1))) {
            walk.breach(Rule::Ended, row.step, place, Found::Nothing);
        }
        walk.skipped(0);
        if complete && !terminated {
            let last = Place::try_from(case.rows.len().saturating_sub(1)).unwrap_or(Place::MAX);
            for step in Step::ALL.iter().skip(walk.through) {
                walk.breach(Rule::Skipped, *step, last, Found::Nothing);
            }
        }
        let kept = [(0, Rule::Ended), (1, Rule::Repeated), (2, Rule::Skipped), (2, Rule::Disordered)];
        let kept = kept.into_iter().filter(|(from, _)| walk.through >= *from).map(|(_, rule)| rule).collect();
        Order { over: terminated || walk.through == STEPS || complete, kept, ..walk.order }
    }
}

impl Walk<'_> {
    fn stands(&mut self, index: usize, place: Place) {
        self.order.done.iter_mut().skip(index).take(1).for_each(|done| *done = Some(place));
    }

    fn breach(&mut self, rule: Rule, step: Step, at: Place, found: Found) {
        let by = self.order.done.get(step.index()).copied().flatten();
        self.order.breaches.push(Breach { rule, step, at, by, found });
    }

    /// The table has a way back from the step that stands last to this one, and its record does not say otherwise.
    fn may_go_back(&mut self, index: usize, passed: impl Fn(&Row) -> Option<bool>) -> bool {
        let Some(from) = self.through.checked_sub(1).and_then(Step::from_index) else { return false };
        let leads = |to: Target<Step>| matches!(to, Target::Step(to) if to.index() == index);
        let way = Dongsha::row(from).outcomes.iter().skip(1).any(|outcome| leads(outcome.to));
        if !way || from != Step::MemberVote {
            return way;
        }
        // A vote that passed does not go back.
        self.order.hangs_on_vote = true;
        let vote = self.order.done.get(from.index()).copied().flatten().and_then(|place| row(self.rows, place));
        vote.and_then(passed) != Some(true)
    }

    fn void_from(&mut self, index: usize) {
        self.skipped(index);
        self.order.done.iter_mut().skip(index).for_each(|done| *done = None);
    }

    fn skipped(&mut self, from: usize) {
        for (step, missing) in Step::ALL.iter().zip(&mut self.missing).skip(from) {
            if let Some(at) = missing.take() {
                self.order.breaches.push(Breach { rule: Rule::Skipped, step: *step, at, by: Some(at), found: Found::WentOn });
            }
        }
    }
}

impl Story<'_> {
    /// Says what the order of the variant breaks.
    pub(super) fn order(&mut self) {
        let order = &self.scene.variant.order;
        order.kept.iter().for_each(|rule| self.sheet.keep(*rule));
        for breach in &order.breaches {
            let (Some(row), step) = (self.row(breach.at), breach.step) else { continue };
            let mut finding = Finding::new(breach.rule, self.name(), row.line()).at(step).by(Dongsha::row(step).by);
            finding.person = breach.by.and_then(|place| self.row(place)?.person).map(|name| self.text(name));
            match breach.found {
                Found::Nothing => {}
                Found::After(step) => finding.found = Some(step.name()),
                Found::WentOn => {
                    finding.code = Code::StepMissing.code().into();
                    let name = row.step.name();
                    finding.found = Some(Bilingual::of(format!("已进入“{}”", name.zh), format!("went on to {}", name.en)));
                }
            }
            self.find(finding);
        }
    }
}
