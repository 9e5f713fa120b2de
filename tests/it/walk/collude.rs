//! How many people it takes: worst-case registers, in which everybody holds as much as can help them.
//!
//! Found: **three** people can complete all sixteen if outsiders bid (one of the board; one outside board and finance
//! who values, reviews and decides for the street; one who files, trades and archives), **four** if the winner must be
//! one of them too. Two cannot: the valuation takes two appraisers who are neither each other's kin nor whoever moved
//! the transaction, and the bidding two witnesses who are not its host. Kin count as one: two families of any size cannot.
//!
//! A role can only stand in somebody's way where a row keeps it apart, so a register matters only by who holds
//! [`IN_THE_WAY`]; everybody holds everything else. Returns only take away, so the search goes forward.

use std::collections::HashSet;

use chrono::{DateTime, Days, Utc};
use sanzi::calendar::china_date;
use sanzi::case::*;
use sanzi::disclosure::{Proof, Receipt, Status};
use sanzi::dongsha::*;
use sanzi::flow::{Flow, RoleId, StepId};
use sanzi::value::{CaseId, PersonId};

use super::cast::Cast;
use crate::reference::table::line;
use crate::village::{at, day, opening, person, record, registrant, text};

/// Roles that a row or a rule keeps apart from something; to hold one of them can hurt.
const IN_THE_WAY: [Role; 5] = [Role::Board, Role::BoardChair, Role::FinanceStaff, Role::StreetOffice, Role::TradingCentre];
const NAMES: [&str; 6] = ["one", "two", "three", "four", "five", "six"];
const OUTSIDER: &str = "bidder-a";

/// All roles but those of [`IN_THE_WAY`] that are not in the set.
fn roles(kind: usize) -> Vec<Role> {
    let held = |role: &Role| IN_THE_WAY.iter().position(|other| other == role).is_none_or(|place| kind & 1 << place != 0);
    Role::ALL.iter().copied().filter(held).collect()
}

/// The step, who did those that later rows look back at, who bids, and who did anything.
type Stood = (Step, Vec<Option<PersonId>>, Vec<PersonId>, u32);

struct Search<'a> {
    office: &'a Office<Dongsha>,
    people: Vec<PersonId>,
    bidders: Vec<PersonId>,
    seen: HashSet<Stood>,
    closed: bool,
    furthest: usize,
}

impl Search<'_> {
    /// Tries everybody and every name on the step where the case stands.
    fn go(&mut self, case: &Case<Dongsha>, now: DateTime<Utc>) {
        if self.closed {
            return;
        }
        let Some(place) = case.place() else {
            self.closed = case.status() == CaseStatus::Closed;
            return;
        };
        let performers: Vec<Option<PersonId>> = [1, 3, 4, 5, 9, 10, 15].map(|step| case.performer(Step::ALL[step - 1])).to_vec();
        let everybody = self
            .people
            .iter()
            .enumerate()
            .fold(0, |mask, (place, who)| mask | u32::from(Step::ALL.iter().any(|step| case.performer(*step) == Some(*who))) << place);
        if !self.seen.insert((place.step, performers, case.bidders().to_vec(), everybody)) {
            return;
        }
        self.furthest = self.furthest.max(place.step.number());
        let now = if place.step == Step::MemberVote { at(china_date(now) + Days::new(10)) } else { now };
        for evidence in self.records(case, place.step, now) {
            for who in self.people.clone() {
                let Some(after) = self.allowed(case, who, now, Command::Perform { evidence: evidence.clone(), done: None }) else {
                    continue;
                };
                let Some(public) = self.publish(&after, now) else { continue };
                let later = at(china_date(now) + Days::new(if line(place.step.number()).stays > 0 { 45 } else { 0 }));
                let left = self
                    .people
                    .clone()
                    .into_iter()
                    .find_map(|who| self.allowed(&public, who, later, Command::Advance { from: place.step }));
                if let Some(left) = left {
                    self.go(&left, later);
                }
            }
        }
    }

    fn allowed(&self, case: &Case<Dongsha>, who: PersonId, now: DateTime<Utc>, command: Command<Dongsha>) -> Option<Case<Dongsha>> {
        let Verdict::Allowed { entries, .. } = decide(case, &self.office.acting(who, now), &command) else { return None };
        let mut after = case.clone();
        entries.iter().for_each(|entry| after.evolve(entry).unwrap());
        Some(after)
    }

    /// Public by some poster and, where it is asked for, some verifier.
    fn publish(&self, case: &Case<Dongsha>, now: DateTime<Utc>) -> Option<Case<Dongsha>> {
        let posting = case.posting(Subject::Step)?;
        let verifiers: Vec<Option<PersonId>> = match line(case.place()?.step.number()).verified_by {
            Some(_) => self.people.iter().copied().map(Some).collect(),
            None => vec![None],
        };
        let pairs = self.people.iter().flat_map(|poster| verifiers.iter().map(move |verifier| (*poster, *verifier)));
        pairs.into_iter().find_map(|(poster, verified_by)| {
            let receipt = |channel| Receipt {
                channel,
                notice: posting.notice(),
                status: Status::Confirmed,
                at: now,
                proof: Proof::Reference(text("第一版")),
                verified_by,
            };
            let receipts = posting.required().iter().map(receipt).collect();
            self.allowed(case, poster, now, Command::Publish { of: Subject::Step, receipts })
        })
    }

    /// The good record with every choice of names.
    fn records(&self, case: &Case<Dongsha>, step: Step, now: DateTime<Utc>) -> Vec<Evidence> {
        let good = record(case, step, china_date(now));
        let people = || self.people.iter().copied();
        let pairs = || people().flat_map(|one| people().map(move |other| [one, other].to_vec())).collect::<Vec<_>>();
        match good {
            Evidence::Valuation(record) => {
                let valid_until = china_date(now) + Days::new(3_650);
                pairs()
                    .into_iter()
                    .map(|pair| Evidence::Valuation(ValuationRecord { signatories: pair, valid_until, ..record.clone() }))
                    .collect()
            }
            Evidence::PlanReview(record) => {
                people().map(|who| Evidence::PlanReview(ReviewRecord { legal_adviser: who, ..record.clone() })).collect()
            }
            Evidence::MemberVote(record) => {
                people().map(|who| Evidence::MemberVote(VoteRecord { tellers: vec![who], ..record.clone() })).collect()
            }
            Evidence::BidderRegistration(record) => {
                let only = |who: &PersonId| Registrant { bidder: *who, ..registrant(OUTSIDER) };
                let bidders = self.bidders.iter();
                bidders
                    .map(|who| Evidence::BidderRegistration(RegistrationRecord { registrants: vec![only(who)], ..record.clone() }))
                    .collect()
            }
            Evidence::Bidding(record) => {
                let bidder = case.bidders()[0];
                let bids = vec![BidMade { bidder, price: record.bids[0].price }];
                let with = |witnesses| BiddingRecord { bids: bids.clone(), winner: Some(bidder), witnesses, ..record.clone() };
                pairs().into_iter().map(|pair| Evidence::Bidding(with(pair))).collect()
            }
            Evidence::ContractSigning(ContractRecord::Signed(record)) => {
                let with = |checked_by| ContractRecord::Signed(SignedContract { checked_by, ..record.clone() });
                people().map(|who| Evidence::ContractSigning(with(who))).collect()
            }
            other => vec![other],
        }
    }
}

