//! Steps 7 to 10: the vote, its notice, the filing, and the street's review, all of one plan.

use super::super::{
    DealKind, Dongsha, DongshaCode as Code, FilingRecord, MemberVote, PlanDraft, PlanNoticeRecord, Role, StreetDecision,
    StreetReviewRecord, VoteRecord,
};
use super::{Here, bounded, document, needed, people, same, same_plan};
use crate::case::{Case, Faults, StepRecord};
use crate::disclosure::Line;
use crate::policy::{Body, Majority, Policy, Tally, VoteResult};
use crate::value::{Bilingual, Digest};

impl StepRecord<Dongsha> for VoteRecord {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        same_plan(self.plan, scene, faults);
        same(scene.done_on(), self.held_on, Code::MeetingDate, scene, faults);
        self.examine_call(scene, faults);
        if bounded(&[self.tellers.len()], scene, faults) {
            self.examine_tellers(scene, faults);
        }
        self.examine_body(scene, faults);
        let below = scene.record::<PlanDraft>().is_some_and(|plan| plan.below_valuation.is_some());
        faults.require(!below || self.below_valuation_voted, || scene.reason(Code::BelowValuationNotVoted));
        document("会议纪要", "minutes", self.minutes, scene, faults);
        if rejected_before(self.plan, kind(scene.case()), scene.case()) {
            faults.refuse(scene.reason(Code::VotedBefore).found(Bilingual::same(self.plan)));
        }
    }

    /// By the policy's majority; what cannot be judged is not passed.
    fn outcome(&self, case: &Case<Dongsha>) -> Option<&'static str> {
        match self.result(case) {
            Some(VoteResult::Passed) => None,
            Some(VoteResult::NoQuorum) => Some("NoQuorum"),
            Some(VoteResult::Rejected) | None => Some("Rejected"),
        }
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = vec![
            Line::new("方案摘要值", "digest of the plan", self.plan),
            Line::new("会议通知日", "called on", self.called_on),
            Line::new("会议日", "held on", self.held_on),
        ];
        lines.extend(tally_lines(&self.tally));
        lines.push(Line::new("会议纪要", "minutes", self.minutes));
        lines
    }
}

/// Whether this very plan was put to the vote in this case and rejected.
pub(super) fn rejected_before(plan: Digest, kind: DealKind, case: &Case<Dongsha>) -> bool {
    let mut votes = case.voided_records::<MemberVote>().filter(|vote| vote.plan == plan);
    votes.any(|vote| vote.result_for(kind, case) == Some(VoteResult::Rejected))
}

/// The kind of deal that is voted on.
fn kind(case: &Case<Dongsha>) -> DealKind {
    case.record::<PlanDraft>().map_or(DealKind::Lease, |plan| plan.kind)
}

fn tally_lines(tally: &Tally) -> [Line; 5] {
    [
        Line::new("应到", "eligible", people(tally.eligible().count())),
        Line::new("实到", "present", people(tally.present().0)),
        Line::new("同意", "in favour", people(tally.in_favour())),
        Line::new("反对", "against", people(tally.against())),
        Line::new("弃权", "abstaining", people(tally.abstaining())),
    ]
}

impl VoteRecord {
    /// What the counts decide, by the case's own policy.
    pub fn result(&self, case: &Case<Dongsha>) -> Option<VoteResult> {
        self.result_for(kind(case), case)
    }

    fn result_for(&self, kind: DealKind, case: &Case<Dongsha>) -> Option<VoteResult> {
        self.majority(kind, case.policy()?)?.decide(&self.tally).ok()
    }

    fn majority(&self, kind: DealKind, policy: &Policy) -> Option<Majority> {
        let name = match (kind, self.tally.eligible().body()) {
            (_, Body::Directors) => return None,
            (DealKind::FarmlandToOutsiders, Body::Members) => "farmland-to-outsiders.assembly",
            (DealKind::FarmlandToOutsiders, Body::Delegates) => "farmland-to-outsiders.delegates",
            (DealKind::ConstructionLand, Body::Members) => "construction-land.assembly",
            (DealKind::ConstructionLand, Body::Delegates) => "construction-land.delegates",
            (_, Body::Members) => "assembly",
            (_, Body::Delegates) => "delegates",
        };
        policy.majority(name).map(|number| *number.value())
    }

