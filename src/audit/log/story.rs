//! One case of a foreign log, read as a story: first its order, then every rule on what stands of it.

use std::sync::Arc;

use chrono::NaiveDate;

use super::super::deals::{Bid, Bidder, Deal, Deals};
use super::super::names::{Name, Names};
use super::super::part::{Answer, Part, Sheet};
use super::super::{Finding, Rule, Timeline};
use super::index::{Index, Place};
use super::mapping::Mapping;
use super::measures::Measures;
use super::moment::Moment;
use super::roll::Roll;
use super::row::{CaseRows, Fact, Facts, Row};
use super::words::Act;
use crate::case::Office;
use crate::dongsha::{Dongsha, Step};
use crate::flow::{Flow, StepId};
use crate::value::{Bilingual, Money};

pub(super) const STEPS: usize = Step::ALL.len();

/// What a case is judged by, and what is known of all its rows.
#[derive(Clone, Copy)]
pub(super) struct Scene<'s> {
    pub(super) mapping: &'s Mapping,
    pub(super) office: &'s Office<Dongsha>,
    pub(super) names: &'s Names,
    pub(super) roll: &'s Roll,
    pub(super) measures: Option<&'s Measures>,
    pub(super) index: &'s Index,
}

pub(super) struct Story<'s> {
    pub(super) name: Arc<str>,
    pub(super) rows: &'s [Row],
    pub(super) facts: &'s [Fact],
    pub(super) scene: Scene<'s>,
    pub(super) part: &'s mut Part,
    deals: &'s mut Deals,
    pub(super) sheet: Sheet,
    /// For each step, the place of the row that performed it, where that performance stands.
    pub(super) done: [Option<Place>; STEPS],
    /// What the whole deal is worth at the floor.
    pub(super) worth: Option<Money>,
}

impl<'s> Story<'s> {
    pub(super) fn new(case: CaseRows<'s>, scene: Scene<'s>, part: &'s mut Part, deals: &'s mut Deals) -> Story<'s> {
        let CaseRows { name, rows, facts } = case;
        Story { name: name.clone(), rows, facts, scene, part, deals, sheet: Sheet::default(), done: [None; STEPS], worth: None }
    }

    /// Judges every rule, leaves the deal, and says whether the case was over.
    pub(super) fn judge(mut self) -> bool {
        let over = self.order();
        self.worth = self.worth_at_floor();
        self.people();
        self.notices();
        self.plan();
        self.vote();
        self.contract();
        self.dates();
        self.part.count(&self.sheet);
        if self.part.remembers(&self.sheet, self.line()) {
            let timeline = self.timeline();
            self.part.remember(timeline);
        }
        self.leave(over);
        over
    }

    pub(super) fn row(&self, place: Place) -> Option<&'s Row> {
        self.rows.get(usize::from(place))
    }

    /// Where the case begins.
    fn line(&self) -> u64 {
        self.rows.first().map_or(0, |row| row.line)
    }

    /// The row that performed a step, where that performance stands.
    pub(super) fn performed(&self, step: Step) -> Option<&'s Row> {
        self.row(self.done.get(step.index()).copied().flatten()?)
    }

    /// What a row says beside who, what and when.
    pub(super) fn said(&self, row: &Row) -> Facts<'s> {
        row.facts.of(self.facts)
    }

    /// What the row that performed a step says; nothing where it was not performed.
    pub(super) fn facts(&self, step: Step) -> Facts<'s> {
        self.performed(step).map(|row| self.said(row)).unwrap_or_default()
    }

    pub(super) fn day(&self, step: Step) -> Option<NaiveDate> {
        self.performed(step)?.at.map(Moment::china_date)
    }

    pub(super) fn text(&self, name: Name) -> Arc<str> {
        self.scene.names.text(name)
    }

    /// Rows of a step from its performance on.
    pub(super) fn rows_of(&self, step: Step) -> impl Iterator<Item = &'s Row> + use<'s> {
        let from = self.done.get(step.index()).copied().flatten().unwrap_or(Place::MAX);
        let (rows, places) = (self.rows, self.scene.index.of(step));
        places.iter().filter(move |place| **place >= from).filter_map(|place| rows.get(usize::from(*place)))
    }

    /// The same, of one act.
    pub(super) fn acts_of(&self, step: Step, act: Act) -> impl Iterator<Item = &'s Row> + use<'s> {
        self.rows_of(step).filter(move |row| row.act == act)
    }

    /// A breach at a step.
    pub(super) fn breach(&mut self, rule: Rule, step: Step, line: u64, expected: Option<Bilingual>, found: Option<Bilingual>) {
        let mut finding = Finding::new(rule, self.name.clone(), line).at(step).by(Dongsha::row(step).by);
        (finding.expected, finding.found) = (expected, found);
        finding.person = self.performed(step).and_then(|row| row.person).map(|name| self.text(name));
        self.find(finding);
    }

    pub(super) fn find(&mut self, finding: Finding) {
        self.sheet.mark(finding.rule, Answer::Broken);
        self.part.find(finding);
    }

    fn timeline(&self) -> Timeline {
        let day = |step: &Step| Some((u8::try_from(step.number()).ok()?, self.day(*step)?, self.left(*step).map(Moment::china_date)));
        Timeline { case: self.name.clone(), line: self.line(), steps: Step::ALL.iter().filter_map(day).collect() }
    }

    /// What is kept for patterns across cases.
    fn leave(&mut self, over: bool) {
        let Scene { index, measures, .. } = self.scene;
        let deal = Deal {
            case: self.name.clone(),
            line: self.line(),
            asset: index.asset,
            opened: index.first.map(Moment::china_date),
            planned: self.day(Step::PlanDraft),
            last: index.last.map(Moment::china_date),
            ended: over,
            terminated: index.is_terminated,
            worth: self.worth,
            threshold: measures.and_then(|measures| measures.threshold),
            window: measures.and_then(|measures| measures.splitting_days),
            negotiated: self.facts(Step::PlanDraft).negotiated(),
            winner: [Step::ResultNotice, Step::Bidding].into_iter().find_map(|step| self.facts(step).winner()),
            ..Deal::default()
        };
        let (rows, facts) = (self.rows, self.facts);
        let said = |place: &Place| rows.get(usize::from(*place)).map(|row| row.facts.of(facts));
        let bidder = |said: Facts<'_>| Some(Bidder { who: said.bidder()?, account: said.account(), qualified: said.qualified() });
        let bid = |said: Facts<'_>| Some(Bid { who: said.bidder()?, price: said.price()? });
        let bidders = index.registered.iter().filter_map(said).filter_map(bidder);
        self.deals.add(deal, bidders, index.bids.iter().filter_map(said).filter_map(bid));
    }
}
