//! One case of a foreign log, read as a story: first its order, then every rule on what stands of it.

use std::sync::Arc;

use super::super::deals::{Deal, Deals};
use super::super::names::{Name, Names};
use super::super::part::{Answer, Part, Sheet};
use super::super::{Finding, Rule, Timeline};
use super::mapping::Mapping;
use super::measures::Measures;
use super::moment::Moment;
use super::roll::Roll;
use super::row::{CaseRows, Facts, Row, Seen};
use super::terms::Plan;
use super::variant::{Place, Variant, row};
use super::words::Act;
use crate::calendar::DayNumber;
use crate::case::Office;
use crate::dongsha::{Dongsha, Step};
use crate::flow::{Flow, StepId};
use crate::value::Bilingual;

pub(super) const STEPS: usize = Step::ALL.len();

/// What a case is judged by, and what is known of all its rows.
#[derive(Clone, Copy)]
pub(super) struct Scene<'s> {
    pub(super) mapping: &'s Mapping,
    pub(super) office: &'s Office<Dongsha>,
    pub(super) names: &'s Names,
    pub(super) roll: &'s Roll,
    pub(super) measures: Option<&'s Measures>,
    pub(super) variant: &'s Variant,
}

pub(super) struct Story<'s> {
    pub(super) case: CaseRows<'s>,
    pub(super) scene: Scene<'s>,
    pub(super) part: &'s mut Part,
    deals: &'s mut Deals,
    pub(super) sheet: &'s mut Sheet,
    pub(super) plan: Plan,
}

impl<'s> Story<'s> {
    pub(super) fn new(case: CaseRows<'s>, scene: Scene<'s>, sheet: &'s mut Sheet, part: &'s mut Part, deals: &'s mut Deals) -> Story<'s> {
        Story { case, scene, part, deals, sheet, plan: Plan::default() }
    }

    /// Judges every rule, leaves the deal, and says whether the case was over.
    pub(super) fn judge(mut self) -> bool {
        self.order();
        self.plan = Plan::of(self.facts(Step::PlanDraft));
        self.people();
        self.notices();
        self.plan();
        self.vote();
        self.contract();
        self.dates();
        self.part.count(self.sheet);
        if self.part.remembers(self.sheet, self.case.gist.line) {
            let timeline = self.timeline();
            self.part.remember(timeline);
        }
        self.leave();
        self.scene.variant.order.over
    }

    pub(super) fn row(&self, place: Place) -> Option<Seen<'s>> {
        self.case.row(place)
    }

    /// The row that performed a step, where that performance stands.
    pub(super) fn performed(&self, step: Step) -> Option<Seen<'s>> {
        self.row(self.scene.variant.done(step)?)
    }

    /// What a row says beside who, what and when.
    pub(super) fn said(&self, row: &Row) -> Facts<'s> {
        self.case.said(row)
    }

    /// What the row that performed a step says; nothing where it was not performed.
    pub(super) fn facts(&self, step: Step) -> Facts<'s> {
        let row = self.scene.variant.done(step).and_then(|place| row(self.case.rows, place));
        row.map(|row| self.said(row)).unwrap_or_default()
    }

    pub(super) fn day(&self, step: Step) -> Option<DayNumber> {
        self.case.at(self.scene.variant.done(step)?).map(Moment::china_day)
    }

    /// Of the case.
    pub(super) fn name(&self) -> Arc<str> {
        self.case.name.map_or_else(|| "".into(), |name| self.text(name))
    }

    pub(super) fn text(&self, name: Name) -> Arc<str> {
        self.scene.names.text(name)
    }

    /// Rows of a step from its performance on.
    pub(super) fn rows_of(&self, step: Step) -> impl Iterator<Item = Seen<'s>> + use<'s> {
        let case = self.case;
        self.scene.variant.since(step).iter().filter_map(move |place| case.row(*place))
    }

    /// The same, of one act.
    pub(super) fn acts_of(&self, step: Step, act: Act) -> impl Iterator<Item = Seen<'s>> + use<'s> {
        self.rows_of(step).filter(move |row| row.act == act)
    }

    /// A breach at the row that performed a step.
    pub(super) fn breach(&mut self, rule: Rule, step: Step, expected: Option<Bilingual>, found: Option<Bilingual>) {
        let line = self.performed(step).map_or(0, Seen::line);
        self.breach_at(line, rule, step, expected, found);
    }

    /// A breach at a line.
    pub(super) fn breach_at(&mut self, line: u64, rule: Rule, step: Step, expected: Option<Bilingual>, found: Option<Bilingual>) {
        let mut finding = Finding::new(rule, self.name(), line).at(step).by(Dongsha::row(step).by);
        (finding.expected, finding.found) = (expected, found);
        finding.person = self.performed(step).and_then(|row| row.person).map(|name| self.text(name));
        self.find(finding);
    }

    pub(super) fn find(&mut self, finding: Finding) {
        self.sheet.mark(finding.rule, Answer::Broken);
        self.part.find(finding);
    }

    fn timeline(&self) -> Timeline {
        let left = |step: &Step| self.left(*step).map(|at| at.china_day().date());
        let day = |step: &Step| Some((u8::try_from(step.number()).ok()?, self.day(*step)?.date(), left(step)));
        Timeline { case: self.name(), line: self.case.gist.line, steps: Step::ALL.iter().filter_map(day).collect() }
    }

    /// What is kept for patterns across cases.
    fn leave(&mut self) {
        let Scene { variant, measures, .. } = self.scene;
        let deal = Deal {
            case: self.case.name,
            line: self.case.gist.line,
            asset: self.case.gist.asset,
            opened: self.case.gist.first.map(Moment::china_day),
            planned: self.day(Step::PlanDraft),
            last: self.case.gist.last.map(Moment::china_day),
            ended: variant.order.over,
            terminated: variant.is_terminated,
            negotiated: self.plan.negotiated,
            winner: [Step::ResultNotice, Step::Bidding].into_iter().find_map(|step| self.facts(step).winner()),
            ..Deal::default()
        };
        let threshold = measures.and_then(|measures| measures.threshold);
        let deal = deal.sized(self.plan.worth, threshold, measures.and_then(|measures| measures.splitting_days));
        self.deals.add(deal, self.case.bidders, self.case.bids);
    }
}
