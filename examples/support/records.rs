//! The record of each step, made of the file's terms.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use sanzi::Engine;
use sanzi::calendar::china_date;
use sanzi::dongsha::*;
use sanzi::policy::{AllMembers, Eligible, Present, Tally};
use sanzi::register::Actor;
use sanzi::store::Store;
use sanzi::value::{AccountNumber, Digest, IdNumber, Money, PersonId, PersonName, Text};

use super::drive::{Drive, DriveError};
use super::input::{Incident, Terms};

fn text(text: &str) -> Result<Text, DriveError> {
    Ok(Text::new(text)?)
}

impl Drive<'_> {
    /// A good record for the step at which the case stands, but for what the file says goes wrong.
    pub(crate) fn record<S: Store>(&self, engine: &Engine<Dongsha, S>, by: PersonId) -> Result<Evidence, DriveError> {
        let step = self.case.place().map_or(Step::AssetCheck, |place| place.step);
        Ok(match step {
            Step::AssetCheck | Step::PartyStudy | Step::IntentNotice | Step::Valuation => self.before_plan(engine, step)?,
            Step::PlanDraft => Evidence::PlanDraft(self.plan()?),
            Step::PlanReview => Evidence::PlanReview(ReviewRecord {
                plan: self.frozen()?,
                opinion: self.scan("opinion"),
                legal_adviser: self.on_duty(engine, Role::LegalAdviser, |_| true)?,
                approved: true,
                reason: text("程序合规，条款完整")?,
            }),
            Step::MemberVote => Evidence::MemberVote(self.vote(engine)?),
            Step::PlanNotice => {
                let tally = self.case.record::<MemberVote>().map_or_else(|| self.tally(), |vote| Ok(vote.tally))?;
                Evidence::PlanNotice(PlanNoticeRecord { plan: self.frozen()?, tally })
            }
            Step::ProjectFiling => {
                let filing_number = text(&format!("立项-{}-{:03}", self.today().format("%Y"), self.transaction.no))?;
                Evidence::ProjectFiling(FilingRecord { plan: self.frozen()?, filing_number })
            }
            Step::StreetReview => Evidence::StreetReview(StreetReviewRecord {
                plan: self.frozen()?,
                decision: StreetDecision::Approved,
                reason: text("材料齐备，程序完整")?,
            }),
            Step::TradingNotice => Evidence::TradingNotice(self.trading_notice()?),
            Step::BidderRegistration => Evidence::BidderRegistration(self.registration()?),
            Step::Bidding => Evidence::Bidding(self.bidding(engine, by)?),
            Step::ResultNotice | Step::ContractSigning | Step::FilingAndArchive => self.completion(engine, step)?,
        })
    }

    fn today(&self) -> NaiveDate {
        china_date(self.now)
    }

    /// Stands for the digest of a scanned document of this transaction.
    fn scan(&self, name: &str) -> Digest {
        Digest::of_bytes(format!("{} {name} {}", self.transaction.asset, self.now).as_bytes())
    }

    /// The plan to which everything after step 5 is bound.
    pub(crate) fn frozen(&self) -> Result<Digest, DriveError> {
        Ok(self.case.record::<PlanDraft>().map_or(Ok(Digest::NONE), PlanRecord::digest)?)
    }

    /// What the whole asset is worth in the unit of the floor.
    fn value(&self) -> Money {
        self.transaction.incident.as_ref().map_or(&self.transaction.terms, Incident::first).floor
    }

    fn before_plan<S: Store>(&self, engine: &Engine<Dongsha, S>, step: Step) -> Result<Evidence, DriveError> {
        let transaction = self.transaction;
        let Terms { area_centi_m2, usage, term_months, .. } = self.terms().clone();
        Ok(match step {
            Step::AssetCheck => Evidence::AssetCheck(AssetCheckRecord {
                asset: transaction.asset,
                title: transaction.title.clone(),
                area_centi_m2,
                usage,
                current_lease_ends: None,
                public_welfare: false,
            }),
            Step::PartyStudy => Evidence::PartyStudy(PartyStudyRecord {
                minutes: self.scan("minutes of the branch"),
                endorsed: true,
                reason: text("符合集体利益，同意提交")?,
            }),
            Step::IntentNotice => Evidence::IntentNotice(IntentRecord {
                purpose: text("盘活集体资产，增加集体收入")?,
                method: text("公开竞投")?,
                term_months,
                how_to_comment: text("对外办公点意见箱，或“东塱之家”留言")?,
            }),
            _ => Evidence::Valuation(ValuationRecord {
                basis: ValuationBasis::Report(self.scan("valuation report")),
                amount: self.value(),
                valid_until: self.today().checked_add_days(Days::new(365)).unwrap_or(self.today()),
                signatories: self.pick_untied(engine, Role::Appraiser, 2, |_| true),
            }),
        })
    }

    /// Several people of one role, none tied to another.
    fn pick_untied<S: Store>(
        &self,
        engine: &Engine<Dongsha, S>,
        role: Role,
        count: usize,
        lawful: impl Fn(&Actor<Role>) -> bool,
    ) -> Vec<PersonId> {
        let register = &engine.office().register;
        let mut picked: Vec<PersonId> = Vec::new();
        for person in self.all_on_duty(engine, role, lawful) {
            let tied = register.actor(person, self.today()).is_ok_and(|actor| picked.iter().any(|other| actor.is_tied_to(*other)));
            if !tied && picked.len() < count {
                picked.push(person);
            }
        }
        picked
    }

    pub(crate) fn plan(&self) -> Result<PlanRecord, DriveError> {
        let Terms { area_centi_m2, usage, term_months, floor, deposit, increment } = self.terms().clone();
        let below_valuation = match &self.transaction.incident {
            Some(Incident::NoBid(failed)) if floor < self.value() => Some(failed.changed.clone()),
            _ => None,
        };
        Ok(PlanRecord {
            kind: self.transaction.kind,
            method: TradingMethod::PublicBidding,
            floor,
            term_months,
            area_centi_m2,
            usage,
            deposit,
            increment,
            eligibility: text("年满十八周岁的自然人或依法登记的单位，无拖欠本社款项")?,
            tenant_priority: false,
            min_bidders: 1,
            contract_text: self.scan("contract text"),
            below_valuation,
        })
    }

    /// Three quarters of the members come, most of them in favour; or as the file says.
    fn tally(&self) -> Result<Tally, DriveError> {
        let members = self.input.members;
        let (in_favour, against, abstaining) = match self.incident() {
            Some(Incident::RejectedVote(vote)) => (vote.in_favour, vote.against, vote.abstaining),
            _ => {
                let present = members.div_ceil(4).saturating_mul(3).min(members);
                let (against, abstaining) = (self.transaction.no % 13, self.transaction.no % 7);
                let (against, abstaining) = (against.min(present / 8), abstaining.min(present / 8));
                (present.saturating_sub(against).saturating_sub(abstaining), against, abstaining)
            }
        };
        let present = Present(in_favour.saturating_add(against).saturating_add(abstaining));
        Ok(Tally::new(Eligible::Members(AllMembers(members)), present, in_favour, against, abstaining)?)
    }

    fn vote<S: Store>(&self, engine: &Engine<Dongsha, S>) -> Result<VoteRecord, DriveError> {
        let of_board = |actor: &Actor<Role>| actor.is_tied_to_role(Role::Board) || actor.is_tied_to_role(Role::BoardChair);
        Ok(VoteRecord {
            plan: self.frozen()?,
            called_on: self.case.began(Step::MemberVote).map_or(self.today(), china_date),
            held_on: self.today(),
            tally: self.tally()?,
            tellers: self.pick_untied(engine, Role::MemberAssembly, 2, |actor| !of_board(actor)),
            minutes: self.scan("minutes of the meeting"),
            below_valuation_voted: self.case.record::<PlanDraft>().is_some_and(|plan| plan.below_valuation.is_some()),
        })
    }

    fn trading_notice(&self) -> Result<TradingNoticeRecord, DriveError> {
        let Terms { area_centi_m2, term_months, floor, deposit, .. } = *self.terms();
        Ok(TradingNoticeRecord {
            plan: self.frozen()?,
            floor,
            deposit,
            term_months,
            area_centi_m2,
            eligibility: self.plan()?.eligibility,
            notice_number: text(&format!("公告-{}-{:03}", self.today().format("%Y"), self.transaction.no))?,
        })
    }

    fn registration(&self) -> Result<RegistrationRecord, DriveError> {
        let who = match self.incident() {
            Some(Incident::NoBid(failed)) => &failed.registered,
            _ => &self.transaction.bidders,
        };
        let registrants = who.iter().map(|bidder| self.registrant(*bidder)).collect::<Result<_, _>>()?;
        Ok(RegistrationRecord { closed_on: self.today(), registrants, after_failure: AfterFailure::LowerFloor })
    }

    fn registrant(&self, bidder: PersonId) -> Result<Registrant, DriveError> {
        let name = self.input.register.name(bidder).map_or_else(|| PersonName::new(bidder.as_str()), |name| Ok(name.clone()))?;
        let digest = Digest::of_bytes(bidder.as_str().as_bytes());
        let digits: String = digest.as_bytes().iter().take(10).map(|byte| char::from(b'0' + byte % 10)).collect();
        Ok(Registrant {
            bidder,
            id_number: IdNumber::new(&format!("44010319{digits}"))?,
            account: AccountNumber::new(&format!("622202{digits}001"))?,
            deposit: self.terms().deposit,
            prepared_by: name.clone(),
            name,
            in_arrears: false,
            qualified: true,
            reason: text("材料齐全，保证金已到账")?,
        })
    }

    fn bidding<S: Store>(&self, engine: &Engine<Dongsha, S>, host: PersonId) -> Result<BiddingRecord, DriveError> {
        let bids: Vec<BidMade> = match self.incident() {
            Some(Incident::NoBid(_)) => Vec::new(),
            _ => self.transaction.bids.iter().map(|bid| BidMade { bidder: bid.bidder, price: bid.price }).collect(),
        };
        let bidders: BTreeSet<PersonId> = self.case.bidders().iter().copied().collect();
        let apart = |actor: &Actor<Role>| !actor.is_tied_to(host) && !bidders.iter().any(|bidder| actor.is_tied_to(*bidder));
        let mut record = BiddingRecord {
            bids,
            winner: None,
            witnesses: self.pick_untied(engine, Role::Witness, 2, apart),
            minutes: self.scan("record of the bidding"),
            after_failure: AfterFailure::LowerFloor,
        };
        record.winner = record.ranking().first().map(|bid| bid.bidder);
        Ok(record)
    }

    fn completion<S: Store>(&self, engine: &Engine<Dongsha, S>, step: Step) -> Result<Evidence, DriveError> {
        let nobody = || PersonId::new("nobody").map_err(|error| DriveError::Act(error.into()));
        let ranking = self.case.record::<Bidding>().map(BiddingRecord::ranking).unwrap_or_default();
        let (winner, price) = match ranking.first() {
            Some(best) => (best.bidder, best.price),
            None => (nobody()?, Money::ZERO),
        };
        let terms = self.terms();
        Ok(match step {
            Step::ResultNotice => Evidence::ResultNotice(ResultRecord {
                winner,
                price,
                bidders: u32::try_from(ranking.len()).unwrap_or(u32::MAX),
                how_to_object: text("公示期内向街道“三资”办书面提出")?,
            }),
            Step::ContractSigning => Evidence::ContractSigning(ContractRecord::Signed(SignedContract {
                plan: self.frozen()?,
                with: winner,
                price,
                term_months: terms.term_months,
                text: self.case.record::<PlanDraft>().map_or(Digest::NONE, |plan| plan.contract_text),
                signed_on: self.today(),
                checked_by: self.on_duty(engine, Role::LegalAdviser, |_| true)?,
            })),
            _ => Evidence::FilingAndArchive(ArchiveRecord {
                contract_number: text(&format!("合同-{}-{:03}", self.today().format("%Y"), self.transaction.no))?,
                filed_on: self.today(),
                deposits: self.deposits_back(winner),
                archive: ArchiveItem::ALL.map(|item| Archived { item, digest: self.scan(&format!("{item:?}")) }).to_vec(),
            }),
        })
    }

    fn deposits_back(&self, winner: PersonId) -> Vec<DepositReturned> {
        let registrants = self.case.record::<BidderRegistration>().map(|record| record.registrants.as_slice()).unwrap_or_default();
        let losers = registrants.iter().filter(|registrant| registrant.bidder != winner);
        losers.map(|loser| DepositReturned { bidder: loser.bidder, amount: loser.deposit, on: self.today() }).collect()
    }
}
