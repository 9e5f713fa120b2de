//! Steps 14 to 16: the result, the contract, the archive.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::super::{
    AfterDefault, ArchiveItem, ArchiveRecord, BidMade, BidderRegistration, Bidding, ContractRecord, ContractSigning, DepositReturned,
    Dongsha, DongshaCode as Code, Evidence, PlanDraft, Registrant, RegistrationRecord, ResultNotice, ResultRecord, Role, SignedContract,
    WinnerDefault,
};
use super::{Here, bounded, months, people, same, same_plan};
use crate::case::{Case, Faults, StepRecord};
use crate::disclosure::Line;
use crate::value::{Bilingual, Digest, Money, PersonId};

/// The rounds of bidding that are over, each with who defaulted in it, and who has defaulted in the round that stands.
struct Rounds<'a> {
    over: Vec<(&'a RegistrationRecord, Vec<PersonId>)>,
    defaulted: Vec<PersonId>,
}

/// A default that led to a new notice ended the round it belongs to: its registration went with it, and before it. A
/// default that went to the next-ranked belongs to the round that goes on.
fn rounds(case: &Case<Dongsha>) -> Rounds<'_> {
    let mut rounds = Rounds { over: Vec::new(), defaulted: Vec::new() };
    for evidence in case.voided() {
        match evidence {
            Evidence::BidderRegistration(registration) => rounds.over.push((registration, std::mem::take(&mut rounds.defaulted))),
            Evidence::ContractSigning(ContractRecord::Defaulted(default)) => match (default.then, rounds.over.last_mut()) {
                (AfterDefault::AnnounceAgain, Some((_, defaulted))) => defaulted.push(default.winner),
                _ => rounds.defaulted.push(default.winner),
            },
            _ => {}
        }
    }
    rounds
}

/// The highest bidder who has not defaulted.
fn next_winner(case: &Case<Dongsha>, also: Option<PersonId>) -> Option<&BidMade> {
    let out = rounds(case).defaulted;
    let bidding = case.record::<Bidding>()?;
    bidding.ranking().into_iter().find(|bid| !out.contains(&bid.bidder) && also != Some(bid.bidder))
}

impl StepRecord<Dongsha> for ResultRecord {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        let Some(bidding) = scene.record::<Bidding>() else { return };
        let Some(winner) = next_winner(scene.case(), None) else {
            return faults.refuse(scene.reason(Code::NoNextRanked));
        };
        same(winner.bidder, self.winner, Code::ResultDiffers, scene, faults);
        same(winner.price, self.price, Code::ResultDiffers, scene, faults);
        let count = u32::try_from(bidding.ranking().len()).unwrap_or(u32::MAX);
        same(people(count), people(self.bidders), Code::ResultDiffers, scene, faults);
    }

    fn lines(&self) -> Vec<Line> {
        vec![
            Line::new("成交人", "winner", self.winner),
            Line::new("成交价", "price", self.price),
            Line::new("出价人数", "bidders", people(self.bidders)),
            Line::new("异议途径", "how to object", &self.how_to_object),
        ]
    }
}

impl StepRecord<Dongsha> for ContractRecord {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        match self {
            ContractRecord::Signed(contract) => contract.examine(scene, faults),
            ContractRecord::Defaulted(default) => default.examine(scene, faults),
        }
    }

    fn outcome(&self, _: &Case<Dongsha>) -> Option<&'static str> {
        match self {
            ContractRecord::Signed(_) => None,
            ContractRecord::Defaulted(default) => Some(match default.then {
                AfterDefault::NextRanked => "DefaultedToNext",
                AfterDefault::AnnounceAgain => "DefaultedToRerun",
            }),
        }
    }

    fn lines(&self) -> Vec<Line> {
        match self {
            ContractRecord::Signed(contract) => vec![
                Line::new("乙方", "other party", contract.with),
                Line::new("价格", "price", contract.price),
                Line::new("期限", "term", months(contract.term_months)),
                Line::new("签订日", "signed on", contract.signed_on),
                Line::new("合同文本", "contract text", contract.text),
                Line::new("方案摘要值", "digest of the plan", contract.plan),
            ],
            ContractRecord::Defaulted(default) => vec![
                Line::new("弃标人", "defaulted", default.winner),
                Line::new("没收保证金", "deposit forfeited", default.forfeited),
                Line::new("理由", "reasons", &default.reason),
            ],
        }
    }
}

impl SignedContract {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        same_plan(self.plan, scene, faults);
        if let Some(result) = scene.record::<ResultNotice>() {
            same(result.winner, self.with, Code::ContractDiffers, scene, faults);
            same(result.price, self.price, Code::ContractDiffers, scene, faults);
        }
        if let Some(plan) = scene.record::<PlanDraft>() {
            same(months(plan.term_months), months(self.term_months), Code::ContractDiffers, scene, faults);
            same(plan.contract_text, self.text, Code::ContractDiffers, scene, faults);
        }
        scene.require_role(self.checked_by, Role::LegalAdviser, faults);
        same(scene.done_on(), self.signed_on, Code::SignedWhen, scene, faults);
        if let Some(last) = scene.deadline_day(faults).filter(|last| self.signed_on > *last) {
            faults.refuse(scene.reason(Code::ContractLate).expected(Bilingual::same(last)).found(Bilingual::same(self.signed_on)));
        }
    }
}

