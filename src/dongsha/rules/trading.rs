//! Steps 11 to 13: the trading notice, the registration, the bidding.

use std::collections::BTreeSet;

use super::super::{
    AfterFailure, BidderRegistration, BiddingRecord, DealKind, Dongsha, DongshaCode as Code, MemberVote, PlanDraft, PlanReview, Registrant,
    RegistrationRecord, Role, Step, TradingNoticeRecord, Valuation,
};
use super::{Here, area, bounded, document, months, needed, people, same, same_plan};
use crate::calendar::{china_date, china_midnight};
use crate::case::{Case, Correction, Faults, StepRecord};
use crate::disclosure::Line;
use crate::flow::StepId;
use crate::value::{Bilingual, Money, PersonId};

/// What may be corrected without a new vote; everything else is material.
const MINOR: [&str; 4] = ["wording", "contact", "place", "opening-hours"];

impl StepRecord<Dongsha> for TradingNoticeRecord {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        same_plan(self.plan, scene, faults);
        let Some(plan) = scene.record::<PlanDraft>() else { return };
        same(plan.floor, self.floor, Code::TermsDiffer, scene, faults);
        same(plan.deposit, self.deposit, Code::TermsDiffer, scene, faults);
        same(months(plan.term_months), months(self.term_months), Code::TermsDiffer, scene, faults);
        same(area(plan.area_centi_m2), area(self.area_centi_m2), Code::TermsDiffer, scene, faults);
        same(&plan.eligibility, &self.eligibility, Code::TermsDiffer, scene, faults);
        if plan.kind == DealKind::ConstructionLand {
            examine_lodging(scene, faults);
        }
    }

    /// A minor correction is posted again for the whole period; a material change is planned and voted again.
    fn recall(&self, correction: &Correction) -> Option<&'static str> {
        let minor = correction.changes.iter().all(|change| MINOR.contains(&change.as_str()));
        Some(if minor && !correction.changes.is_empty() { "Corrected" } else { "Changed" })
    }

    fn lines(&self) -> Vec<Line> {
        vec![
            Line::new("公告编号", "notice number", &self.notice_number),
            Line::new("底价", "floor", self.floor),
            Line::new("保证金", "deposit", self.deposit),
            Line::new("期限", "term", months(self.term_months)),
            Line::new("面积", "area", area(self.area_centi_m2)),
            Line::new("竞投资格", "eligibility", &self.eligibility),
            Line::new("方案摘要值", "digest of the plan", self.plan),
        ]
    }
}

/// Construction land: the government had the filed plan for its working days before it is announced.
fn examine_lodging(scene: &Here<'_>, faults: &mut Faults) {
    let lead = scene.policy().and_then(|policy| policy.period("construction-land.lodged"));
    let filed = scene.case().done(Step::ProjectFiling).map(|done| china_date(done.done));
    let (Some(lead), Some(filed)) = (lead, filed) else { return };
    let Some(first) = scene.lead_day(filed, *lead.value(), faults) else { return };
    if scene.done_on() < first {
        let reason = scene.reason(Code::LodgedTooLate).expected(Bilingual::same(first)).found(Bilingual::same(scene.done_on()));
        faults.refuse(reason.earliest(Some(china_midnight(first))));
    }
}

impl StepRecord<Dongsha> for RegistrationRecord {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        let began = scene.began(scene.step());
        if self.closed_on > scene.done_on() || began.is_some_and(|began| self.closed_on < began) {
            let expected = Bilingual::of(
                format!("{} 至 {}", began.unwrap_or_default(), scene.done_on()),
                format!("{} to {}", began.unwrap_or_default(), scene.done_on()),
            );
            faults.refuse(scene.reason(Code::RegistrationDate).expected(expected).found(Bilingual::same(self.closed_on)));
        }
        if bounded(&[self.registrants.len()], scene, faults) {
            self.examine_each(scene, faults);
            self.examine_rigging(scene, faults);
        }
    }

    fn outcome(&self, case: &Case<Dongsha>) -> Option<&'static str> {
        let least = case.record::<PlanDraft>().map_or(1, |plan| plan.min_bidders);
        let enough = u32::try_from(self.qualified().count()).is_ok_and(|count| count >= least.max(1));
        match self.after_failure {
            _ if enough => None,
            AfterFailure::AnnounceAgain => Some("TooFew"),
            AfterFailure::LowerFloor => Some("TooFewLowerFloor"),
        }
    }

    fn bidders(&self) -> Vec<PersonId> {
        self.registrants.iter().map(|registrant| registrant.bidder).collect()
    }

    /// Sealed until the bidding: counts only.
    fn lines(&self) -> Vec<Line> {
        vec![
            Line::new("报名截止", "registration closed", self.closed_on),
            Line::new("报名人数", "registered", people(self.registrants.len())),
            Line::new("合格人数", "qualified", people(self.qualified().count())),
        ]
    }
}

