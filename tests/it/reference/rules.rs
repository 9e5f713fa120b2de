//! What each record must show, and where it leads: DOMAIN.md, sections 2, 3 and 5, under the rules before 2025.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use sanzi::calendar::china_date;
use sanzi::dongsha::*;
use sanzi::policy::{Body, Tally};
use sanzi::value::{Money, PersonId};

use super::days::last_day;
use super::table::{MEETING_NOTICE, SIGNING};
use super::{Judged, Reference, must};

/// Passed, rejected (5) or no quorum (7): from half of the members present, half of them; delegates two thirds of both.
fn vote_leads(tally: &Tally) -> usize {
    let (all, here, yes) = (u64::from(tally.eligible().count()), u64::from(tally.present().0), u64::from(tally.in_favour()));
    let (quorum, passed) = match tally.eligible().body() {
        Body::Members => (2 * here >= all, 2 * yes >= here),
        _ => (3 * here >= 2 * all, 3 * yes >= 2 * here),
    };
    match (quorum, passed) {
        (false, _) => 7,
        (true, false) => 5,
        (true, true) => 8,
    }
}

/// Bidders by their highest bid, of equal bids the earlier.
fn ranked(bids: &[BidMade]) -> Vec<(PersonId, Money)> {
    let mut best: Vec<(PersonId, Money)> = Vec::new();
    for bid in bids {
        match best.iter_mut().find(|(who, _)| *who == bid.bidder) {
            Some((_, price)) if bid.price > *price => *price = bid.price,
            Some(_) => {}
            None => best.push((bid.bidder, bid.price)),
        }
    }
    // Nobody here raises their own bid to a price that another has bid: such a tie would be ranked otherwise.
    best.sort_by_key(|(_, price)| std::cmp::Reverse(*price));
    best
}

impl Reference {
    /// Where the current record leads; 17 is the end.
    pub(super) fn leads(&self) -> usize {
        let failed = |after: AfterFailure| if after == AfterFailure::AnnounceAgain { 11 } else { 5 };
        match self.did.get(&self.at).map(|did| &did.evidence) {
            Some(Evidence::PartyStudy(record)) if !record.endorsed => 1,
            Some(Evidence::PlanReview(record)) if !record.approved => 5,
            Some(Evidence::MemberVote(record)) => vote_leads(&record.tally),
            Some(Evidence::StreetReview(record)) => match record.decision {
                StreetDecision::Approved => 11,
                StreetDecision::ReturnedForForm => 9,
                StreetDecision::ReturnedForSubstance => 5,
            },
            Some(Evidence::BidderRegistration(record)) => {
                let fewest = self.plan().map_or(1, |plan| plan.min_bidders) as usize;
                let qualified = record.registrants.iter().filter(|registrant| registrant.qualified).count();
                if qualified >= fewest.max(1) { 13 } else { failed(record.after_failure) }
            }
            Some(Evidence::Bidding(record)) if record.bids.is_empty() => failed(record.after_failure),
            Some(Evidence::ContractSigning(ContractRecord::Defaulted(default))) if default.then == AfterDefault::NextRanked => 14,
            Some(Evidence::ContractSigning(ContractRecord::Defaulted(_))) => 11,
            _ => self.at + 1,
        }
    }

    /// Remembers what a return must not make forgotten: rejected plans, and defaulters of the bidding that stands.
    pub(super) fn note_failure(&mut self, to: usize) {
        // A vote that a later return voids was rejected only if it led there itself.
        if let Some(Evidence::MemberVote(vote)) = self.did.get(&7).map(|did| &did.evidence)
            && vote_leads(&vote.tally) == 5
        {
            self.rejected.push(vote.plan);
        }
        if let Some(Evidence::ContractSigning(ContractRecord::Defaulted(default))) = self.did.get(&15).map(|did| &did.evidence) {
            self.defaulted.push(default.winner);
        }
        if to <= 12 {
            let kept: Vec<_> = self.deposits().into_iter().filter(|(bidder, _)| !self.defaulted.contains(bidder)).collect();
            self.paid.extend(kept);
            self.defaulted.clear();
        }
    }

