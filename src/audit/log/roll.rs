//! What a mapping says of people: roles that they hold, and kin.

use super::super::names::{Name, Names};
use super::mapping::Mapping;
use crate::dongsha::Role;

#[derive(Default)]
struct Person {
    roles: Vec<Role>,
    kin: Vec<Name>,
    /// Their bits.
    kin_bits: u64,
}

/// By the number of their name: theirs are the first.
pub(super) struct Roll(Vec<Person>);

impl Roll {
    /// Gives the mapping's people the first numbers.
    pub(super) fn number(mapping: &Mapping, names: &mut Names) -> Roll {
        let mut roll = Roll(Vec::new());
        for (who, roles) in mapping.holders() {
            if let Some(person) = names.number(who).and_then(|name| roll.enter(name)) {
                person.roles.extend_from_slice(roles);
            }
        }
        for (one, other) in mapping.kin() {
            if let (Some(one), Some(other)) = (names.number(one), names.number(other))
                && let Some(person) = roll.enter(one)
            {
                person.kin.push(other);
                person.kin_bits |= other.bit();
            }
        }
        roll
    }

    fn enter(&mut self, name: Name) -> Option<&mut Person> {
        let count = self.0.len().max(name.place().saturating_add(1));
        self.0.resize_with(count, Person::default);
        self.0.get_mut(name.place())
    }

    pub(super) fn roles(&self, name: Name) -> &[Role] {
        self.0.get(name.place()).map_or(&[], |person| person.roles.as_slice())
    }

    /// The bit of one of whom the mapping says something; nobody else is anyone's kin.
    pub(super) fn bit(&self, name: Name) -> u64 {
        if name.place() < self.0.len() { name.bit() } else { 0 }
    }

    /// The bits of one's kin.
    pub(super) fn kin_bits(&self, name: Name) -> u64 {
        self.0.get(name.place()).map_or(0, |person| person.kin_bits)
    }

    pub(super) fn kin(&self, name: Name) -> &[Name] {
        self.0.get(name.place()).map_or(&[], |person| person.kin.as_slice())
    }
}
