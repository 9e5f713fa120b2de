//! Cheat: write down a person who holds every role.
//! Must fail with: E0451

use sanzi::dongsha::Role;
use sanzi::register::Actor;

fn forge(person: sanzi::value::PersonId, day: chrono::NaiveDate) -> Actor<Role> {
    Actor { person, day, roles: u32::MAX, tied: vec![], tied_roles: 0, marks: 0, marker: std::marker::PhantomData }
}

fn main() {}
