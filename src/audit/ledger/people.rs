//! What the register said of people, so that it is asked once for a person and a day.

use chrono::{DateTime, NaiveDate, Utc};
use foldhash::HashMap;

use crate::calendar::china_date;
use crate::case::{Acting, Office, Procedure};
use crate::register::Actor;
use crate::value::PersonId;

/// So many are kept; a log of many people and years begins anew now and then.
const MOST: usize = 1 << 14;

pub(super) struct People<R>(HashMap<(PersonId, NaiveDate), Actor<R>>);

impl<R> Default for People<R> {
    fn default() -> People<R> {
        People(HashMap::default())
    }
}

impl<R: crate::flow::RoleId> People<R> {
    /// As [`Office::acting`]; the office must be the same each time.
    pub(super) fn acting<'a, P: Procedure<Role = R>>(
        &'a mut self,
        office: &'a Office<P>,
        person: PersonId,
        now: DateTime<Utc>,
    ) -> Acting<'a, P> {
        let key = (person, china_date(now));
        if !self.0.contains_key(&key) {
            if self.0.len() >= MOST {
                self.0.clear();
            }
            if let Ok(actor) = office.register.actor(key.0, key.1) {
                self.0.insert(key, actor);
            }
        }
        match self.0.get(&key) {
            Some(actor) => office.acting_as(actor, now),
            // Whom the register does not know: it says so again.
            None => office.acting(person, now),
        }
    }
}
