//! What someone would write by hand who wants the same check and nothing else: one match, masks and small integers.

#![allow(unreachable_pub)]
use chrono::NaiveDate;
use sanzi::calendar::china_date;
use sanzi::case::{Case, Stage};
use sanzi::dongsha::{Dongsha, Role, Step};
use sanzi::flow::{RoleId, StepId};
use sanzi::register::Actor;
use sanzi::value::PersonId;

/// A case as small as the check allows: 16 performers and up to 4 bidders as numbers; 0 is nobody.
pub struct Bare {
    step: u8,
    stage: u8,
    not_before: NaiveDate,
    performers: [u32; 16],
    bidders: [u32; 4],
}

/// Who asks.
pub struct Asker {
    id: u32,
    roles: u32,
    tied_roles: u32,
    tied: Vec<u32>,
    today: NaiveDate,
}

/// The number of a person.
pub type Number<'a> = &'a dyn Fn(PersonId) -> u32;

impl Bare {
    pub fn of(case: &Case<Dongsha>, lead_over: NaiveDate, number: Number<'_>) -> Bare {
        let place = case.place().unwrap();
        let mut bidders = [0; 4];
        bidders.iter_mut().zip(case.bidders().iter().copied()).for_each(|(place, bidder)| *place = number(bidder));
        Bare {
            step: u8::try_from(place.step.index()).unwrap(),
            stage: u8::from(place.stage != Stage::Pending),
            not_before: lead_over,
            performers: std::array::from_fn(|at| case.performer(Step::ALL[at]).map_or(0, number)),
            bidders,
        }
    }

    /// The same order, role, separation and lead time as [`Case::check`]; the answer is yes or no.
    #[inline(never)]
    pub fn check(&self, step: u8, by: &Asker) -> bool {
        if self.step != step || self.stage != 0 {
            return false;
        }
        let holds = |role: Role| by.roles & role.bit() != 0;
        let not = |role: Role| (by.roles | by.tied_roles) & role.bit() == 0;
        let is = |other: u32| by.id == other || by.tied.contains(&other);
        let differs = |steps: &[usize]| !steps.iter().any(|step| is(self.performers[step - 1]));
        let no_bidder = || !self.bidders.iter().any(|bidder| *bidder != 0 && is(*bidder));
        match step {
            0 | 2 | 7 if holds(Role::Board) => true,
            1 if holds(Role::PartyBranch) => no_bidder(),
            3 if holds(Role::Appraiser) => differs(&[1]) && no_bidder(),
            4 if holds(Role::Board) => differs(&[4]),
            5 if holds(Role::Supervisors) => differs(&[1, 3, 5]) && not(Role::Board) && not(Role::FinanceStaff),
            6 if holds(Role::MemberAssembly) => by.today >= self.not_before,
            8 if holds(Role::AssetClerk) => true,
            9 if holds(Role::StreetOffice) => differs(&[9]),
            10 if holds(Role::TradingCentre) => differs(&[10]),
            11 if holds(Role::TradingCentre) => not(Role::Board),
            12 if holds(Role::TradingCentre) => not(Role::Board) && differs(&[10]) && no_bidder(),
            13 if holds(Role::TradingCentre) => true,
            14 if holds(Role::BoardChair) => true,
            15 if holds(Role::AssetClerk) => differs(&[15]),
            _ => false,
        }
    }
}

impl Asker {
    pub fn of(actor: &Actor<Role>, number: Number<'_>, now: chrono::DateTime<chrono::Utc>) -> Asker {
        let mask = |has: &dyn Fn(Role) -> bool| Role::ALL.iter().filter(|role| has(**role)).fold(0, |mask, role| mask | role.bit());
        Asker {
            id: number(actor.person()),
            roles: mask(&|role| actor.holds(role)),
            tied_roles: mask(&|role| actor.is_tied_to_role(role)),
            tied: actor.tied().iter().copied().map(number).collect(),
            today: china_date(now),
        }
    }
}