    /// Called after the review, and the policy's days before the meeting (P2).
    fn examine_call(&self, scene: &Here<'_>, faults: &mut Faults) {
        if let Some(began) = scene.began(scene.step()).filter(|began| self.called_on < *began) {
            faults.refuse(scene.reason(Code::CalledTooEarly).expected(Bilingual::same(began)).found(Bilingual::same(self.called_on)));
        }
        let Some(lead) = needed("periods.P2", |policy| policy.period("P2"), scene, faults) else { return };
        let Some(first) = scene.lead_day(self.called_on, lead, faults) else { return };
        if self.held_on < first {
            faults.refuse(scene.reason(Code::CalledTooLate).expected(Bilingual::same(first)).found(Bilingual::same(self.held_on)));
        }
    }

    fn examine_tellers(&self, scene: &Here<'_>, faults: &mut Faults) {
        faults.require(!self.tellers.is_empty(), || scene.reason(Code::NoTellers));
        for teller in &self.tellers {
            let of_board = scene
                .person(*teller, faults)
                .is_some_and(|actor| actor.is_tied_to_role(Role::Board) || actor.is_tied_to_role(Role::BoardChair));
            faults.require(!of_board, || scene.reason(Code::TellerOfBoard).found(Bilingual::same(teller)));
        }
    }

    /// A body that the policy lets decide this kind of deal; delegates only where there are enough.
    fn examine_body(&self, scene: &Here<'_>, faults: &mut Faults) {
        let (Some(policy), Some(plan)) = (scene.policy(), scene.record::<PlanDraft>()) else { return };
        let body = self.tally.eligible().body();
        if self.majority(plan.kind, policy).is_none_or(|majority| majority.body() != body) {
            faults.refuse(scene.reason(Code::WrongBody).found(body.name()));
        }
        let least = policy.at_least("delegates").map_or(0, |number| *number.value());
        let count = self.tally.eligible().count();
        if body == Body::Delegates && count < least {
            faults.refuse(scene.reason(Code::DelegatesTooFew).expected(people(least)).found(people(count)));
        }
    }
}

impl StepRecord<Dongsha> for PlanNoticeRecord {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        same_plan(self.plan, scene, faults);
        let differs = scene.record::<MemberVote>().is_some_and(|vote| vote.tally != self.tally);
        faults.require(!differs, || scene.reason(Code::TallyDiffers));
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = vec![Line::new("通过的方案摘要值", "digest of the adopted plan", self.plan)];
        lines.extend(tally_lines(&self.tally));
        lines
    }
}

impl StepRecord<Dongsha> for FilingRecord {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        same_plan(self.plan, scene, faults);
    }

    fn lines(&self) -> Vec<Line> {
        vec![Line::new("立项编号", "filing number", &self.filing_number), Line::new("方案摘要值", "digest of the plan", self.plan)]
    }
}

impl StepRecord<Dongsha> for StreetReviewRecord {
    fn examine(&self, scene: &Here<'_>, faults: &mut Faults) {
        same_plan(self.plan, scene, faults);
    }

    fn outcome(&self, _: &Case<Dongsha>) -> Option<&'static str> {
        match self.decision {
            StreetDecision::Approved => None,
            StreetDecision::ReturnedForForm => Some("ReturnedForForm"),
            StreetDecision::ReturnedForSubstance => Some("ReturnedForSubstance"),
        }
    }

    fn lines(&self) -> Vec<Line> {
        let decision = match self.decision {
            StreetDecision::Approved => Bilingual::new("同意", "approved"),
            StreetDecision::ReturnedForForm => Bilingual::new("形式退回", "returned for form"),
            StreetDecision::ReturnedForSubstance => Bilingual::new("实质退回", "returned for substance"),
        };
        vec![Line::new("审核决定", "decision", decision), Line::new("理由", "reasons", &self.reason)]
    }
}