impl RegistrationRecord {
    fn examine_each(&self, scene: &Here<'_>, faults: &mut Faults) {
        let deposit = scene.record::<PlanDraft>().map(|plan| plan.deposit);
        for registrant in &self.registrants {
            let who = || Bilingual::same(registrant.bidder);
            scene.person(registrant.bidder, faults);
            if !registrant.qualified {
                continue;
            }
            faults.require(deposit.is_none_or(|deposit| deposit == registrant.deposit), || {
                scene.reason(Code::WrongDeposit).expected(deposit.unwrap_or_default().text()).found(registrant.deposit.text())
            });
            faults.require(!registrant.in_arrears, || scene.reason(Code::BidderInArrears).found(who()));
            if conflicted(registrant, scene) {
                faults.refuse(scene.reason(Code::BidderConflict).found(who()));
            }
        }
    }

    /// Registered twice, or several deposits or papers from one hand.
    fn examine_rigging(&self, scene: &Here<'_>, faults: &mut Faults) {
        let mut seen = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for registrant in &self.registrants {
            let who = || Bilingual::same(registrant.bidder);
            faults.require(seen.0.insert(registrant.bidder), || scene.reason(Code::RegisteredTwice).found(who()));
            if registrant.deposit > Money::ZERO {
                let shown = || Bilingual::same(registrant.account.masked());
                faults.require(seen.1.insert(registrant.account.reveal()), || scene.reason(Code::SameAccount).found(shown()));
            }
            let shown = || Bilingual::same(registrant.prepared_by.masked());
            faults.require(seen.2.insert(registrant.prepared_by.reveal()), || scene.reason(Code::SamePreparer).found(shown()));
        }
    }
}

/// Whether a bidder, or their kin, took part in the procedure or sits where it is decided.
fn conflicted(registrant: &Registrant, scene: &Here<'_>) -> bool {
    let Ok(bidder) = scene.office().register.actor(registrant.bidder, scene.done_on()) else { return false };
    let took_part =
        Step::ALL.iter().filter_map(|step| scene.case().performer(*step)).chain(experts(scene)).any(|other| bidder.is_tied_to(other));
    let deciders = [Role::Board, Role::BoardChair, Role::StreetOffice, Role::TradingCentre];
    took_part || scene.actor().is_tied_to(registrant.bidder) || deciders.iter().any(|role| bidder.is_tied_to_role(*role))
}

/// Those who took part without performing a step: who signed the valuation, advised, and counted.
fn experts(scene: &Here<'_>) -> Vec<PersonId> {
    let mut all = scene.record::<Valuation>().map(|valuation| valuation.signatories.clone()).unwrap_or_default();
    all.extend(scene.record::<PlanReview>().map(|review| review.legal_adviser));
    all.extend(scene.record::<MemberVote>().map(|vote| vote.tellers.clone()).unwrap_or_default());
    all
}

impl StepRecord<Dongsha> for BiddingRecord {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        document("现场记录", "record of the session", self.minutes, scene, faults);
        if !bounded(&[self.bids.len(), self.witnesses.len()], scene, faults) {
            return;
        }
        self.examine_bids(scene, faults);
        self.examine_winner(scene, faults);
        self.examine_witnesses(scene, faults);
    }

    fn outcome(&self, _: &Case<Dongsha>) -> Option<&'static str> {
        match (self.bids.is_empty(), self.after_failure) {
            (false, _) => None,
            (true, AfterFailure::AnnounceAgain) => Some("NoBid"),
            (true, AfterFailure::LowerFloor) => Some("NoBidLowerFloor"),
        }
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = vec![
            Line::new("出价人数", "bidders", people(self.ranking().len())),
            Line::new("见证人数", "witnesses", people(self.witnesses.len())),
            Line::new("现场记录", "record of the session", self.minutes),
        ];
        match self.ranking().first() {
            Some(best) => {
                lines.push(Line::new("成交人", "winner", best.bidder));
                lines.push(Line::new("成交价", "price", best.price));
            }
            None => lines.push(Line::new("结果", "outcome", Bilingual::new("无人出价，流标", "no bid"))),
        }
        lines
    }
}