    fn bidding(&self) -> Vec<(PersonId, Money)> {
        match self.did.get(&13).map(|did| &did.evidence) {
            Some(Evidence::Bidding(bidding)) => ranked(&bidding.bids),
            _ => Vec::new(),
        }
    }

    fn registrants(&self) -> &[Registrant] {
        match self.did.get(&12).map(|did| &did.evidence) {
            Some(Evidence::BidderRegistration(record)) => &record.registrants,
            _ => &[],
        }
    }

    /// The deposits paid in for the bidding that stands.
    fn deposits(&self) -> Vec<(PersonId, Money)> {
        let paying = self.registrants().iter().filter(|one| one.deposit > Money::ZERO);
        paying.map(|one| (one.bidder, one.deposit)).collect()
    }

    fn result(&self) -> Option<&ResultRecord> {
        match &self.did.get(&14)?.evidence {
            Evidence::ResultNotice(result) => Some(result),
            _ => None,
        }
    }

    fn expert(&self, who: PersonId, role: &str) -> Judged {
        must(self.holds(who, role), "the expert does not hold the role")?;
        self.apart(who, self.at)
    }

    fn same_plan(&self, plan: sanzi::value::Digest) -> Judged {
        must(self.plan().and_then(|frozen| frozen.digest().ok()) == Some(plan), "another plan")
    }

    pub(super) fn judge_record(&self, who: PersonId, evidence: &Evidence, today: NaiveDate) -> Judged {
        match evidence {
            Evidence::AssetCheck(record) => must(
                record.asset == crate::village::opening().asset && !record.public_welfare && record.area_centi_m2 > 0,
                "not to be traded",
            ),
            Evidence::PartyStudy(_) | Evidence::IntentNotice(_) => Ok(()),
            Evidence::Valuation(record) => self.judge_valuation(record, today),
            Evidence::PlanDraft(record) => self.judge_plan(who, record, today),
            Evidence::PlanReview(record) => {
                self.same_plan(record.plan)?;
                self.expert(record.legal_adviser, "LegalAdviser")
            }
            Evidence::MemberVote(record) => self.judge_vote(record, today),
            Evidence::PlanNotice(record) => {
                self.same_plan(record.plan)?;
                let voted = self.did.get(&7).map(|did| &did.evidence);
                must(matches!(voted, Some(Evidence::MemberVote(vote)) if vote.tally == record.tally), "another tally")
            }
            Evidence::ProjectFiling(record) => self.same_plan(record.plan),
            Evidence::StreetReview(record) => self.same_plan(record.plan),
            Evidence::TradingNotice(record) => {
                self.same_plan(record.plan)?;
                let plan = self.plan().ok_or("no plan")?;
                let terms = (plan.floor, plan.deposit, plan.term_months, plan.area_centi_m2, &plan.eligibility);
                must(terms == (record.floor, record.deposit, record.term_months, record.area_centi_m2, &record.eligibility), "other terms")
            }
            Evidence::BidderRegistration(record) => self.judge_registration(who, record, today),
            Evidence::Bidding(record) => self.judge_bidding(who, record),
            Evidence::ResultNotice(record) => {
                let ranking = self.bidding();
                let winner = ranking.iter().find(|(bidder, _)| !self.defaulted.contains(bidder)).ok_or("nobody is left")?;
                must(*winner == (record.winner, record.price) && ranking.len() == record.bidders as usize, "another result")
            }
            Evidence::ContractSigning(ContractRecord::Signed(record)) => self.judge_contract(record, today),
            Evidence::ContractSigning(ContractRecord::Defaulted(record)) => self.judge_default(record),
            Evidence::FilingAndArchive(record) => self.judge_archive(record, today),
        }
    }

