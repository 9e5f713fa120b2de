//! Everything that anybody may try in a state.

use chrono::{DateTime, Days, TimeDelta, Utc};
use sanzi::calendar::china_date;
use sanzi::case::*;
use sanzi::disclosure::{Channel, Proof, Receipt, Remark, Ruling, Status};
use sanzi::dongsha::*;
use sanzi::flow::{RoleId, StepId};
use sanzi::policy::{AllMembers, Eligible, Present, Tally};
use sanzi::value::{Digest, PersonId};

use super::Node;
use crate::reference::days::last_day;
use crate::reference::table::{MEETING_NOTICE, line};
use crate::village::{PEOPLE, at, person, record, responsible, scan, text, yuan};

/// One attempt: who, when, what.
pub struct Move {
    pub who: PersonId,
    pub when: DateTime<Utc>,
    pub command: Command<Dongsha>,
}

const ALL: [&str; 20] = [
    "chen", "liang", "he", "pan", "guan", "yuan", "li", "fang", "song", "xie", "tan", "wu", "bidder-a", "resident", "quan", "bo", "xiao",
    "mei", "jun", "nobody",
];

/// The good records of the step where the case stands, the one that leads on first, then one for each other way.
pub fn records(node: &Node, when: DateTime<Utc>) -> Vec<Evidence> {
    let step = Step::ALL[node.monitor.at - 1];
    let good = good_record(node, step, when);
    let mut all = vec![good.clone()];
    match good {
        Evidence::PartyStudy(record) => all.push(Evidence::PartyStudy(PartyStudyRecord { endorsed: false, ..record })),
        Evidence::PlanReview(record) => all.push(Evidence::PlanReview(ReviewRecord { approved: false, ..record })),
        Evidence::PlanDraft(record) => {
            // The plan that was rejected last, word for word.
            if let Some(floor) = node.rejected_floor {
                all.push(Evidence::PlanDraft(PlanRecord { floor: yuan(floor), ..record }));
            }
        }
        Evidence::MemberVote(record) => {
            let count = |present, yes, no| Tally::new(Eligible::Members(AllMembers(300)), Present(present), yes, no, 0).unwrap();
            all.push(Evidence::MemberVote(VoteRecord { tally: count(240, 119, 121), ..record.clone() }));
            all.push(Evidence::MemberVote(VoteRecord { tally: count(149, 149, 0), ..record }));
        }
        Evidence::StreetReview(record) => {
            for decision in [StreetDecision::ReturnedForForm, StreetDecision::ReturnedForSubstance] {
                all.push(Evidence::StreetReview(StreetReviewRecord { decision, ..record.clone() }));
            }
        }
        Evidence::BidderRegistration(record) => {
            for after_failure in [AfterFailure::AnnounceAgain, AfterFailure::LowerFloor] {
                all.push(Evidence::BidderRegistration(RegistrationRecord { registrants: Vec::new(), after_failure, ..record.clone() }));
            }
        }
        Evidence::Bidding(record) => {
            for after_failure in [AfterFailure::AnnounceAgain, AfterFailure::LowerFloor] {
                all.push(Evidence::Bidding(BiddingRecord { bids: Vec::new(), winner: None, after_failure, ..record.clone() }));
            }
        }
        Evidence::ContractSigning(ContractRecord::Signed(contract)) => {
            for then in [AfterDefault::NextRanked, AfterDefault::AnnounceAgain] {
                let default = WinnerDefault { winner: contract.with, forfeited: yuan(4_000), reason: text("弃标"), then };
                all.push(Evidence::ContractSigning(ContractRecord::Defaulted(default)));
            }
        }
        _ => {}
    }
    all
}

fn good_record(node: &Node, step: Step, when: DateTime<Utc>) -> Evidence {
    match record(&node.case, step, china_date(when)) {
        Evidence::PlanDraft(plan) => {
            let drafts = node.case.voided_records::<PlanDraft>().count() as u64;
            Evidence::PlanDraft(PlanRecord { floor: yuan(2_000 + 10 * drafts), ..plan })
        }
        Evidence::Valuation(value) => Evidence::Valuation(ValuationRecord { valid_until: china_date(when) + Days::new(3_650), ..value }),
        Evidence::ResultNotice(result) => {
            let ranking = node.case.record::<Bidding>().map(BiddingRecord::ranking).unwrap_or_default();
            let winner = ranking.iter().find(|bid| !node.monitor.defaulted.contains(&bid.bidder));
            let winner = winner.map_or((result.winner, result.price), |bid| (bid.bidder, bid.price));
            Evidence::ResultNotice(ResultRecord { winner: winner.0, price: winner.1, ..result })
        }
        other => other,
    }
}

/// Receipts for the notice that is waiting, on these channels.
fn receipts(node: &Node, of: Subject, channels: &[Channel], status: Status, verified_by: Option<&str>) -> Vec<Receipt> {
    let notice = node.case.posting(of).map_or(Digest::NONE, |posting| posting.notice());
    let one = |channel: &Channel| Receipt {
        channel: *channel,
        notice,
        status,
        at: node.now,
        proof: Proof::Reference(text("第一版")),
        verified_by: verified_by.map(person),
    };
    channels.iter().map(one).collect()
}

