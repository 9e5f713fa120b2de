//! The people of a walk: who holds what, and who is of one house, as plain lists.

use chrono::NaiveDate;
use sanzi::case::Office;
use sanzi::dongsha::{Dongsha, Role};
use sanzi::flow::RoleId;
use sanzi::register::{Register, Term};
use sanzi::value::{OrgId, PersonId, PersonName};

use crate::village::{PEOPLE, day, person};

/// Everyone, with their roles; and houses of close relatives.
pub struct Cast {
    people: Vec<(PersonId, Vec<Role>)>,
    houses: Vec<Vec<PersonId>>,
}

impl Cast {
    /// The village, and some who hold too much or are kin of whom they check.
    pub fn village() -> Cast {
        let mut people: Vec<(PersonId, Vec<Role>)> = PEOPLE.map(|(id, _, roles)| (person(id), roles.to_vec())).to_vec();
        let but_board: Vec<Role> = Role::ALL.iter().copied().filter(|role| !matches!(role, Role::Board | Role::FinanceStaff)).collect();
        people.push((person("quan"), Role::ALL.to_vec()));
        people.push((person("bo"), but_board.clone()));
        people.push((person("xiao"), but_board));
        people.push((person("mei"), vec![Role::Supervisors]));
        people.push((person("jun"), vec![Role::StreetOffice]));
        let houses = vec![vec![person("quan"), person("xiao")], vec![person("chen"), person("mei")], vec![person("li"), person("jun")]];
        Cast { people, houses }
    }

    pub fn of(people: Vec<(PersonId, Vec<Role>)>, houses: Vec<Vec<PersonId>>) -> Cast {
        Cast { people, houses }
    }

    pub fn holds(&self, who: PersonId, role: &str) -> bool {
        self.people.iter().any(|(other, roles)| *other == who && roles.iter().any(|held| held.id() == role))
    }

    /// The person and their kin.
    pub fn house(&self, who: PersonId) -> Vec<PersonId> {
        self.houses.iter().find(|house| house.contains(&who)).cloned().unwrap_or_else(|| vec![who])
    }

    pub fn same_house(&self, one: PersonId, other: PersonId) -> bool {
        self.house(one).contains(&other)
    }

    pub fn office(&self) -> Office<Dongsha> {
        let since: NaiveDate = day("2018-01-01");
        let mut register = Register::new();
        for (who, roles) in &self.people {
            register.add(*who, PersonName::new("某人").unwrap()).unwrap();
            for role in roles {
                register.appoint(*who, *role, Term::since(since)).unwrap();
            }
        }
        for house in &self.houses {
            for (place, one) in house.iter().enumerate() {
                for other in &house[place + 1..] {
                    register.declare_kin(*one, *other).unwrap();
                }
            }
        }
        Office::new(OrgId::new("dongtang").unwrap(), register).unwrap()
    }
}
