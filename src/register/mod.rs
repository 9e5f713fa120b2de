//! Who holds which role when, who stands in for whom, and who is whose kin.
//!
//! The host authenticates people; the register authorises them. An [`Actor`] is what the register says of a person on
//! one day, ready to be checked without touching the register again.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::flow::RoleId;
use crate::value::{PersonId, PersonName};

/// A stretch of days, both included; without an end it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
}

impl Term {
    /// From a day on, without an end.
    pub const fn since(from: NaiveDate) -> Term {
        Term { from, to: None }
    }

    /// Whether the day is in it.
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }
}

/// A person holds a role (任职).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appointment<R> {
    /// Who.
    pub person: PersonId,
    /// Which role.
    pub role: R,
    /// When.
    pub term: Term,
}

/// A person stands in for another in one role (委托). From the first day on, and for good, the two count as one where people
/// must differ; the role itself ends with the term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation<R> {
    /// Who holds the role.
    pub holder: PersonId,
    /// Who stands in.
    pub stand_in: PersonId,
    /// In which role.
    pub role: R,
    /// When.
    pub term: Term,
}

/// Why a register was not accepted or a person not found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// Nobody with this identifier.
    #[error("`{0}` is not in the register: add the person before they act")]
    Unknown(PersonId),
    /// The identifier already belongs to someone.
    #[error("`{0}` is already in the register: give the new person another identifier")]
    Taken(PersonId),
    /// A term that ends before it begins.
    #[error("the term of `{person}` ends on {to}, before it begins on {from}: correct one of the two days")]
    TermReversed {
        /// Whose term.
        person: PersonId,
        /// Its first day.
        from: NaiveDate,
        /// Its last day.
        to: NaiveDate,
    },
    /// A person tied to themselves.
    #[error("`{0}` cannot be their own relative or stand-in: name another person")]
    Self_(PersonId),
}

/// The people of one organisation.
///
/// ```
/// use sanzi::dongsha::Role;
/// use sanzi::register::{Register, Term};
/// use sanzi::value::{PersonId, PersonName};
/// let day = "2018-01-02".parse()?;
/// let (chen, li) = (PersonId::new("chen")?, PersonId::new("li")?);
/// let mut register = Register::new();
/// register.add(chen, PersonName::new("陈大文")?)?.add(li, PersonName::new("李小明")?)?;
/// register.appoint(chen, Role::Board, Term::since(day))?.declare_kin(chen, li)?;
/// assert!(register.actor(chen, day)?.holds(Role::Board));
/// assert!(register.actor(li, day)?.is_tied_to(chen));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Register<R> {
    people: BTreeMap<PersonId, PersonName>,
    appointments: BTreeMap<PersonId, Vec<Appointment<R>>>,
    delegations: Vec<Delegation<R>>,
    kin: BTreeMap<PersonId, Vec<PersonId>>,
}

impl<R> Default for Register<R> {
    fn default() -> Register<R> {
        Register { people: BTreeMap::new(), appointments: BTreeMap::new(), delegations: Vec::new(), kin: BTreeMap::new() }
    }
}

impl<R: RoleId> Register<R> {
    /// Nobody yet.
    pub fn new() -> Register<R> {
        Register::default()
    }

    /// Whether nobody is in it.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// Adds a person.
    ///
    /// # Errors
    /// [`RegisterError::Taken`] where the identifier is in use.
    pub fn add(&mut self, person: PersonId, name: PersonName) -> Result<&mut Register<R>, RegisterError> {
        if self.people.contains_key(&person) {
            return Err(RegisterError::Taken(person));
        }
        self.people.insert(person, name);
        Ok(self)
    }

    /// Gives a person a role for a term.
    ///
    /// # Errors
    /// [`RegisterError::Unknown`] and [`RegisterError::TermReversed`].
    pub fn appoint(&mut self, person: PersonId, role: R, term: Term) -> Result<&mut Register<R>, RegisterError> {
        self.known(person)?;
        in_order(person, term)?;
        self.appointments.entry(person).or_default().push(Appointment { person, role, term });
        Ok(self)
    }

    /// Lets a person stand in for the holder of a role. It has effect on days on which the holder holds the role.
    ///
    /// # Errors
    /// [`RegisterError::Unknown`], [`RegisterError::Self_`] and [`RegisterError::TermReversed`].
    pub fn delegate(&mut self, delegation: Delegation<R>) -> Result<&mut Register<R>, RegisterError> {
        self.two(delegation.holder, delegation.stand_in)?;
        in_order(delegation.stand_in, delegation.term)?;
        self.delegations.push(delegation);
        Ok(self)
    }

    /// Declares two people close relatives (近亲属). The tie holds both ways and for good.
    ///
    /// # Errors
    /// [`RegisterError::Unknown`] and [`RegisterError::Self_`].
    pub fn declare_kin(&mut self, one: PersonId, other: PersonId) -> Result<&mut Register<R>, RegisterError> {
        self.two(one, other)?;
        self.kin.entry(one).or_default().push(other);
        self.kin.entry(other).or_default().push(one);
        Ok(self)
    }

    /// The person's name, to be masked before it is shown.
    pub fn name(&self, person: PersonId) -> Option<&PersonName> {
        self.people.get(&person)
    }