fn channels_of(node: &Node, of: Subject) -> Vec<Channel> {
    node.case.posting(of).map(|posting| posting.required().iter().collect()).unwrap_or_default()
}

/// Everything worth trying here. With `few`, only what moves the case, by the people of the second walk.
pub fn moves(node: &Node, few: bool) -> Vec<Move> {
    let mut all = Vec::new();
    let monitor = &node.monitor;
    if monitor.at == 0 || monitor.at > 16 || monitor.ended {
        return ending(node);
    }
    let step = Step::ALL[monitor.at - 1];
    let official = responsible(step);
    performing(node, few, official, &mut all);
    posting(node, few, official, &mut all);
    leaving(node, few, step, official, &mut all);
    if few {
        return all;
    }
    let mut now = |who: PersonId, command| all.push(Move { who, when: node.now, command });
    for kind in [Remark::Comment, Remark::Objection] {
        // What has risen is followed to the top alone.
        if monitor.open.len() < 2 && monitor.open.iter().all(|open| open.level() == 0) {
            now(person("resident"), Command::Object { kind, text: text("有意见"), from: None });
        }
    }
    let judges = ["guan", "fang", "chen", "quan", "resident", "wu", "zhan", "dang", "ji", "qu"].map(person).into_iter().chain([official]);
    for (number, who) in monitor.open.iter().flat_map(|open| judges.clone().map(move |who| (open.number, who))) {
        for ruling in [Ruling::Dismissed, Ruling::Upheld] {
            now(who, Command::Answer { number, ruling, reply: text("答复") });
        }
    }
    for open in &monitor.open {
        now(person("resident"), Command::Raise { number: open.number });
    }
    for (who, change) in [(official, "wording"), (official, "floor"), (person("resident"), "wording")] {
        let correction = Correction { changes: vec![text(change)], reason: text("更正") };
        now(who, Command::Recall { step, correction });
    }
    let termination = || Command::Terminate(Termination { decision: scan("end"), reason: text("资产另有用途") });
    for who in ["fang", "chen", "resident", "song"] {
        now(person(who), termination());
    }
    now(person("chen"), Command::Open(crate::village::opening()));
    now(person("fang"), Command::SetClock { reason: text("时钟") });
    // On the last day of its period and on the day after, an objection is raised, or answered by where it lies, or above.
    if let [open] = &monitor.open[..] {
        let judges = line(monitor.at).judges;
        let here = judges.get(open.level()).into_iter().chain(judges.get(open.level() + 1)).map(|role| holder(role)).collect::<Vec<_>>();
        for when in [0, 1].map(|days| at(open.last_day() + Days::new(days)).max(node.now)) {
            all.push(Move { who: person("resident"), when, command: Command::Raise { number: open.number } });
            for who in here.clone() {
                let command = Command::Answer { number: open.number, ruling: Ruling::Dismissed, reply: text("答复") };
                all.push(Move { who, when, command });
            }
        }
    }
    // The clock turns out to have run ahead, by a day or by two months.
    for days in [1, 60] {
        for who in ["fang", "resident"] {
            let command = Command::SetClock { reason: text("时钟") };
            all.push(Move { who: person(who), when: node.now - TimeDelta::days(days), command });
        }
    }
    all
}

/// Someone of the village who holds a role.
fn holder(role: &str) -> PersonId {
    person(PEOPLE.iter().find(|(_, _, roles)| roles.iter().any(|held| held.id() == role)).unwrap().0)
}

fn performing(node: &Node, few: bool, official: PersonId, all: &mut Vec<Move>) {
    let monitor = &node.monitor;
    let mut when = vec![node.now];
    if let (7, Some(began)) = (monitor.at, node.case.began(Step::MemberVote)) {
        when = [MEETING_NOTICE - 1, MEETING_NOTICE].map(|days| at(china_date(began) + Days::new(days)).max(node.now)).to_vec();
    }
    if monitor.performed {
        when.truncate(1);
    }
    for when in when {
        let records = records(node, when);
        let people: Vec<PersonId> = if few { super::CANDIDATES.map(person).to_vec() } else { ALL.map(person).to_vec() };
        for who in people.into_iter().chain(few.then_some(official)) {
            if !monitor.performed || who == official {
                all.push(Move { who, when, command: Command::Perform { evidence: records[0].clone(), done: None } });
            }
        }
        if monitor.performed {
            continue;
        }
        for evidence in &records[1..] {
            all.push(Move { who: official, when, command: Command::Perform { evidence: evidence.clone(), done: None } });
        }
    }
    if few {
        return;
    }
    // Other steps, ahead and behind.
    for step in elsewhere(monitor.at) {
        let evidence = record(&node.case, step, china_date(node.now));
        all.push(Move { who: responsible(step), when: node.now, command: Command::Perform { evidence, done: None } });
    }
}

