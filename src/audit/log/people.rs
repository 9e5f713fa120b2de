//! Who did it: the responsible party, no conflicting duties, no kin.

use super::super::names::Name;
use super::super::{Finding, Rule};
use super::field::Field;
use super::row::Row;
use super::story::Story;
use crate::dongsha::{Dongsha, Role, Step};
use crate::flow::{Apart, Flow, RoleId, StepId};
use crate::value::Bilingual;

/// What keeps somebody apart from a step.
#[derive(Clone, Copy)]
enum Duty {
    Step(Step),
    Role(Role),
    Bidder,
}

impl Duty {
    fn name(self) -> Bilingual {
        match self {
            Duty::Step(step) => step.name(),
            Duty::Role(role) => role.name(),
            Duty::Bidder => Bilingual::new("竞投人", "bidder"),
        }
    }
}

impl Story<'_> {
    pub(super) fn people(&mut self) {
        for place in &self.scene.index.performed {
            if let Some(row) = self.row(*place) {
                self.party(row);
            }
        }
        for step in Step::ALL {
            self.apart(*step);
        }
    }

    /// By the role that the row names, else by what the mapping says of the person.
    fn party(&mut self, row: &Row) {
        let by = Dongsha::row(row.step).by;
        let held = row.person.map(|who| self.scene.roll.roles(who)).unwrap_or_default();
        let right = match (row.role, held) {
            (Some(role), _) => role == by,
            (None, []) => return self.sheet.lacks(Rule::Party, Field::Role.key()),
            (None, held) => held.contains(&by),
        };
        if right {
            return self.sheet.keep(Rule::Party);
        }
        let person = row.person.map(|who| self.text(who));
        let mut finding = Finding::new(Rule::Party, self.name.clone(), row.line).at(row.step).by(by).expected(by.name());
        finding.found = row.role.map(RoleId::name).or_else(|| person.as_ref().map(Bilingual::same));
        finding.person = person;
        self.find(finding);
    }

    /// The person of a step and all whom its row keeps apart from them; whoever performed a step does not bid.
    fn apart(&mut self, step: Step) {
        let Some(row) = self.performed(step) else { return };
        if Dongsha::row(step).apart.is_empty() && self.scene.index.bidders.is_empty() {
            return;
        }
        let Some(who) = row.person else {
            self.sheet.lacks(Rule::Duties, Field::Person.key());
            return self.sheet.lacks(Rule::Kin, Field::Person.key());
        };
        self.sheet.keep(Rule::Duties);
        if self.scene.mapping.knows_kin() {
            self.sheet.keep(Rule::Kin)
        } else {
            self.sheet.lacks(Rule::Kin, "kin")
        }
        // One finding for each person, not for each of their duties.
        if let Some((_, duty)) = self.other(step, |other| other == who) {
            let (who, duty) = (self.text(who), duty.name());
            let found = Bilingual::of(format!("{who}：{}", duty.zh), format!("{who}: {}", duty.en));
            return self.breach(Rule::Duties, step, row.line, None, Some(found));
        }
        let kin = self.scene.roll.kin(who);
        if kin.is_empty() {
            return;
        }
        if let Some((other, duty)) = self.other(step, |other| kin.contains(&other)) {
            let (who, other, duty) = (self.text(who), self.text(other), duty.name());
            let found = Bilingual::of(format!("{who}、{other}（{}）", duty.zh), format!("{who}, {other} ({})", duty.en));
            self.breach(Rule::Kin, step, row.line, None, Some(found));
        }
    }

    /// One of those who are to be kept apart from a step: of its row, and all bidders.
    fn other(&self, step: Step, is: impl Fn(Name) -> bool) -> Option<(Name, Duty)> {
        for apart in Dongsha::row(step).apart {
            let found = match apart {
                Apart::Step(other) => self.performed(*other).and_then(|row| row.person).filter(|who| is(*who)),
                Apart::Role(role) => self.in_role(*role, &is),
                Apart::Bidder => None,
            };
            let duty = match apart {
                Apart::Step(step) => Duty::Step(*step),
                Apart::Role(role) => Duty::Role(*role),
                Apart::Bidder => Duty::Bidder,
            };
            if let Some(who) = found {
                return Some((who, duty));
            }
        }
        self.scene.index.bidders.iter().copied().find(|who| is(*who)).map(|who| (who, Duty::Bidder))
    }

    /// One of those whom the case shows in a role.
    fn in_role(&self, role: Role, is: impl Fn(Name) -> bool) -> Option<Name> {
        let performed = self.scene.index.performed.iter().filter_map(|place| self.row(*place));
        let acts_as = |row: &&Row| Dongsha::row(row.step).by == role && row.role.is_none_or(|own| own == role);
        performed.filter(acts_as).filter_map(|row| row.person).find(|who| is(*who))
    }
}
