//! Steps 5 and 6: the plan whose digest is frozen, and its review.

use super::super::{
    AssetCheck, DealKind, Dongsha, DongshaCode as Code, MemberVote, PlanRecord, ReviewRecord, Role, Step, TradingMethod, Valuation,
};
use super::vote::rejected_before;
use super::{Here, area, believable_area, document, months, needed, people, same_plan};
use crate::case::{self, Case, Faults, StepRecord};
use crate::disclosure::Line;
use crate::policy::Policy;
use crate::value::{Bilingual, Digest, Money};

impl StepRecord<Dongsha> for PlanRecord {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        self.examine_price(scene, faults);
        self.examine_term(scene, faults);
        self.examine_method(scene, faults);
        self.examine_drafter(scene, faults);
        self.examine_again(scene, faults);
        document("合同文本", "contract text", self.contract_text, scene, faults);
        faults.require(self.deposit > Money::ZERO, || scene.reason(Code::ZeroDeposit));
        if let Some(least) = needed("at_least.bidders", |policy| policy.at_least("bidders"), scene, faults) {
            faults.require(self.min_bidders >= least, || {
                scene.reason(Code::BiddersTooFewPlanned).expected(people(least)).found(people(self.min_bidders))
            });
        }
        let checked = scene.record::<AssetCheck>().map_or(self.area_centi_m2, |asset| asset.area_centi_m2);
        believable_area(self.area_centi_m2, scene, faults);
        faults.require(self.area_centi_m2 <= checked, || {
            scene.reason(Code::TermsDiffer).expected(area(checked)).found(area(self.area_centi_m2))
        });
    }

    /// Small, ordinary or large: by the worth of the whole deal.
    fn size(&self, policy: &Policy) -> Option<&'static str> {
        Some(Sizes::of(policy)?.of_worth(self.worth()).name())
    }

    fn frozen(&self) -> Option<Digest> {
        self.digest().ok()
    }

    fn deal_worth(&self) -> Option<Money> {
        Some(self.worth())
    }

    fn lines(&self) -> Vec<Line> {
        let method = match self.method {
            TradingMethod::PublicBidding => Bilingual::new("公开竞投", "public bidding"),
            TradingMethod::Negotiation => Bilingual::new("协商", "negotiation"),
        };
        let mut lines = vec![
            Line::new("交易方式", "method", method),
            Line::new("底价", "floor", self.floor),
            Line::new("期限", "term", months(self.term_months)),
            Line::new("面积", "area", area(self.area_centi_m2)),
            Line::new("用途", "use", &self.usage),
            Line::new("保证金", "deposit", self.deposit),
            Line::new("增价幅度", "increment", self.increment),
            Line::new("竞投资格", "eligibility", &self.eligibility),
            Line::new("原承租人优先权", "tenant's priority", self.tenant_priority),
            Line::new("最低竞投人数", "fewest bidders", people(self.min_bidders)),
            Line::new("合同文本", "contract text", self.contract_text),
        ];
        lines.extend(self.below_valuation.as_ref().map(|why| Line::new("低于评估价的理由", "why below the valuation", why)));
        lines.extend(self.digest().ok().map(|digest| Line::new("方案摘要值", "digest of the plan", digest)));
        lines
    }
}

/// The amounts by which a deal is small, ordinary or large.
pub(crate) struct Sizes {
    small_below: Money,
    large_from: Money,
}

impl Sizes {
    pub(crate) fn of(policy: &Policy) -> Option<Sizes> {
        Some(Sizes { small_below: *policy.amount("small-below")?.value(), large_from: *policy.amount("large-from")?.value() })
    }

    pub(crate) fn of_worth(&self, worth: Money) -> Size {
        if worth >= self.large_from {
            Size::Large
        } else if worth < self.small_below {
            Size::Small
        } else {
            Size::Ordinary
        }
    }
}

/// The smallest first.
#[derive(Clone, Copy)]
pub(crate) enum Size {
    Small,
    Ordinary,
    Large,
}

impl Size {
    #[cfg(feature = "audit")]
    pub(crate) const ALL: [Size; 3] = [Size::Small, Size::Ordinary, Size::Large];

    /// As the policy's numbers name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Size::Small => "small",
            Size::Ordinary => "ordinary",
            Size::Large => "large",
        }
    }
}