    fn judge_valuation(&self, record: &ValuationRecord, today: NaiveDate) -> Judged {
        must(record.amount > Money::ZERO && record.valid_until >= today, "no value, or expired")?;
        if let ValuationBasis::Quotes(quotes) = &record.basis {
            let inside = quotes.iter().any(|quote| *quote <= record.amount) && quotes.iter().any(|quote| *quote >= record.amount);
            must(quotes.len() >= 3 && inside, "quotes")?;
        }
        must(record.signatories.len() >= 2, "one signature")?;
        for (place, one) in record.signatories.iter().enumerate() {
            self.expert(*one, "Appraiser")?;
            must(!record.signatories[..place].iter().any(|other| self.tied(*one, *other)), "signatories of one house")?;
        }
        Ok(())
    }

    fn judge_plan(&self, who: PersonId, record: &PlanRecord, today: NaiveDate) -> Judged {
        let Some(Evidence::Valuation(valuation)) = self.did.get(&4).map(|did| &did.evidence) else { return Err("no valuation") };
        let Some(Evidence::AssetCheck(asset)) = self.did.get(&1).map(|did| &did.evidence) else { return Err("no asset") };
        must(today <= valuation.valid_until, "the valuation has expired")?;
        must(record.floor >= valuation.amount || record.below_valuation.is_some(), "below the valuation without a reason")?;
        must(record.floor > Money::ZERO && record.deposit > Money::ZERO && record.min_bidders >= 1, "nothing asked")?;
        must((1..=240).contains(&record.term_months), "over twenty years, or no term")?;
        must(record.area_centi_m2 > 0 && record.area_centi_m2 <= asset.area_centi_m2, "another area")?;
        let yuan = record.floor.fen() / 100 * u64::from(record.term_months);
        must(record.method == TradingMethod::PublicBidding || yuan < 10_000, "to be bid for in public")?;
        must(!valuation.signatories.iter().any(|one| self.tied(*one, who)), "drafted by whoever valued")?;
        must(record.digest().is_ok_and(|digest| !self.rejected.contains(&digest)), "rejected before")
    }

    fn judge_vote(&self, record: &VoteRecord, today: NaiveDate) -> Judged {
        self.same_plan(record.plan)?;
        let began = self.began.get(&7).map(|began| china_date(*began)).ok_or("not begun")?;
        must(record.held_on == today && record.called_on >= began, "the meeting's days")?;
        must(record.held_on >= record.called_on + Days::new(MEETING_NOTICE), "called too late")?;
        must(!record.tellers.is_empty(), "nobody counted")?;
        let of_board = |who: &PersonId| !self.known(*who) || self.tied_to_role(*who, "Board") || self.tied_to_role(*who, "BoardChair");
        must(!record.tellers.iter().any(of_board), "a teller of the board")?;
        must(record.tally.eligible().body() != Body::Directors, "the board does not vote on it")?;
        let below = self.plan().is_some_and(|plan| plan.below_valuation.is_some());
        must(!below || record.below_valuation_voted, "below the valuation, not voted")?;
        must(!self.rejected.contains(&record.plan), "rejected before")
    }

    fn judge_registration(&self, who: PersonId, record: &RegistrationRecord, today: NaiveDate) -> Judged {
        let began = self.began.get(&12).map(|began| china_date(*began)).ok_or("not begun")?;
        must((began..=today).contains(&record.closed_on), "closed on another day")?;
        let mut seen = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for registrant in &record.registrants {
            let bidder = registrant.bidder;
            must(self.known(bidder) && seen.0.insert(bidder), "unknown, or twice")?;
            must(registrant.deposit == Money::ZERO || seen.1.insert(registrant.account.reveal()), "one account for two")?;
            must(seen.2.insert(registrant.prepared_by.reveal()), "one hand for two")?;
            if registrant.qualified {
                must(self.plan().is_some_and(|plan| plan.deposit == registrant.deposit), "another deposit")?;
                let mut experts = match self.did.get(&4).map(|did| &did.evidence) {
                    Some(Evidence::Valuation(record)) => record.signatories.clone(),
                    _ => Vec::new(),
                };
                if let Some(Evidence::PlanReview(record)) = self.did.get(&6).map(|did| &did.evidence) {
                    experts.push(record.legal_adviser);
                }
                if let Some(Evidence::MemberVote(record)) = self.did.get(&7).map(|did| &did.evidence) {
                    experts.extend(&record.tellers);
                }
                let took_part = self.did.values().map(|did| did.by).chain([who]).chain(experts).any(|other| self.tied(bidder, other));
                let decides = ["Board", "BoardChair", "StreetOffice", "TradingCentre"].iter().any(|role| self.tied_to_role(bidder, role));
                must(!registrant.in_arrears && !took_part && !decides, "in arrears, or of the procedure")?;
            }
        }
        Ok(())
    }

