//! What a decision is made with: the people, the calendar, the numbers, and the moment.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};

use super::Procedure;
use crate::calendar::{Calendar, china_date};
use crate::policy::Policy;
use crate::register::{Actor, Register, RegisterError};
use crate::value::{CaseId, Money, OrgId, PersonId};

/// One organisation's office: everything outside a case that a decision may look at.
#[derive(Clone, Debug)]
pub struct Office<P: Procedure> {
    /// Whose it is.
    pub org: OrgId,
    /// The people.
    pub register: Register<P::Role>,
    /// The working days.
    pub calendar: Calendar,
    /// The numbers: law, province, district, charter. Of all that are valid on the opening day the stricter wins.
    pub policies: Vec<Policy>,
}

impl<P: Procedure> Office<P> {
    /// An office with China's calendar and the built-in policies.
    ///
    /// # Errors
    /// [`PolicyError`](crate::policy::PolicyError) only if the built-in files were damaged.
    pub fn new(org: OrgId, register: Register<P::Role>) -> Result<Office<P>, crate::policy::PolicyError> {
        Ok(Office { org, register, calendar: Calendar::china(), policies: Policy::builtin()? })
    }

    /// A person acting at a moment. Resolve once, ask often: the checks do not touch the register again.
    pub fn acting(&self, person: PersonId, now: DateTime<Utc>) -> Acting<'_, P> {
        let now = now.trunc_subsecs(3);
        let actor = self.register.actor(person, china_date(now)).map(Cow::Owned);
        Acting { office: self, person, actor, now, dated: None, nearby: Nearby::default() }
    }

    /// As [`Office::acting`], by what its register has said of the person before. On another day it is asked again.
    pub(crate) fn acting_as<'a>(&'a self, actor: &'a Actor<P::Role>, now: DateTime<Utc>) -> Acting<'a, P> {
        let now = now.trunc_subsecs(3);
        Acting { office: self, person: actor.person(), actor: Ok(Cow::Borrowed(actor)), now, dated: None, nearby: Nearby::default() }
    }

    /// The policy of a case that opens on a day: the stricter of all that are valid.
    pub(super) fn policy_on(&self, day: NaiveDate) -> Option<Policy> {
        let valid: Vec<Policy> = self.policies.iter().filter(|policy| policy.is_valid_on(day)).cloned().collect();
        Policy::stricter(&valid).ok()
    }
}

/// What a decision may need to know of the other transactions. An [`Engine`](crate::engine::Engine) fills it in; a host
/// that stores its own cases does so itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nearby {
    /// Another live transaction on the same asset.
    pub busy_with: Option<CaseId>,
    /// What other transactions on the same asset were worth within the policy's window (for 化整为零).
    pub same_asset_total: Money,
}

/// A person acting at a moment in an office: who, when, and what they can see.
#[derive(Clone, Debug)]
pub struct Acting<'a, P: Procedure> {
    pub(super) office: &'a Office<P>,
    pub(super) person: PersonId,
    pub(super) actor: Result<Cow<'a, Actor<P::Role>>, RegisterError>,
    pub(super) now: DateTime<Utc>,
    pub(super) dated: Option<DateTime<Utc>>,
    pub(super) nearby: Nearby,
}

impl<'a, P: Procedure> Acting<'a, P> {
    /// Who.
    pub const fn person(&self) -> PersonId {
        self.person
    }

    /// The clock as read.
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The office.
    pub const fn office(&self) -> &'a Office<P> {
        self.office
    }

    /// Says that what is performed was done earlier than now.
    #[must_use]
    pub fn dated(mut self, done: DateTime<Utc>) -> Acting<'a, P> {
        self.dated = Some(done);
        self
    }

    /// When what is performed was done, if it was said.
    pub const fn done(&self) -> Option<DateTime<Utc>> {
        self.dated
    }

    /// Adds what is known of other transactions.
    #[must_use]
    pub fn with_nearby(mut self, nearby: Nearby) -> Acting<'a, P> {
        self.nearby = nearby;
        self
    }
}
