//! The order of the steps: skipped, repeated, out of order, or lawfully gone back.

use super::super::{Finding, Rule};
use super::index::Place;
use super::story::{STEPS, Story};
use super::words::Act;
use crate::case::{Code, ReasonCode};
use crate::dongsha::{Dongsha, Step};
use crate::flow::{Flow, StepId, Target};
use crate::value::Bilingual;

impl Story<'_> {
    /// Walks through the performances, and says whether the case was over at its end.
    pub(super) fn order(&mut self) -> bool {
        // How many steps the case is through; `missing` are those that were jumped and have not come since.
        let mut through = 0_usize;
        let mut missing = [false; STEPS];
        let mut jumped_at = [0_u64; STEPS];
        let (mut terminated, mut end) = (false, None);
        for place in &self.scene.index.moves {
            let (place, Some(row)) = (*place, self.row(*place)) else { continue };
            let index = row.step.index();
            match row.act {
                Act::Terminated => (terminated, end) = (true, Some(place)),
                Act::Left if row.step == Step::FilingAndArchive && through == STEPS => end = Some(place),
                Act::Returned => {
                    self.void_from(index, &mut missing, &jumped_at);
                    through = through.min(index);
                }
                Act::Performed if index >= through => {
                    for jumped in through..index {
                        if let (Some(missing), Some(line)) = (missing.get_mut(jumped), jumped_at.get_mut(jumped)) {
                            (*missing, *line) = (true, row.line);
                        }
                    }
                    self.stands(index, place);
                    through = index.saturating_add(1);
                }
                Act::Performed if missing.get(index) == Some(&true) => {
                    missing.iter_mut().skip(index).take(1).for_each(|missing| *missing = false);
                    self.stands(index, place);
                    let after = Step::from_index(through.saturating_sub(1)).map(|step| step.name());
                    self.breach(Rule::Disordered, row.step, row.line, None, after);
                }
                Act::Performed if self.may_go_back(through, index) => {
                    self.void_from(index, &mut missing, &jumped_at);
                    self.stands(index, place);
                    through = index.saturating_add(1);
                }
                Act::Performed => self.breach(Rule::Repeated, row.step, row.line, None, None),
                _ => {}
            }
            if end.is_some() {
                break;
            }
        }
        if let Some(end) = end {
            for row in self.rows.iter().skip(usize::from(end).saturating_add(1)) {
                self.breach(Rule::Ended, row.step, row.line, None, None);
            }
        }
        self.skipped(0, &mut missing, &jumped_at);
        let over = terminated || through == STEPS || self.scene.mapping.complete();
        if self.scene.mapping.complete() && !terminated {
            let last = self.rows.last().map_or(0, |row| row.line);
            for step in Step::ALL.iter().skip(through) {
                self.breach(Rule::Skipped, *step, last, None, None);
            }
        }
        self.sheet.keep(Rule::Ended);
        if through >= 1 {
            self.sheet.keep(Rule::Repeated);
        }
        if through >= 2 {
            self.sheet.keep(Rule::Skipped);
            self.sheet.keep(Rule::Disordered);
        }
        over
    }

    fn stands(&mut self, index: usize, place: Place) {
        if let Some(done) = self.done.get_mut(index) {
            *done = Some(place);
        }
    }

    /// The table has a way back from the step that stands last to this one, and its record does not say otherwise.
    fn may_go_back(&self, through: usize, index: usize) -> bool {
        let Some(from) = through.checked_sub(1).and_then(Step::from_index) else { return false };
        let leads = |to: Target<Step>| matches!(to, Target::Step(to) if to.index() == index);
        let way = Dongsha::row(from).outcomes.iter().skip(1).any(|outcome| leads(outcome.to));
        // A vote that passed does not go back.
        way && !(from == Step::MemberVote && self.vote_passed() == Some(true))
    }

    fn void_from(&mut self, index: usize, missing: &mut [bool; STEPS], jumped_at: &[u64; STEPS]) {
        self.skipped(index, missing, jumped_at);
        self.done.iter_mut().skip(index).for_each(|done| *done = None);
    }

    fn skipped(&mut self, from: usize, missing: &mut [bool; STEPS], jumped_at: &[u64; STEPS]) {
        for (index, missing) in missing.iter_mut().enumerate().skip(from) {
            let (true, Some(step)) = (std::mem::take(missing), Step::from_index(index)) else { continue };
            let line = jumped_at.get(index).copied().unwrap_or(0);
            let mut finding = Finding::new(Rule::Skipped, self.name.clone(), line).at(step).by(Dongsha::row(step).by);
            finding.code = Code::StepMissing.code().into();
            let before = self.rows.iter().find(|row| row.line == line);
            finding.person = before.and_then(|row| row.person).map(|name| self.text(name));
            finding.found = before.map(|row| {
                let name = row.step.name();
                Bilingual::of(format!("已进入“{}”", name.zh), format!("went on to {}", name.en))
            });
            self.find(finding);
        }
    }
}
