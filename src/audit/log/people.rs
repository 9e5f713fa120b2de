//! Who did it: the responsible party, no conflicting duties, no kin.

use super::super::names::Name;
use super::super::{Finding, Rule};
use super::field::Field;
use super::row::{Row, Seen};
use super::story::{Scene, Story};
use super::variant::{Place, row};
use crate::dongsha::{Dongsha, Role, Step};
use crate::flow::{self, Flow, RoleId, StepId};
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

/// Whom the rows of a variant keep apart from the person of a step; whoever performed a step does not bid.
pub(super) struct Apart {
    step: Step,
    pub(super) own: Place,
    others: Vec<(Place, Duty)>,
    /// The table keeps somebody apart from it.
    pub(super) is_said: bool,
}

impl Apart {
    /// Of a step that stands.
    pub(super) fn of(step: Step, own: Place, rows: &[Row], performed: &[Place], done: &[Option<Place>]) -> Apart {
        let acts_as = |place: &Place, role: Role| {
            let is = |row: &Row| Dongsha::row(row.step).by == role && row.role.is_none_or(|own| own == role);
            row(rows, *place).is_some_and(is)
        };
        let apart = Dongsha::row(step).apart;
        let mut others = Vec::new();
        for apart in apart {
            match apart {
                flow::Apart::Step(other) => {
                    others.extend(done.get(other.index()).copied().flatten().map(|place| (place, Duty::Step(*other))))
                }
                flow::Apart::Role(role) => {
                    others.extend(performed.iter().filter(|place| acts_as(place, *role)).map(|place| (*place, Duty::Role(*role))));
                }
                flow::Apart::Bidder => {}
            }
        }
        Apart { step, own, others, is_said: !apart.is_empty() }
    }

    /// The rows of all of them.
    pub(super) fn people(&self) -> impl Iterator<Item = Place> {
        std::iter::once(self.own).chain(self.others.iter().map(|(other, _)| *other))
    }

    /// Those of which no two may be by one person.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (Place, Place)> {
        self.others.iter().map(|(other, _)| (self.own.min(*other), self.own.max(*other)))
    }
}

impl Story<'_> {
    pub(super) fn people(&mut self) {
        let variant = self.scene.variant;
        if variant.by_party {
            self.sheet.keep(Rule::Party);
        }
        for place in &variant.by_others {
            if let Some(row) = self.row(*place) {
                self.party(row);
            }
        }
        if !self.are_all_apart() {
            for apart in &variant.apart {
                self.apart(apart);
            }
        } else if variant.is_any_apart || !self.case.bidders.is_empty() && !variant.apart.is_empty() {
            self.duties_are_known();
        }
    }

    /// Whether everybody is named, and nobody is one whom they are to be kept apart from, or is kin to anybody here: found out
    /// for all of them at once. Where it is not seen at once, each is looked at.
    fn are_all_apart(&self) -> bool {
        let (Scene { variant, roll, .. }, case) = (self.scene, self.case);
        let (mut bits, mut here, mut kin) = (0, 0, 0);
        for place in &variant.people {
            let Some(who) = case.person(*place) else { return false };
            bits |= who.bit();
            here |= roll.bit(who);
            kin |= roll.kin_bits(who);
        }
        if variant.pairs.iter().any(|(one, other)| case.person(*one) == case.person(*other)) {
            return false;
        }
        let performed = |who: Name| variant.apart.iter().any(|apart| case.person(apart.own) == Some(who));
        for bidder in case.bidders {
            if bits & bidder.who.bit() != 0 && performed(bidder.who) {
                return false;
            }
            here |= roll.bit(bidder.who);
        }
        kin & here == 0
    }

    fn duties_are_known(&mut self) {
        self.sheet.keep(Rule::Duties);
        if self.scene.mapping.knows_kin() { self.sheet.keep(Rule::Kin) } else { self.sheet.lacks(Rule::Kin, "kin") }
    }

    /// By the role that the row names, else by what the mapping says of the person.
    fn party(&mut self, row: Seen<'_>) {
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
        let mut finding = Finding::new(Rule::Party, self.name(), row.line()).at(row.step).by(by).expected(by.name());
        finding.found = row.role.map(RoleId::name).or_else(|| person.as_ref().map(Bilingual::same));
        finding.person = person;
        self.find(finding);
    }

    /// The person of a step, all whom its row keeps apart from them, and all bidders.
    fn apart(&mut self, apart: &Apart) {
        if !apart.is_said && self.case.bidders.is_empty() {
            return;
        }
        let Some(who) = self.case.person(apart.own) else {
            self.sheet.lacks(Rule::Duties, Field::Person.key());
            return self.sheet.lacks(Rule::Kin, Field::Person.key());
        };
        self.duties_are_known();
        // One finding for each person, not for each of their duties.
        if let Some((_, duty)) = self.other(apart, |other| other == who) {
            let (who, duty) = (self.text(who), duty.name());
            let found = Bilingual::of(format!("{who}：{}", duty.zh), format!("{who}: {}", duty.en));
            return self.breach(Rule::Duties, apart.step, None, Some(found));
        }
        let kin = self.scene.roll.kin(who);
        if kin.is_empty() {
            return;
        }
        if let Some((other, duty)) = self.other(apart, |other| kin.contains(&other)) {
            let (who, other, duty) = (self.text(who), self.text(other), duty.name());
            let found = Bilingual::of(format!("{who}、{other}（{}）", duty.zh), format!("{who}, {other} ({})", duty.en));
            self.breach(Rule::Kin, apart.step, None, Some(found));
        }
    }

    /// The first of those who are to be kept apart from a step.
    fn other(&self, apart: &Apart, is: impl Fn(Name) -> bool) -> Option<(Name, Duty)> {
        let case = self.case;
        let person = |(place, duty): &(Place, Duty)| Some((case.person(*place)?, *duty));
        let mut others = apart.others.iter().filter_map(person);
        let bidders = || self.case.bidders.iter().map(|bidder| bidder.who).find(|who| is(*who));
        others.find(|(who, _)| is(*who)).or_else(|| bidders().map(|who| (who, Duty::Bidder)))
    }
}