    fn judge_bidding(&self, host: PersonId, record: &BiddingRecord) -> Judged {
        let plan = self.plan().ok_or("no plan")?;
        let mut before = None;
        for bid in &record.bids {
            must(self.registrants().iter().any(|one| one.bidder == bid.bidder && one.qualified), "not qualified")?;
            must(bid.price >= plan.floor, "below the floor")?;
            let least = before.map_or(0, |price: Money| price.fen() + plan.increment.fen());
            must(plan.increment == Money::ZERO || bid.price.fen() >= least, "rises too little")?;
            before = Some(bid.price);
        }
        must(ranked(&record.bids).first().map(|best| best.0) == record.winner, "not the highest")?;
        must(record.witnesses.iter().collect::<BTreeSet<_>>().len() >= 2, "too few witnesses")?;
        let good =
            |who: &PersonId| self.holds(*who, "Witness") && !self.tied(*who, host) && !self.bidders().iter().any(|b| self.tied(*who, *b));
        must(record.witnesses.iter().all(good), "a witness of a party")
    }

    fn judge_contract(&self, record: &SignedContract, today: NaiveDate) -> Judged {
        self.same_plan(record.plan)?;
        let (result, plan) = (self.result().ok_or("no result")?, self.plan().ok_or("no plan")?);
        let terms = (result.winner, result.price, plan.term_months, plan.contract_text);
        must(terms == (record.with, record.price, record.term_months, record.text), "not as won or voted")?;
        self.expert(record.checked_by, "LegalAdviser")?;
        let began = self.began.get(&15).map(|began| china_date(*began)).ok_or("not begun")?;
        must(record.signed_on == today, "signed on another day")?;
        must(last_day(began, SIGNING, &[]).is_some_and(|last| today <= last), "signed too late")
    }

    fn judge_default(&self, record: &WinnerDefault) -> Judged {
        must(self.result().is_some_and(|result| result.winner == record.winner), "not the winner")?;
        let paid = self.registrants().iter().find(|one| one.bidder == record.winner).map(|one| one.deposit);
        must(paid == Some(record.forfeited), "the deposit")?;
        let another = self.bidding().iter().any(|(who, _)| *who != record.winner && !self.defaulted.contains(who));
        must(record.then == AfterDefault::AnnounceAgain || another, "nobody is next")
    }

    fn judge_archive(&self, record: &ArchiveRecord, today: NaiveDate) -> Judged {
        let began = self.began.get(&16).map(|began| china_date(*began)).ok_or("not begun")?;
        must((began..=today).contains(&record.filed_on), "filed on another day")?;
        must(ArchiveItem::ALL.iter().all(|item| record.archive.iter().any(|one| one.item == *item)), "the archive")?;
        let winner = self.result().map(|result| result.winner);
        let now = self.deposits();
        let mut all: Vec<_> = self.paid.iter().chain(now.iter().filter(|(who, _)| !self.defaulted.contains(who))).copied().collect();
        for (who, _) in &all {
            // Whoever paid again, even if they then forfeited it, may have carried the first one over: only the last is owed.
            let last = now.iter().chain(all.iter().rev()).find(|(other, _)| other == who).map_or(Money::ZERO, |(_, amount)| *amount);
            let forfeited = now.iter().any(|(other, _)| other == who) && self.defaulted.contains(who);
            let back = record.deposits.iter().any(|back| back.bidder == *who && back.amount == last && back.on <= today);
            must(forfeited || Some(*who) == winner || back, "a deposit is owed")?;
        }
        for back in &record.deposits {
            let place = all.iter().position(|one| *one == (back.bidder, back.amount)).ok_or("no such deposit")?;
            all.swap_remove(place);
        }
        Ok(())
    }
}