impl WinnerDefault {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        if let Some(result) = scene.record::<ResultNotice>() {
            same(result.winner, self.winner, Code::NotTheWinner, scene, faults);
        }
        let registration = scene.record::<BidderRegistration>();
        let paid = registration.and_then(|record| record.registrants.iter().find(|registrant| registrant.bidder == self.winner));
        if let Some(paid) = paid {
            same(paid.deposit, self.forfeited, Code::DepositNotForfeited, scene, faults);
        }
        if self.then == AfterDefault::NextRanked && next_winner(scene.case(), Some(self.winner)).is_none() {
            faults.refuse(scene.reason(Code::NoNextRanked));
        }
    }
}

impl StepRecord<Dongsha> for ArchiveRecord {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        let began = scene.began(scene.step());
        if self.filed_on > scene.done_on() || began.is_some_and(|began| self.filed_on < began) {
            faults.refuse(scene.reason(Code::FiledWhen).expected(Bilingual::same(scene.done_on())).found(Bilingual::same(self.filed_on)));
        }
        if bounded(&[self.deposits.len(), self.archive.len()], scene, faults) {
            self.examine_deposits(scene, faults);
        }
        for item in ArchiveItem::ALL {
            let there = self.archive.iter().any(|archived| archived.item == item && archived.digest != Digest::NONE);
            faults.require(there, || scene.reason(Code::ArchiveIncomplete).expected(item.name()));
        }
    }

    fn lines(&self) -> Vec<Line> {
        vec![
            Line::new("合同备案号", "contract number", &self.contract_number),
            Line::new("备案日", "filed on", self.filed_on),
            Line::new("已退保证金", "deposits returned", people(self.deposits.len())),
            Line::new(
                "归档文件",
                "documents archived",
                Bilingual::of(format!("{} 件", self.archive.len()), format!("{}", self.archive.len())),
            ),
        ]
    }
}

/// A deposit that was paid in and not forfeited.
struct Paid {
    bidder: PersonId,
    amount: Money,
    closed_on: NaiveDate,
    /// It must be back: its bidder did not win, nor pay again in a later round, to which it may have been carried over.
    owed: bool,
}

/// All deposits that may go back, of this round and of those that failed before it, the oldest first.
fn paid_in(scene: &Here<'_>) -> Vec<Paid> {
    let winner = scene.record::<ContractSigning>().and_then(|contract| match contract {
        ContractRecord::Signed(contract) => Some(contract.with),
        ContractRecord::Defaulted(_) => None,
    });
    let Rounds { mut over, defaulted } = rounds(scene.case());
    over.extend(scene.record::<BidderRegistration>().map(|registration| (registration, defaulted)));
    let mut paid: Vec<Paid> = Vec::new();
    let mut later = BTreeSet::new();
    for (registration, defaulted) in over.into_iter().rev() {
        let paying = registration.registrants.iter().filter(|registrant| registrant.deposit > Money::ZERO);
        for Registrant { bidder, deposit, .. } in paying {
            let last = later.insert(*bidder);
            if !defaulted.contains(bidder) {
                let owed = last && winner != Some(*bidder);
                paid.push(Paid { bidder: *bidder, amount: *deposit, closed_on: registration.closed_on, owed });
            }
        }
    }
    paid.reverse();
    paid
}

impl ArchiveRecord {
    /// Everyone who paid a deposit, and neither won nor forfeited it, has it back in full; late is said so. Nothing else
    /// goes out as a deposit.
    fn examine_deposits(&self, scene: &Here<'_>, faults: &mut Faults) {
        let last = scene.deadline_day(faults);
        let mut backs: Vec<&DepositReturned> = self.deposits.iter().collect();
        let mut missing = BTreeSet::new();
        let (owed, mut may): (Vec<Paid>, Vec<Paid>) = paid_in(scene).into_iter().partition(|paid| paid.owed);
        for Paid { bidder, amount, closed_on, .. } in owed {
            let who = || Bilingual::of(format!("{bidder}：{amount}"), format!("{bidder}: {amount}"));
            let fits = |back: &&DepositReturned| back.bidder == bidder && back.amount == amount;
            // A round that is dated after today was dated by a clock that ran ahead: it must not keep the deposits.
            let closed = |on| closed_on <= on || closed_on > scene.done_on();
            let in_time = |back: &DepositReturned| closed(back.on) && back.on <= scene.done_on();
            match backs.iter().position(fits).map(|place| backs.swap_remove(place)) {
                Some(back) if in_time(back) => {
                    if last.is_some_and(|last| back.on > last) {
                        faults.warn(scene.reason(Code::DepositLate).found(who()));
                    }
                }
                found => {
                    missing.insert(bidder);
                    let mut reason = scene.reason(Code::DepositOwed).expected(who());
                    reason.found = found.map(|back| Bilingual::same(back.on));
                    faults.refuse(reason);
                }
            }
        }
        for back in backs.into_iter().filter(|back| !missing.contains(&back.bidder)) {
            let place = may.iter().position(|paid| paid.bidder == back.bidder && paid.amount == back.amount);
            if place.map(|place| may.swap_remove(place)).is_none() {
                let what = |colon| format!("{}{colon}{}", back.bidder, back.amount);
                faults.refuse(scene.reason(Code::NoSuchDeposit).found(Bilingual::of(what("："), what(": "))));
            }
        }
    }
}
