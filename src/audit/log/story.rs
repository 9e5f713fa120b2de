//! One case of a foreign log, read as a story: first its order, then every rule on what stands of it.

use std::sync::Arc;

use chrono::NaiveDate;

use super::super::part::{Part, Sheet};
use super::super::{Bid, Bidder, Deal, Finding, Rule, Timeline};
use super::mapping::Mapping;
use super::names::Act;
use super::row::{Seen, Values};
use crate::calendar::china_date;
use crate::case::Office;
use crate::dongsha::{Dongsha, Step};
use crate::flow::{Flow, StepId};
use crate::policy::Policy;
use crate::value::Bilingual;

pub(super) const STEPS: usize = Step::ALL.len();

pub(super) struct Story<'s> {
    pub(super) name: Arc<str>,
    pub(super) rows: &'s [Seen],
    pub(super) policy: Option<Arc<Policy>>,
    pub(super) mapping: &'s Mapping,
    pub(super) office: &'s Office<Dongsha>,
    pub(super) part: &'s mut Part,
    pub(super) sheet: Sheet,
    /// For each step, the place of the row that performed it, where that performance stands.
    pub(super) done: [Option<usize>; STEPS],
}

impl<'s> Story<'s> {
    pub(super) fn new(
        name: Arc<str>,
        rows: &'s [Seen],
        policy: Option<Arc<Policy>>,
        mapping: &'s Mapping,
        office: &'s Office<Dongsha>,
        part: &'s mut Part,
    ) -> Story<'s> {
        Story { name, rows, policy, mapping, office, part, sheet: Sheet::default(), done: [None; STEPS] }
    }

    /// Judges every rule, leaves the deal, and says whether the case was over.
    pub(super) fn judge(mut self) -> bool {
        let over = self.order();
        self.people();
        self.notices();
        self.plan();
        self.vote();
        self.contract();
        self.dates();
        self.part.count(&self.sheet);
        if self.part.remembers(&self.sheet, self.rows.first().map_or(0, |row| row.line)) {
            let timeline = self.timeline();
            self.part.remember(timeline);
        }
        let deal = self.deal(over);
        self.part.deals.push(deal);
        over
    }

    /// The row that performed a step, where that performance stands.
    pub(super) fn performed(&self, step: Step) -> Option<&'s Seen> {
        self.done.get(step.index()).copied().flatten().and_then(|place| self.rows.get(place))
    }

    /// What the row that performed a step says beside who and when.
    pub(super) fn values(&self, step: Step) -> Option<&'s Values> {
        self.performed(step)?.values.as_deref()
    }

    pub(super) fn day(&self, step: Step) -> Option<NaiveDate> {
        self.performed(step)?.at.map(china_date)
    }

    /// Rows of a step from its performance on.
    pub(super) fn rows_of(&self, step: Step, act: Act) -> impl Iterator<Item = &'s Seen> + use<'s> {
        let from = self.done.get(step.index()).copied().flatten().unwrap_or(usize::MAX);
        self.rows.iter().skip(from).filter(move |row| row.step == step && row.act == act)
    }

    /// A breach at a step.
    pub(super) fn breach(&mut self, rule: Rule, step: Step, line: u64, expected: Option<Bilingual>, found: Option<Bilingual>) {
        let mut finding = Finding::new(rule, self.name.clone(), line).at(step).by(Dongsha::row(step).by);
        (finding.expected, finding.found) = (expected, found);
        finding.person = self.performed(step).and_then(|row| row.person.clone());
        self.find(finding);
    }

    pub(super) fn find(&mut self, finding: Finding) {
        self.sheet.mark(finding.rule, super::super::part::Answer::Broken);
        self.part.find(finding);
    }

    fn timeline(&self) -> Timeline {
        let day = |step: &Step| Some((u8::try_from(step.number()).ok()?, self.day(*step)?, self.left(*step).map(china_date)));
        let line = self.rows.first().map_or(0, |row| row.line);
        Timeline { case: self.name.clone(), line, steps: Step::ALL.iter().filter_map(day).collect() }
    }

    fn deal(&self, over: bool) -> Deal {
        let number = |find: fn(&Policy) -> Option<u32>| self.policy.as_deref().and_then(find);
        let rows_of = |act: Act| self.rows.iter().filter(move |row| row.act == act).filter_map(|row| row.values.as_deref());
        let last = self.rows.iter().filter_map(|row| row.at.map(|at| (china_date(at), row.line))).max_by_key(|(day, _)| *day);
        Deal {
            case: self.name.clone(),
            line: self.rows.first().map_or(0, |row| row.line),
            asset: self.rows.iter().find_map(|row| row.values.as_ref()?.asset.clone()),
            opened: self.rows.iter().filter_map(|row| row.at).min().map(china_date),
            planned: self.day(Step::PlanDraft),
            last,
            ended: over,
            terminated: self.rows.iter().any(|row| row.act == Act::Terminated),
            worth: self.worth(),
            threshold: self.policy.as_ref().and_then(|policy| policy.amount("public-trading-from")).map(|number| *number.value()),
            window: number(|policy| policy.at_most("splitting-window-days").map(|number| *number.value())),
            negotiated: self.values(Step::PlanDraft).and_then(|values| values.negotiated),
            bidders: rows_of(Act::Registered)
                .filter_map(|row| {
                    let who = row.bidder.clone()?;
                    Some(Bidder { who, account: row.account.clone(), qualified: row.qualified })
                })
                .collect(),
            bids: rows_of(Act::Bid).filter_map(|row| Some(Bid { who: row.bidder.clone()?, price: row.price? })).collect(),
            winner: [Step::ResultNotice, Step::Bidding].into_iter().find_map(|step| self.values(step)?.winner.clone()),
        }
    }
}
