//! From wishes to commands, against the state they meet.

use chrono::{DateTime, Days, TimeDelta, Utc};
use sanzi::calendar::china_date;
use sanzi::case::*;
use sanzi::disclosure::{Channel, Proof, Receipt, Remark, Ruling, Status};
use sanzi::dongsha::*;
use sanzi::flow::{RoleId, StepId};
use sanzi::policy::{AllDelegates, AllMembers, Eligible, Present, Tally};
use sanzi::value::{Digest, PersonId};

use super::{Act, World};
use crate::reference::table::line;
use crate::reference::{Life, Reference, Said};
use crate::village::{PEOPLE, opening, person, record, responsible, scan, text, yuan};

impl World {
    /// The command, and who would rightly give it.
    pub fn command(&self, act: Act, now: DateTime<Utc>) -> (Command<Dongsha>, PersonId) {
        let step = Step::ALL[self.reference.at.clamp(1, 16) - 1];
        let official = responsible(step);
        match act {
            Act::Next => self.next(step, now),
            Act::Perform(twist, back) => {
                let done = (back > 0).then(|| now - TimeDelta::hours(back.into()));
                let evidence = twisted(self.good(step, done.unwrap_or(now)), twist, self);
                (Command::Perform { evidence, done }, official)
            }
            Act::Dated(hours) => {
                let done = now - TimeDelta::hours(hours.into());
                (Command::Perform { evidence: self.good(step, done), done: Some(done) }, official)
            }
            Act::OtherStep(other) => {
                let other = Step::ALL[usize::from(other)];
                (Command::Perform { evidence: self.good(other, now), done: None }, responsible(other))
            }
            Act::Post(of, twist, note) => {
                let receipts = self.receipts(of, now, twist);
                let command = if note { Command::Note { of, receipts } } else { Command::Publish { of, receipts } };
                (command, if of == Subject::Termination { person("chen") } else { official })
            }
            Act::Advance(other) => {
                let from = if other < 8 { step } else { Step::ALL[usize::from(other)] };
                (Command::Advance { from }, official)
            }
            Act::Object(kind, own) => {
                let from = own.then(|| person(if kind == Remark::Objection { "guan" } else { "resident" }));
                (Command::Object { kind, text: text("有意见"), from }, person("resident"))
            }
            Act::Answer(ruling) => (self.answer(ruling), self.judge(official)),
            Act::Raise => (Command::Raise { number: self.reference.open().map_or(1, |said| said.number) }, person("resident")),
            Act::Recall(what) => {
                let changes = [vec![text("wording")], vec![text("contact"), text("floor")], vec![]][usize::from(what)].clone();
                (Command::Recall { step, correction: Correction { changes, reason: text("更正") } }, official)
            }
            Act::Terminate => {
                let termination = Termination { decision: scan("end"), reason: text("资产另有用途") };
                (Command::Terminate(termination), person("fang"))
            }
            Act::Open => (Command::Open(opening()), person("chen")),
            Act::SetClock | Act::SetBack(_) => (Command::SetClock { reason: text("时钟已校正") }, person("fang")),
        }
    }

    fn next(&self, step: Step, now: DateTime<Utc>) -> (Command<Dongsha>, PersonId) {
        let reference = &self.reference;
        let official = responsible(step);
        match reference.life {
            Life::Unopened => return (Command::Open(opening()), person("chen")),
            Life::Terminating => {
                let of = Subject::Termination;
                return (Command::Publish { of, receipts: self.receipts(of, now, 0) }, person("chen"));
            }
            _ => {}
        }
        let owed = self.case.withdrawal().is_some() && reference.stage == 2;
        let of = if owed { Subject::Withdrawal } else { Subject::Step };
        match reference.stage {
            _ if owed => {}
            0 => return (Command::Perform { evidence: self.good(step, now), done: None }, official),
            1 => {}
            _ if reference.open().is_some() => return (self.answer(Ruling::Dismissed), self.judge(official)),
            _ => return (Command::Advance { from: step }, official),
        }
        (Command::Publish { of, receipts: self.receipts(of, now, 0) }, official)
    }

