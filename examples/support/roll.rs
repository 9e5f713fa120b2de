//! An auditor's register as a TOML file: who holds which role when, and who is whose kin.

use chrono::NaiveDate;
use sanzi::dongsha::Role;
use sanzi::register::{Register, RegisterError, Term};
use sanzi::value::{OrgId, PersonId, PersonName};
use serde::{Deserialize, Serialize};

/// The file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roll {
    /// Whose ledger.
    pub org: Option<OrgId>,
    /// Everybody.
    #[serde(default)]
    pub people: Vec<Person>,
    /// Close relatives, in pairs.
    #[serde(default)]
    pub kin: Vec<(PersonId, PersonId)>,
}

/// One of them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// As the ledger names them.
    pub id: PersonId,
    /// The name.
    pub name: String,
    /// What they hold.
    #[serde(default)]
    pub roles: Vec<Held>,
}

/// One appointment. Days as `2018-01-01`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Which role.
    pub role: Role,
    /// From which day on.
    pub from: NaiveDate,
    /// To which day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
}

impl Roll {
    /// The register that the file describes.
    pub fn register(&self) -> Result<Register<Role>, Box<dyn std::error::Error>> {
        let mut register = Register::new();
        for person in &self.people {
            register.add(person.id, PersonName::new(&person.name)?)?;
        }
        for person in &self.people {
            for Held { role, from, to } in &person.roles {
                register.appoint(person.id, *role, Term { from: *from, to: *to })?;
            }
        }
        self.kin.iter().try_for_each(|(one, other)| register.declare_kin(*one, *other).map(drop))?;
        Ok::<_, RegisterError>(register).map_err(Into::into)
    }
}