fn posting(node: &Node, few: bool, official: PersonId, all: &mut Vec<Move>) {
    let mut now = |who: PersonId, command| all.push(Move { who, when: node.now, command });
    let (every, owed) = (channels_of(node, Subject::Step), channels_of(node, Subject::Withdrawal));
    let verifier = line(node.monitor.at).verified_by.map(|_| "guan");
    let list = |channels: &[Channel], status, by| receipts(node, Subject::Step, channels, status, by);
    let of = Subject::Step;
    now(official, Command::Publish { of, receipts: list(&every, Status::Confirmed, verifier) });
    now(
        official,
        Command::Publish { of: Subject::Withdrawal, receipts: receipts(node, Subject::Withdrawal, &owed, Status::Confirmed, None) },
    );
    if few {
        return;
    }
    // One who holds no role, and one who holds another.
    for who in ["resident", "tan"] {
        now(person(who), Command::Publish { of, receipts: list(&every, Status::Confirmed, verifier) });
    }
    now(official, Command::Publish { of, receipts: list(&every, Status::Confirmed, None) });
    now(official, Command::Publish { of, receipts: list(&every, Status::Confirmed, Some("mei")) });
    now(official, Command::Publish { of, receipts: list(&every, Status::Requested, verifier) });
    now(official, Command::Note { of, receipts: list(&every, Status::Requested, verifier) });
    now(official, Command::Note { of, receipts: list(&every, Status::Confirmed, None) });
    now(official, Command::Publish { of, receipts: Vec::new() });
    if let [first, rest @ ..] = &every[..] {
        now(official, Command::Publish { of, receipts: list(rest, Status::Confirmed, verifier) });
        now(official, Command::Note { of, receipts: list(&[*first], Status::Confirmed, verifier) });
        now(official, Command::Note { of, receipts: list(&[*first], Status::Removed, None) });
        now(official, Command::Note { of, receipts: list(&[*first], Status::Altered, None) });
        let mut other = list(&every, Status::Confirmed, verifier);
        other[0].notice = scan("another text");
        now(official, Command::Publish { of, receipts: other });
    }
    for (channels, status) in [(&owed[..], Status::Requested), (owed.get(1..).unwrap_or_default(), Status::Confirmed)] {
        let receipts = receipts(node, Subject::Withdrawal, channels, status, None);
        now(official, Command::Publish { of: Subject::Withdrawal, receipts });
    }
    now(person("chen"), Command::Publish { of: Subject::Termination, receipts: Vec::new() });
}

fn leaving(node: &Node, few: bool, step: Step, official: PersonId, all: &mut Vec<Move>) {
    let row = line(node.monitor.at);
    let mut moments = vec![node.now];
    if let Some(last) = last_day(china_date(node.now), row.stays, &[]).filter(|_| row.stays > 0 && node.monitor.public) {
        moments.push(at(last) + TimeDelta::hours(14));
        moments.push(at(last + Days::new(1)));
    }
    for when in moments {
        all.push(Move { who: official, when, command: Command::Advance { from: step } });
    }
    if few {
        return;
    }
    all.push(Move { who: person("resident"), when: node.now, command: Command::Advance { from: step } });
    for from in elsewhere(node.monitor.at) {
        all.push(Move { who: responsible(from), when: node.now, command: Command::Advance { from } });
    }
}

/// What may be tried before the opening and after the end.
fn ending(node: &Node) -> Vec<Move> {
    let mut all = Vec::new();
    let mut now = |who: &str, command| all.push(Move { who: person(who), when: node.now, command });
    let owed = channels_of(node, Subject::Termination);
    let list = |channels: &[Channel], status| receipts(node, Subject::Termination, channels, status, None);
    let of = Subject::Termination;
    for who in ["chen", "resident"] {
        now(who, Command::Open(crate::village::opening()));
        now(who, Command::Publish { of, receipts: list(&owed, Status::Confirmed) });
        now(who, Command::Publish { of, receipts: list(&owed, Status::Requested) });
        now(who, Command::Publish { of, receipts: list(owed.get(1..).unwrap_or_default(), Status::Confirmed) });
        now(who, Command::Terminate(Termination { decision: scan("end"), reason: text("资产另有用途") }));
    }
    for step in Step::ALL.iter().copied() {
        let who = responsible(step);
        let evidence = record(&node.case, step, china_date(node.now));
        all.push(Move { who, when: node.now, command: Command::Perform { evidence, done: None } });
        all.push(Move { who, when: node.now, command: Command::Advance { from: step } });
        all.push(Move { who, when: node.now, command: Command::Publish { of: Subject::Step, receipts: Vec::new() } });
    }
    all
}

/// The steps before and after, and the last.
fn elsewhere(at: usize) -> impl Iterator<Item = Step> {
    Step::ALL.iter().copied().filter(move |step| {
        let number = step.number();
        number != at && (number + 1 == at || number == at + 1 || number == at + 2 || number == 16)
    })
}