impl BiddingRecord {
    /// Each by someone qualified, at or over the floor, and rising by the plan's increment where it sets one.
    fn examine_bids(&self, scene: &Here<'_>, faults: &mut Faults) {
        let (Some(plan), Some(registration)) = (scene.record::<PlanDraft>(), scene.record::<BidderRegistration>()) else { return };
        if self.bids.is_empty() {
            let silent = registration.qualified().map(|registrant| registrant.bidder);
            silent.for_each(|bidder| faults.warn(scene.reason(Code::NobodyBid).found(Bilingual::same(bidder))));
        }
        let mut before: Option<Money> = None;
        for bid in &self.bids {
            let qualified = registration.qualified().any(|registrant| registrant.bidder == bid.bidder);
            faults.require(qualified, || scene.reason(Code::NotQualified).found(Bilingual::same(bid.bidder)));
            faults
                .require(bid.price >= plan.floor, || scene.reason(Code::BidBelowFloor).expected(plan.floor.text()).found(bid.price.text()));
            let least = before.map_or(Money::ZERO, |price| price.plus(plan.increment).unwrap_or(Money::MAX));
            if plan.increment > Money::ZERO && bid.price < least {
                faults.refuse(scene.reason(Code::IncrementTooSmall).expected(least.text()).found(bid.price.text()));
            }
            before = Some(bid.price);
        }
        if plan.increment == Money::ZERO && self.rises_regularly() {
            faults.warn(scene.reason(Code::RegularSteps).found(people(self.bids.len())));
        }
    }

    /// Three or more different bidders whose prices lie at equal distances.
    fn rises_regularly(&self) -> bool {
        let mut prices: Vec<u64> = self.ranking().iter().map(|bid| bid.price.fen()).collect();
        prices.sort_unstable();
        let steps: BTreeSet<u64> = prices.windows(2).filter_map(|pair| pair.last()?.checked_sub(*pair.first()?)).collect();
        prices.len() >= 3 && steps.len() == 1 && !steps.contains(&0)
    }

    fn examine_winner(&self, scene: &Here<'_>, faults: &mut Faults) {
        let best = self.ranking().first().map(|bid| bid.bidder);
        if best != self.winner {
            let name = |who: Option<PersonId>| who.map_or(Bilingual::new("无", "nobody"), Bilingual::same);
            faults.refuse(scene.reason(Code::WrongWinner).expected(name(best)).found(name(self.winner)));
        }
    }

    fn examine_witnesses(&self, scene: &Here<'_>, faults: &mut Faults) {
        let different: BTreeSet<&PersonId> = self.witnesses.iter().collect();
        if let Some(least) = needed("at_least.witnesses", |policy| policy.at_least("witnesses"), scene, faults) {
            let enough = u32::try_from(different.len()).is_ok_and(|count| count >= least);
            faults.require(enough, || scene.reason(Code::WitnessesTooFew).expected(people(least)).found(people(different.len())));
        }
        for witness in different {
            let Some(actor) = scene.person(*witness, faults) else { continue };
            let bidders = scene.case().bidders();
            let tied = actor.is_tied_to(scene.actor().person()) || bidders.iter().any(|bidder| actor.is_tied_to(*bidder));
            faults.require(actor.holds(Role::Witness), || {
                scene
                    .reason(crate::case::Code::NotResponsible)
                    .expected(crate::flow::RoleId::name(Role::Witness))
                    .found(Bilingual::same(witness))
            });
            faults.require(!tied, || scene.reason(Code::WitnessConflict).found(Bilingual::same(witness)));
        }
    }
}