/// Whether these people can close a case, and the furthest step they get to. Houses are lists of places.
fn can_close(kinds: &[usize], houses: &[&[usize]], outsiders: bool) -> (bool, usize) {
    let people: Vec<PersonId> = NAMES.iter().take(kinds.len()).map(|name| person(name)).collect();
    let mut everyone: Vec<(PersonId, Vec<Role>)> = people.iter().copied().zip(kinds.iter().map(|kind| roles(*kind))).collect();
    everyone.push((person(OUTSIDER), Vec::new()));
    let houses = houses.iter().map(|house| house.iter().map(|place| people[*place]).collect()).collect();
    let office = Cast::of(everyone, houses).office();
    let bidders = people.iter().copied().chain(outsiders.then(|| person(OUTSIDER))).collect();
    let mut search = Search { office: &office, people, bidders, seen: HashSet::new(), closed: false, furthest: 0 };
    let unopened = Case::unopened(CaseId::new("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap()));
    let now = at(day("2018-03-05"));
    let opened = search.people.clone().into_iter().find_map(|who| search.allowed(&unopened, who, now, Command::Open(opening())));
    if let Some(opened) = opened {
        search.go(&opened, now);
    }
    (search.closed, search.furthest)
}

/// Every way to choose `count` kinds out of these, the order left aside.
fn choices(count: usize, kinds: &[usize]) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let with = |place: usize| {
        let rest = choices(count - 1, &kinds[place..]);
        rest.into_iter().map(move |mut rest| {
            rest.push(kinds[place]);
            rest
        })
    };
    (0..kinds.len()).flat_map(with).collect()
}

#[test]
fn what_stands_in_the_way_is_what_the_rows_keep_apart() {
    let apart = Dongsha::ROWS.iter().flat_map(|row| row.apart).filter_map(|apart| match apart {
        sanzi::flow::Apart::Role(role) => Some(*role),
        _ => None,
    });
    assert!(apart.into_iter().all(|role| IN_THE_WAY.contains(&role)));
}

/// Holding every role at once ends at the review, whoever many they are; holding less, one and two end at the valuation.
#[test]
fn no_one_person_and_no_two_together_can_complete_all_sixteen() {
    assert_eq!(can_close(&[31, 31, 31, 31], &[], true), (false, 6), "supervisors are not of the board");
    let kinds: Vec<usize> = (0..32).collect();
    for few in choices(1, &kinds).into_iter().chain(choices(2, &kinds)) {
        let (closed, furthest) = can_close(&few, &[], true);
        assert!(!closed, "{few:?} can close a case");
        assert!(furthest <= 4, "{few:?} got to step {furthest}");
    }
}

#[test]
fn three_together_can_if_outsiders_bid_and_four_if_one_of_them_bids() {
    let (board, other, bidder) = (31, 24, 0);
    assert_eq!(can_close(&[board, other, other], &[], true), (true, 16));
    for three in choices(3, &[board, other, bidder, 27, 29, 4]) {
        assert!(!can_close(&three, &[], false).0, "{three:?} can close a case with one of them as winner");
    }
    assert_eq!(can_close(&[board, other, other, bidder], &[], false), (true, 16));
}

#[test]
fn two_families_can_no_more_than_two_people() {
    let kinds = [31, 24, 26];
    for (one, other) in choices(2, &kinds).into_iter().flat_map(|one| choices(2, &kinds).into_iter().map(move |other| (one.clone(), other)))
    {
        let all: Vec<usize> = one.iter().chain(&other).copied().collect();
        let (closed, furthest) = can_close(&all, &[&[0, 1], &[2, 3]], true);
        assert!(!closed && furthest <= 4, "{all:?} got to step {furthest}");
    }
    assert_eq!(can_close(&[31, 31, 24, 24, 24, 24], &[&[0, 1], &[2, 3], &[4, 5]], true), (true, 16), "three families are three");
}