    /// What the register says of a person on one day.
    ///
    /// # Errors
    /// [`RegisterError::Unknown`] where nobody has the identifier.
    pub fn actor(&self, person: PersonId, day: NaiveDate) -> Result<Actor<R>, RegisterError> {
        self.known(person)?;
        let stands_in = self.delegations.iter().filter(|d| d.stand_in == person && d.term.covers(day));
        let roles = stands_in.fold(self.held(person, day), |roles, d| roles | (self.held(d.holder, day) & d.role.bit()));
        let own: Vec<PersonId> = self.kin_of(person).collect();
        let mut tied: Vec<PersonId> = self.as_one(person, day).collect();
        let kin_of_others: Vec<PersonId> = tied.iter().flat_map(|other| self.kin_of(*other)).collect();
        tied.extend(own.iter().flat_map(|kin| self.as_one(*kin, day)));
        tied.extend(own.iter().copied().chain(kin_of_others));
        tied.retain(|other| *other != person);
        tied.sort_unstable();
        tied.dedup();
        let tied_roles = tied.iter().fold(0, |mask, other| mask | self.held(*other, day));
        let marks = tied.iter().fold(person.mark(), |marks, other| marks | other.mark());
        Ok(Actor { person, day, roles, tied, tied_roles, marks, marker: std::marker::PhantomData })
    }

    /// Everyone who holds a role on a day, stand-ins included.
    pub fn holders(&self, role: R, day: NaiveDate) -> Vec<PersonId> {
        self.people.keys().copied().filter(|person| self.actor(*person, day).is_ok_and(|actor| actor.holds(role))).collect()
    }

    fn kin_of(&self, person: PersonId) -> impl Iterator<Item = PersonId> {
        self.kin.get(&person).into_iter().flatten().copied()
    }

    /// Those for whom the person has ever stood in, and who have stood in for them.
    fn as_one(&self, person: PersonId, day: NaiveDate) -> impl Iterator<Item = PersonId> {
        self.delegations.iter().filter(move |delegation| delegation.term.from <= day).filter_map(move |delegation| {
            match (delegation.holder == person, delegation.stand_in == person) {
                (true, _) => Some(delegation.stand_in),
                (_, true) => Some(delegation.holder),
                _ => None,
            }
        })
    }

    fn held(&self, person: PersonId, day: NaiveDate) -> u32 {
        let held = self.appointments.get(&person).into_iter().flatten().filter(|appointment| appointment.term.covers(day));
        held.fold(0, |mask, appointment| mask | appointment.role.bit())
    }

    fn known(&self, person: PersonId) -> Result<(), RegisterError> {
        if self.people.contains_key(&person) { Ok(()) } else { Err(RegisterError::Unknown(person)) }
    }

    fn two(&self, one: PersonId, other: PersonId) -> Result<(), RegisterError> {
        self.known(one)?;
        self.known(other)?;
        if one == other { Err(RegisterError::Self_(one)) } else { Ok(()) }
    }
}

fn in_order(person: PersonId, term: Term) -> Result<(), RegisterError> {
    match term.to {
        Some(to) if to < term.from => Err(RegisterError::TermReversed { person, from: term.from, to }),
        _ => Ok(()),
    }
}

/// A person as the register knows them on one day: their roles, and the people who count as the same person where two
/// must differ (declared kin, whom they stand in for, who stands in for them).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor<R> {
    person: PersonId,
    day: NaiveDate,
    roles: u32,
    tied: Vec<PersonId>,
    tied_roles: u32,
    /// Of the person and of everyone tied to them.
    marks: u64,
    marker: std::marker::PhantomData<R>,
}

impl<R: RoleId> Actor<R> {
    /// Who it is.
    pub const fn person(&self) -> PersonId {
        self.person
    }

    /// The day the register was asked about.
    pub const fn day(&self) -> NaiveDate {
        self.day
    }

    /// Whether they hold the role, themselves or as a stand-in.
    pub fn holds(&self, role: R) -> bool {
        self.roles & role.bit() != 0
    }

    /// Whether they hold any of the roles.
    pub fn holds_any(&self, roles: &[R]) -> bool {
        roles.iter().any(|role| self.holds(*role))
    }

    /// Whether they hold any role at all.
    pub const fn is_appointed(&self) -> bool {
        self.roles != 0
    }

    /// Whether they are that person, or tied to them.
    pub fn is_tied_to(&self, other: PersonId) -> bool {
        self.person == other || self.tied.contains(&other)
    }

    /// Whether they can be tied to anyone in a set of people, known by its marks alone: `false` is certain, `true` is not.
    pub(crate) const fn may_be_tied_to(&self, marks: u64) -> bool {
        self.marks & marks != 0
    }

    /// Whether they or someone tied to them holds the role.
    pub fn is_tied_to_role(&self, role: R) -> bool {
        (self.roles | self.tied_roles) & role.bit() != 0
    }

    /// The people tied to them.
    pub fn tied(&self) -> &[PersonId] {
        &self.tied
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dongsha::Role;

    /// More relatives than there are marks: some of them share one, and none gets lost.
    #[test]
    fn marks_of_many_kin_add_up_and_strangers_are_told_apart() {
        let id = |n: u32| PersonId::new(&format!("p-{n}")).unwrap();
        let mut register = Register::<Role>::new();
        for n in 0..=100 {
            register.add(id(n), PersonName::new("陈大文").unwrap()).unwrap();
        }
        for n in 1..=70 {
            register.declare_kin(id(0), id(n)).unwrap();
        }
        let day = "2018-06-01".parse().unwrap();
        let actor = register.actor(id(0), day).unwrap();
        assert!((0..=70).all(|n| actor.may_be_tied_to(id(n).mark())));
        let alone = register.actor(id(100), day).unwrap();
        assert!(alone.may_be_tied_to(id(100).mark()) && !alone.may_be_tied_to(0));
        assert!((0..100).any(|n| !alone.may_be_tied_to(id(n).mark())), "a mark saves a look for most");
    }
}