    fn answer(&self, ruling: Ruling) -> Command<Dongsha> {
        Command::Answer { number: self.reference.open().map_or(1, |said| said.number), ruling, reply: text("答复") }
    }

    fn judge(&self, official: PersonId) -> PersonId {
        match self.reference.open() {
            Some(said) if said.kind == Remark::Objection => {
                let role = line(self.reference.at).judges.get(said.level()).copied().unwrap_or_default();
                let holds = |(_, _, roles): &&(&str, &str, &[Role])| roles.iter().any(|held| held.id() == role);
                PEOPLE.iter().find(holds).map_or(official, |(id, ..)| person(id))
            }
            _ => official,
        }
    }

    fn good(&self, step: Step, now: DateTime<Utc>) -> Evidence {
        let drafts = self.case.voided_records::<PlanDraft>().count() as u64;
        match record(&self.case, step, china_date(now)) {
            Evidence::PlanDraft(plan) => Evidence::PlanDraft(PlanRecord { floor: yuan(2_000 + 10 * drafts), ..plan }),
            Evidence::Valuation(value) => Evidence::Valuation(ValuationRecord { valid_until: china_date(now) + Days::new(900), ..value }),
            Evidence::ResultNotice(result) => {
                let ranking = self.case.record::<Bidding>().map(BiddingRecord::ranking).unwrap_or_default();
                let next = ranking.iter().find(|bid| !self.reference.defaulted.contains(&bid.bidder));
                let (winner, price) = next.map_or((result.winner, result.price), |bid| (bid.bidder, bid.price));
                Evidence::ResultNotice(ResultRecord { winner, price, ..result })
            }
            other => other,
        }
    }

    /// Receipts for every channel that is missing; a twist other than 0 spoils them.
    fn receipts(&self, of: Subject, now: DateTime<Utc>, twist: u8) -> Vec<Receipt> {
        let at = self.reference.moment(now).at;
        let Some(posting) = self.case.posting(of) else { return Vec::new() };
        let verifier = line(self.reference.at.max(1)).verified_by.filter(|_| of == Subject::Step).map(|_| person("guan"));
        let one = |channel: Channel| Receipt {
            channel,
            notice: posting.notice(),
            status: Status::Confirmed,
            at,
            proof: Proof::Reference(text("第一版")),
            verified_by: verifier,
        };
        let mut all: Vec<Receipt> = posting.missing().iter().map(one).collect();
        if all.is_empty() && twist % 16 > 8 {
            all = posting.required().iter().map(one).collect();
        }
        let Some(last) = all.last_mut() else { return all };
        match twist % 16 {
            1 => last.status = Status::Requested,
            2 | 10 | 11 => last.status = Status::Removed,
            3 => last.notice = scan("another text"),
            4 => last.verified_by = None,
            5 => last.verified_by = Some(person("mai")),
            6 => last.at = at + TimeDelta::hours(1),
            7 => last.at = at - TimeDelta::days(i64::from(twist / 16)),
            8 => last.channel = Channel::WeChat,
            9 => last.proof = Proof::Photo { digest: Digest::NONE, taken_by: person("li"), witness: person("li") },
            12 => last.status = Status::Altered,
            13 => drop(all.pop()),
            14 => last.proof = Proof::Photo { digest: Digest::NONE, taken_by: person("li"), witness: person("tan") },
            _ => {}
        }
        all
    }
}

impl Reference {
    /// The first remark that waits for its answer.
    pub fn open(&self) -> Option<&Said> {
        self.remarks.iter().find(|said| said.is_open())
    }
}

fn tally(twist: u8) -> Tally {
    let (of, here, yes) = match twist % 8 {
        0 => (Eligible::Members(AllMembers(300)), 150, 75),
        1 => (Eligible::Members(AllMembers(300)), 150, 74),
        2 => (Eligible::Members(AllMembers(300)), 149, 149),
        3 => (Eligible::Members(AllMembers(301)), 150, 150),
        4 => (Eligible::Delegates(AllDelegates(30)), 20, 14),
        5 => (Eligible::Delegates(AllDelegates(30)), 21, 14),
        6 => (Eligible::Delegates(AllDelegates(30)), 19, 19),
        _ => (Eligible::Delegates(AllDelegates(30)), 21, 13),
    };
    Tally::new(of, Present(here), yes, here - yes, 0).unwrap()
}