impl PlanRecord {
    /// On a valuation that is still good; a floor below it says why.
    fn examine_price(&self, scene: &Here<'_>, faults: &mut Faults) {
        faults.require(self.floor > Money::ZERO, || scene.reason(Code::ZeroValue));
        let Some(valuation) = scene.record::<Valuation>() else { return };
        if valuation.valid_until < scene.done_on() {
            faults.refuse(
                scene
                    .reason(Code::ValuationExpired)
                    .expected(Bilingual::same(scene.done_on()))
                    .found(Bilingual::same(valuation.valid_until)),
            );
        }
        if self.floor < valuation.amount && self.below_valuation.is_none() {
            faults.refuse(scene.reason(Code::FloorBelowValuation).expected(valuation.amount.text()).found(self.floor.text()));
        }
    }

    /// Whoever values does not plan: those who signed the valuation included, and their kin.
    fn examine_drafter(&self, scene: &Here<'_>, faults: &mut Faults) {
        let signatories = scene.record::<Valuation>().map(|valuation| valuation.signatories.as_slice()).unwrap_or_default();
        // Of whoever performed the valuation the row itself speaks.
        let performer = scene.case().performer(Step::Valuation);
        let mut others = signatories.iter().filter(|signatory| Some(**signatory) != performer);
        if others.any(|signatory| scene.actor().is_tied_to(*signatory)) {
            let expected = Bilingual::new("非评估签字人及其近亲属", "not a signatory of the valuation, nor their kin");
            faults.refuse(scene.reason(case::Code::MustDiffer).expected(expected).found(Bilingual::same(scene.actor().person())));
        }
    }

    /// A plan that was rejected stops here: at the vote there would be no way on.
    fn examine_again(&self, scene: &Here<'_>, faults: &mut Faults) {
        // Without an earlier vote there is nothing to look for.
        if scene.case().voided_records::<MemberVote>().next().is_none() {
            return;
        }
        if let Some(digest) = self.digest().ok().filter(|digest| rejected_before(*digest, self.kind, scene.case())) {
            faults.refuse(scene.reason(Code::VotedBefore).found(Bilingual::same(digest)));
        }
    }

    /// A term, and for a lease or a contract to operate none over the cap. Farmland has terms of its own (承包法).
    fn examine_term(&self, scene: &Here<'_>, faults: &mut Faults) {
        if self.kind == DealKind::Sale {
            return faults.require(self.term_months == 0, || scene.reason(Code::SaleHasTerm).found(months(self.term_months)));
        }
        faults.require(self.term_months > 0, || scene.reason(Code::NoTerm));
        let Some(years) = needed("at_most.lease-years", |policy| policy.at_most("lease-years"), scene, faults) else { return };
        let most = years.saturating_mul(12);
        if self.kind != DealKind::FarmlandToOutsiders && self.term_months > most {
            faults.refuse(scene.reason(Code::TermTooLong).expected(months(most)).found(months(self.term_months)));
        }
    }

    /// Over the threshold, alone or together with other deals on the same asset, it is bid for publicly.
    fn examine_method(&self, scene: &Here<'_>, faults: &mut Faults) {
        let threshold = scene.policy().and_then(|policy| policy.amount("public-trading-from")).map(|number| *number.value());
        let (Some(threshold), TradingMethod::Negotiation) = (threshold, self.method) else { return };
        let worth = self.worth();
        let together = worth.plus(scene.nearby().same_asset_total).unwrap_or(Money::MAX);
        if worth >= threshold {
            faults.refuse(scene.reason(Code::MustTradePublicly).expected(threshold.text()).found(worth.text()));
        } else if together >= threshold {
            faults.refuse(scene.reason(Code::Splitting).expected(threshold.text()).found(together.text()));
        }
    }
}

impl StepRecord<Dongsha> for ReviewRecord {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        same_plan(self.plan, scene, faults);
        document("审查意见书", "signed opinion", self.opinion, scene, faults);
        scene.require_role(self.legal_adviser, Role::LegalAdviser, faults);
    }

    fn outcome(&self, _: &Case<Dongsha>) -> Option<&'static str> {
        (!self.approved).then_some("NotApproved")
    }

    fn lines(&self) -> Vec<Line> {
        vec![
            Line::new("方案摘要值", "digest of the plan", self.plan),
            Line::new(
                "意见",
                "opinion",
                if self.approved { Bilingual::new("通过", "approved") } else { Bilingual::new("不通过", "not approved") },
            ),
            Line::new("理由", "reasons", &self.reason),
            Line::new("意见书", "signed opinion", self.opinion),
        ]
    }
}
