//! Who did it: the responsible party, no conflicting duties, no kin.

use std::sync::Arc;

use super::super::Rule;
use super::field::Field;
use super::names::Act;
use super::row::Seen;
use super::story::Story;
use crate::dongsha::{Dongsha, Role, Step};
use crate::flow::{Apart, Flow, RoleId, StepId};
use crate::value::Bilingual;

impl Story<'_> {
    pub(super) fn people(&mut self) {
        for place in 0..self.rows.len() {
            if let Some(row) = self.rows.get(place).filter(|row| row.act == Act::Performed) {
                self.party(row);
            }
        }
        for step in Step::ALL {
            self.apart(*step);
        }
    }

    /// By the role that the row names, else by what the mapping says of the person.
    fn party(&mut self, row: &Seen) {
        let by = Dongsha::row(row.step).by;
        let held = row.person.as_deref().map(|who| self.mapping.held_by(who)).unwrap_or_default();
        let right = match (row.role, held) {
            (Some(role), _) => role == by,
            (None, []) => return self.sheet.lacks(Rule::Party, Field::Role.key()),
            (None, held) => held.contains(&by),
        };
        if right {
            return self.sheet.keep(Rule::Party);
        }
        let found = row.role.map(RoleId::name).or_else(|| row.person.as_ref().map(Bilingual::same));
        let mut finding = super::super::Finding::new(Rule::Party, self.name.clone(), row.line).at(row.step).by(by).expected(by.name());
        (finding.found, finding.person) = (found, row.person.clone());
        self.find(finding);
    }

    /// The person of a step and all whom its row keeps apart from them; whoever performed a step does not bid.
    fn apart(&mut self, step: Step) {
        let Some(row) = self.performed(step) else { return };
        let apart = Dongsha::row(step).apart;
        let bidders = self.bidders();
        if apart.is_empty() && bidders.is_empty() {
            return;
        }
        let Some(who) = row.person.clone() else {
            self.sheet.lacks(Rule::Duties, Field::Person.key());
            return self.sheet.lacks(Rule::Kin, Field::Person.key());
        };
        let mut others: Vec<(Arc<str>, Bilingual)> = Vec::new();
        for one in apart {
            match one {
                Apart::Step(other) => others.extend(self.performed(*other).and_then(|row| Some((row.person.clone()?, other.name())))),
                Apart::Role(role) => others.extend(self.in_role(*role).into_iter().map(|who| (who, role.name()))),
                Apart::Bidder => {}
            }
        }
        others.extend(bidders.into_iter().map(|who| (who, Bilingual::new("竞投人", "bidder"))));
        self.sheet.keep(Rule::Duties);
        if self.mapping.knows_kin() {
            self.sheet.keep(Rule::Kin)
        } else {
            self.sheet.lacks(Rule::Kin, "kin")
        }
        // One finding for each person, not for each of their duties.
        if let Some((_, duty)) = others.iter().find(|(other, _)| *other == who) {
            self.breach(
                Rule::Duties,
                step,
                row.line,
                None,
                Some(Bilingual::of(format!("{who}：{}", duty.zh), format!("{who}: {}", duty.en))),
            );
        } else if let Some((other, duty)) = others.iter().find(|(other, _)| self.mapping.are_kin(&who, other)) {
            let found = Bilingual::of(format!("{who}、{other}（{}）", duty.zh), format!("{who}, {other} ({})", duty.en));
            self.breach(Rule::Kin, step, row.line, None, Some(found));
        }
    }

    fn bidders(&self) -> Vec<Arc<str>> {
        let rows = self.rows.iter().filter(|row| row.act == Act::Registered);
        rows.filter_map(|row| row.values.as_ref()?.bidder.clone()).collect()
    }

    /// Everyone whom the case or the mapping shows in a role.
    fn in_role(&self, role: Role) -> Vec<Arc<str>> {
        let acts_as =
            |row: &&Seen| row.act == Act::Performed && Dongsha::row(row.step).by == role && row.role.is_none_or(|own| own == role);
        self.rows.iter().filter(acts_as).filter_map(|row| row.person.clone()).collect()
    }
}