/// A record with one thing changed: mostly something forbidden, sometimes another way for the step to end.
fn twisted(good: Evidence, twist: u8, world: &World) -> Evidence {
    let turn = twist / 4;
    let other = scan("another plan");
    match good {
        Evidence::AssetCheck(mut record) => {
            match twist % 4 {
                0 => record.public_welfare = true,
                1 => record.area_centi_m2 = 0,
                2 => record.area_centi_m2 += 1,
                _ => record.asset = sanzi::value::AssetId::new("DT-002").unwrap(),
            }
            Evidence::AssetCheck(record)
        }
        Evidence::PartyStudy(record) => Evidence::PartyStudy(PartyStudyRecord { endorsed: twist.is_multiple_of(2), ..record }),
        Evidence::Valuation(mut record) => {
            match twist % 8 {
                0 => record.signatories = vec![person("pan")],
                1 => record.signatories = vec![person("pan"), person("pan")],
                2 => record.signatories = vec![person("pan"), person("chen")],
                3 => record.basis = ValuationBasis::Quotes(vec![yuan(1_900), yuan(2_000)]),
                4 => record.amount = yuan(2_101),
                5 => record.valid_until = record.valid_until - Days::new(900 + u64::from(turn % 2)),
                6 => record.signatories = vec![person("quan"), person("bo")],
                _ => record.amount = yuan(2_100),
            }
            Evidence::Valuation(record)
        }
        Evidence::PlanDraft(record) => twisted_plan(record, twist, world),
        Evidence::PlanReview(mut record) => {
            match twist % 4 {
                0 => record.approved = false,
                1 => record.plan = other,
                2 => record.legal_adviser = person("guan"),
                _ => record.legal_adviser = person("quan"),
            }
            Evidence::PlanReview(record)
        }
        Evidence::MemberVote(record) => twisted_vote(record, twist),
        Evidence::PlanNotice(record) if twist.is_multiple_of(2) => Evidence::PlanNotice(PlanNoticeRecord { tally: tally(turn), ..record }),
        Evidence::PlanNotice(record) => Evidence::PlanNotice(PlanNoticeRecord { plan: other, ..record }),
        Evidence::ProjectFiling(record) => Evidence::ProjectFiling(FilingRecord { plan: other, ..record }),
        Evidence::StreetReview(mut record) => {
            match twist % 3 {
                0 => record.decision = StreetDecision::ReturnedForForm,
                1 => record.decision = StreetDecision::ReturnedForSubstance,
                _ => record.plan = other,
            }
            Evidence::StreetReview(record)
        }
        Evidence::TradingNotice(mut record) => {
            match twist % 5 {
                0 => record.floor = yuan(1),
                1 => record.term_months += 1,
                2 => record.eligibility = text("本村人"),
                3 => record.deposit = yuan(1),
                _ => record.plan = other,
            }
            Evidence::TradingNotice(record)
        }
        other => later(other, twist, turn),
    }
}

fn twisted_plan(mut record: PlanRecord, twist: u8, world: &World) -> Evidence {
    let turn = twist / 4;
    match twist % 12 {
        0 => record.floor = yuan(1_999),
        1 => record.term_months = [240, 241][usize::from(turn % 2)],
        2 => record.method = TradingMethod::Negotiation,
        3 => record.area_centi_m2 = [8_001, 7_999, 0][usize::from(turn % 3)],
        4 => record.deposit = yuan(0),
        5 => record.min_bidders = [0, 3, 4][usize::from(turn % 3)],
        6 => (record.floor, record.below_valuation) = (yuan(1_990), Some(text("位置偏僻"))),
        7 | 8 => {
            let before = world.case.voided_records::<PlanDraft>().last();
            record = before.cloned().unwrap_or(record);
        }
        9 => (record.floor, record.term_months) = (yuan(3_000), [33, 34][usize::from(turn % 2)]),
        10 => (record.floor, record.term_months) = (yuan(100_000), [49, 50][usize::from(turn % 2)]),
        _ => record.increment = yuan([0, 500][usize::from(turn % 2)]),
    }
    Evidence::PlanDraft(record)
}

