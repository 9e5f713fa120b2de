//! Steps 14 to 16: the result, the contract, the archive.

use super::super::{
    AfterDefault, ArchiveItem, ArchiveRecord, BidMade, BidderRegistration, Bidding, ContractRecord, ContractSigning, Dongsha,
    DongshaCode as Code, PlanDraft, ResultNotice, ResultRecord, Role, SignedContract, WinnerDefault,
};
use super::{Here, months, people, same, same_plan};
use crate::case::{Case, Faults, StepRecord};
use crate::disclosure::Line;
use crate::value::{Bilingual, Money, PersonId};

/// Who has defaulted since the bidding that stands: a new round begins with an empty list.
fn defaulters(case: &Case<Dongsha>) -> Vec<PersonId> {
    let since = case.voided().iter().rposition(|evidence| matches!(evidence, super::super::Evidence::Bidding(_)));
    let rounds = case.voided().iter().skip(since.map_or(0, |place| place.saturating_add(1)));
    rounds
        .filter_map(|evidence| match evidence {
            // A default that led to a new notice ended the bidding it belongs to.
            super::super::Evidence::ContractSigning(ContractRecord::Defaulted(default)) if default.then == AfterDefault::NextRanked => {
                Some(default.winner)
            }
            _ => None,
        })
        .collect()
}

/// The highest bidder who has not defaulted.
fn next_winner<'a>(case: &'a Case<Dongsha>, also: Option<PersonId>) -> Option<&'a BidMade> {
    let out = defaulters(case);
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
        self.examine_deposits(scene, faults);
        for item in ArchiveItem::ALL {
            let there = self.archive.iter().any(|archived| archived.item == item);
            faults.require(there, || scene.reason(Code::ArchiveIncomplete).expected(Bilingual::same(format!("{item:?}"))));
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

impl ArchiveRecord {
    /// Everyone who paid a deposit, and neither won nor forfeited it, has it back in full; late is said so.
    fn examine_deposits(&self, scene: &Here<'_>, faults: &mut Faults) {
        let Some(registration) = scene.record::<BidderRegistration>() else { return };
        let winner = scene.record::<ContractSigning>().and_then(|contract| match contract {
            ContractRecord::Signed(contract) => Some(contract.with),
            ContractRecord::Defaulted(_) => None,
        });
        let kept = defaulters(scene.case());
        let last = scene.deadline_day(faults);
        for registrant in &registration.registrants {
            if registrant.deposit == Money::ZERO || winner == Some(registrant.bidder) || kept.contains(&registrant.bidder) {
                continue;
            }
            let who = Bilingual::of(
                format!("{}：{}", registrant.bidder, registrant.deposit),
                format!("{}: {}", registrant.bidder, registrant.deposit),
            );
            let returned = self.deposits.iter().find(|back| back.bidder == registrant.bidder && back.amount == registrant.deposit);
            match returned {
                Some(back) if back.on <= scene.done_on() => {
                    if last.is_some_and(|last| back.on > last) {
                        faults.warn(scene.reason(Code::DepositLate).found(who));
                    }
                }
                _ => faults.refuse(scene.reason(Code::DepositOwed).expected(who)),
            }
        }
    }
}