fn twisted_vote(mut record: VoteRecord, twist: u8) -> Evidence {
    let turn = twist / 4;
    match twist % 12 {
        0..=5 => record.tally = tally(turn),
        6 => record.called_on = record.held_on - Days::new(9 + u64::from(turn % 3)),
        7 => record.plan = scan("another plan"),
        8 => record.tellers = vec![person(["chen", "mai", "liang", "quan"][usize::from(turn % 4)])],
        9 => record.tellers = Vec::new(),
        10 => record.held_on = record.held_on - Days::new(1),
        _ => record.below_valuation_voted = !record.below_valuation_voted,
    }
    Evidence::MemberVote(record)
}

/// The records of steps 12 to 16.
fn later(good: Evidence, twist: u8, turn: u8) -> Evidence {
    match good {
        Evidence::BidderRegistration(mut record) => {
            match twist % 10 {
                0 => record.registrants.clear(),
                1 => (record.registrants, record.after_failure) = (Vec::new(), AfterFailure::LowerFloor),
                2 => record.registrants[0].deposit = yuan(1),
                3 => record.registrants[1].in_arrears = true,
                4 => record.registrants[1].bidder = person(["bidder-a", "li", "tan", "jun", "he"][usize::from(turn % 5)]),
                5 => record.registrants[1].account = record.registrants[0].account.clone(),
                6 => record.registrants[1].prepared_by = record.registrants[0].prepared_by.clone(),
                7 => record.closed_on = record.closed_on - Days::new(1),
                8 => record.registrants.truncate(1),
                _ => record.registrants[2].qualified = false,
            }
            Evidence::BidderRegistration(record)
        }
        Evidence::Bidding(mut record) => {
            match twist % 8 {
                0 | 1 => {
                    (record.bids, record.winner) = (Vec::new(), None);
                    record.after_failure = [AfterFailure::AnnounceAgain, AfterFailure::LowerFloor][usize::from(twist % 2)];
                }
                2 => record.winner = Some(person("bidder-b")),
                3 => record.witnesses = vec![person("wu"), person("wu")],
                4 => record.witnesses = vec![person("wu"), person(["lin", "zhen", "bo", "resident"][usize::from(turn % 4)])],
                5 => record.bids[0].bidder = person("resident"),
                6 => record.bids[0].price = yuan(1),
                _ => record.bids[1].price = record.bids[0].price.plus(yuan([49, 50][usize::from(turn % 2)])).unwrap(),
            }
            Evidence::Bidding(record)
        }
        Evidence::ResultNotice(mut record) => {
            match twist % 3 {
                0 => record.winner = person("bidder-b"),
                1 => record.price = yuan(1),
                _ => record.bidders += 1,
            }
            Evidence::ResultNotice(record)
        }
        Evidence::ContractSigning(ContractRecord::Signed(mut record)) => {
            if twist % 8 < 3 {
                let then = [AfterDefault::NextRanked, AfterDefault::AnnounceAgain][usize::from(twist % 2)];
                let forfeited = yuan(if twist % 8 == 2 { 3_999 } else { 4_000 });
                let default = WinnerDefault { winner: record.with, forfeited, reason: text("弃标"), then };
                return Evidence::ContractSigning(ContractRecord::Defaulted(default));
            }
            match twist % 8 {
                3 => record.with = person("bidder-c"),
                4 => record.price = yuan(1),
                5 => record.checked_by = person("guan"),
                6 => record.text = scan("another contract"),
                _ => record.signed_on = record.signed_on - Days::new(1),
            }
            Evidence::ContractSigning(ContractRecord::Signed(record))
        }
        Evidence::FilingAndArchive(mut record) => {
            match twist % 4 {
                0 => drop(record.deposits.pop()),
                1 => drop(record.archive.pop()),
                2 => record.filed_on = record.filed_on - Days::new(1),
                _ => record.deposits.iter_mut().for_each(|back| back.amount = yuan(1)),
            }
            Evidence::FilingAndArchive(record)
        }
        other => other,
    }
}
