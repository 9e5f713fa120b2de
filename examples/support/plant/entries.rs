//! Faults put into finished histories of our own ledger: entries edited, then sealed into a whole chain again.

use std::sync::Arc;

use chrono::{DateTime, Days, TimeDelta, Utc};
use sanzi::audit::Rule;
use sanzi::calendar::china_date;
use sanzi::case::{Entry, Event, EvidenceSet, Subject};
use sanzi::disclosure::{Receipt, Status};
use sanzi::dongsha::*;
use sanzi::flow::StepId;
use sanzi::ledger::Record;
use sanzi::policy::{AllMembers, Eligible, Present, Tally};
use sanzi::value::{AccountNumber, CaseId, Digest, Money, OrgId};

use super::lawful::{Fallible, person};
use super::{Answer, Fault};

type Entries = Vec<Entry<Dongsha>>;

/// Seals entries into records, each chained to the one before.
pub fn seal(case: CaseId, entries: &[Entry<Dongsha>]) -> Fallible<Vec<Record>> {
    let org = OrgId::new("dongtang")?;
    let mut records: Vec<Record> = Vec::with_capacity(entries.len());
    for entry in entries {
        let record = match records.last() {
            None => Record::seal(org, case, 1, Digest::NONE, entry)?,
            Some(before) => before.next(entry)?,
        };
        records.push(record);
    }
    Ok(records)
}

fn step_of(entry: &Entry<Dongsha>) -> Option<Step> {
    match &entry.event {
        Event::Performed { evidence, .. } => Some(evidence.step()),
        _ => None,
    }
}

/// Where the step is performed, and the entry with which it is left.
fn block(entries: &Entries, step: Step) -> Option<(usize, usize)> {
    let from = entries.iter().position(|entry| step_of(entry) == Some(step))?;
    let to = entries.iter().position(|entry| matches!(&entry.event, Event::Advanced { from, .. } if *from == step))?;
    Some((from, to))
}

fn evidence(entries: &mut Entries, step: Step, edit: impl FnOnce(&mut Evidence)) {
    let found = entries.iter_mut().find(|entry| step_of(entry) == Some(step));
    if let Some(Event::Performed { evidence, .. }) = found.map(|entry| &mut entry.event) {
        edit(Arc::make_mut(evidence));
    }
}

/// Everything from an entry on happens so many days later; the dates in the records too.
fn later(entries: &mut Entries, from: usize, days: u64) {
    let shift = |at: &mut DateTime<Utc>| *at += TimeDelta::days(i64::try_from(days).unwrap_or(0));
    for entry in entries.iter_mut().skip(from) {
        shift(&mut entry.at);
        shift(&mut entry.clock);
        match &mut entry.event {
            Event::Performed { done, evidence, .. } => {
                shift(done);
                let day = china_date(*done);
                match Arc::make_mut(evidence) {
                    Evidence::BidderRegistration(record) => record.closed_on = day,
                    Evidence::ContractSigning(ContractRecord::Signed(contract)) => contract.signed_on = day,
                    Evidence::FilingAndArchive(record) => {
                        record.filed_on = day;
                        record.deposits.iter_mut().for_each(|back| back.on = day);
                    }
                    _ => {}
                }
            }
            Event::Noted { receipts, .. } | Event::Published { receipts, .. } => {
                receipts.iter_mut().for_each(|receipt| shift(&mut receipt.at))
            }
            _ => {}
        }
    }
}

/// Another plan from the draft on: every record names it, so the plan itself is the only fault.
fn plan(entries: &mut Entries, edit: impl FnOnce(&mut PlanRecord)) {
    let mut new = None;
    evidence(entries, Step::PlanDraft, |record| {
        if let Evidence::PlanDraft(plan) = record {
            edit(plan);
            new = plan.digest().ok().map(|digest| (digest, plan.clone()));
        }
    });
    let Some((digest, terms)) = new else { return };
    for step in Step::ALL {
        evidence(entries, *step, |record| match record {
            Evidence::PlanReview(record) => record.plan = digest,
            Evidence::MemberVote(record) => record.plan = digest,
            Evidence::PlanNotice(record) => record.plan = digest,
            Evidence::ProjectFiling(record) => record.plan = digest,
            Evidence::StreetReview(record) => record.plan = digest,
            Evidence::TradingNotice(record) => {
                (record.plan, record.floor, record.term_months) = (digest, terms.floor, terms.term_months);
            }
            Evidence::ContractSigning(ContractRecord::Signed(contract)) => {
                (contract.plan, contract.term_months) = (digest, terms.term_months)
            }
            _ => {}
        });
    }
}

fn counts(entries: &mut Entries, present: u32, in_favour: u32) -> Fallible<()> {
    let tally = Tally::new(Eligible::Members(AllMembers(300)), Present(present), in_favour, present - in_favour, 0)?;
    for step in [Step::MemberVote, Step::PlanNotice] {
        evidence(entries, step, |record| match record {
            Evidence::MemberVote(vote) => vote.tally = tally,
            Evidence::PlanNotice(notice) => notice.tally = tally,
            _ => {}
        });
    }
    Ok(())
}

/// What is truly wrong too: a record that was edited is not the one of which its notice was made.
const EDITED: [Rule; 1] = [Rule::Standing];

/// Puts a fault in, and says what is to be found.
pub fn plant(fault: Fault, case: CaseId, entries: &mut Entries) -> Fallible<Option<Answer>> {
    let mut also: Vec<Rule> = EDITED.to_vec();
    match fault {
        Fault::Skipped => {
            if let Some((from, to)) = block(entries, Step::PartyStudy) {
                entries.drain(from..=to);
            }
        }
        Fault::Repeated => {
            if let Some((from, to)) = block(entries, Step::ProjectFiling) {
                let mut again = entries[from].clone();
                (again.at, again.clock) = (entries[to].at, entries[to].clock);
                if let Event::Performed { done, .. } = &mut again.event {
                    *done = again.at;
                }
                entries.insert(to + 1, again);
            }
        }
        Fault::Disordered => {
            // The review with its publication comes after the vote.
            if let (Some((from, to)), Some((_, end))) = (block(entries, Step::PlanReview), block(entries, Step::MemberVote)) {
                let moved: Vec<_> = entries.drain(from..=to).collect();
                let after = end - moved.len();
                let at = entries[after].at;
                let put = moved.into_iter().map(|mut entry| {
                    (entry.at, entry.clock) = (at, at);
                    if let Event::Performed { done, .. } = &mut entry.event {
                        *done = at;
                    }
                    entry
                });
                let put: Vec<_> = put.collect();
                entries.splice(after + 1..after + 1, put);
            }
            also.push(Rule::Call);
        }
        Fault::WrongParty => by(entries, Step::StreetReview, "tan")?,
        Fault::Duties => {
            by(entries, Step::ProjectFiling, "dual")?;
            by(entries, Step::StreetReview, "dual")?;
        }
        Fault::Kin => by(entries, Step::StreetReview, "jun")?,
        Fault::Channel => {
            if let Some((from, _)) = block(entries, Step::PlanNotice)
                && let Event::Published { receipts, .. } = &mut entries[from + 1].event
            {
                receipts.pop();
            }
            also.extend([Rule::Channels, Rule::Period]);
        }
        Fault::TooShort => {
            if let Some((from, to)) = block(entries, Step::PlanNotice) {
                let at = entries[from + 1].at + TimeDelta::days(1);
                (entries[to].at, entries[to].clock) = (at, at);
            }
        }
        Fault::Removed => lost(entries, Step::PlanNotice, Status::Removed)?,
        Fault::Altered => lost(entries, Step::IntentNotice, Status::Altered)?,
        Fault::CalledLate => evidence(entries, Step::MemberVote, |record| {
            if let Evidence::MemberVote(vote) = record {
                vote.called_on = vote.held_on - Days::new(4);
            }
        }),
        Fault::NoQuorum => counts(entries, 100, 95)?,
        Fault::NoMajority => counts(entries, 240, 90)?,
        Fault::PlanChanged => evidence(entries, Step::MemberVote, |record| {
            if let Evidence::MemberVote(vote) = record {
                vote.plan = Digest::of_bytes(b"another plan");
            }
        }),
        Fault::ValuationExpired => evidence(entries, Step::Valuation, |record| {
            if let Evidence::Valuation(value) = record {
                value.valid_until = value.valid_until - Days::new(200);
            }
        }),
        Fault::BelowValue => evidence(entries, Step::Valuation, |record| {
            if let Evidence::Valuation(value) = record {
                value.amount = value.amount.times(2).unwrap_or(value.amount);
            }
        }),
        Fault::BelowFloor => evidence(entries, Step::Bidding, |record| {
            if let Evidence::Bidding(BiddingRecord { bids, .. }) = record
                && let Some(first) = bids.first_mut()
            {
                first.price = Money::from_fen(first.price.fen() / 2).unwrap_or(Money::ZERO);
            }
        }),
        Fault::TermTooLong => {
            plan(entries, |plan| plan.term_months = 252);
            // Some deals become large by it, and a large one is announced for longer.
            also.push(Rule::Period);
        }
        Fault::OffPlatform => plan(entries, |plan| plan.method = TradingMethod::Negotiation),
        Fault::ContractDiffers => evidence(entries, Step::ContractSigning, |record| {
            if let Evidence::ContractSigning(ContractRecord::Signed(contract)) = record {
                contract.price = Money::from_fen(contract.price.fen() - 100).unwrap_or(Money::ZERO);
            }
        }),
        Fault::ContractLate => {
            if let Some((from, _)) = block(entries, Step::ContractSigning) {
                later(entries, from, 40);
            }
        }
        Fault::BackDated => {
            // Recorded twenty days after it is said to have been done.
            if let Some((from, _)) = block(entries, Step::FilingAndArchive) {
                let said = entries[from].event.clone();
                later(entries, from, 20);
                entries[from].event = said;
            }
        }
        Fault::AfterTheEnd => entries.extend(entries.last().cloned()),
        Fault::SharedAccount => {
            let account = AccountNumber::new(&format!("99990000{:012x}", case.uuid().as_u128() >> 80))?;
            evidence(entries, Step::BidderRegistration, |record| {
                if let Evidence::BidderRegistration(record) = record {
                    record.registrants.iter_mut().take(2).for_each(|one| one.account = account.clone());
                }
            });
        }
        // Of these the history itself was made.
        Fault::RegularSteps | Fault::OthersOut | Fault::SilentBidders | Fault::AssetBusy | Fault::Splitting | Fault::RepeatWinner => {}
    }
    let (rule, step) = fault.planted();
    Ok(Some(Answer { cases: vec![case.to_string()], step, rule, also }))
}

fn by(entries: &mut Entries, step: Step, who: &str) -> Fallible<()> {
    let who = person(who)?;
    entries.iter_mut().filter(|entry| step_of(entry) == Some(step)).for_each(|entry| entry.by = who);
    Ok(())
}

/// A day after it is public the notice is gone from one channel, and the case goes on as if it were not.
fn lost(entries: &mut Entries, step: Step, status: Status) -> Fallible<()> {
    let Some((from, _)) = block(entries, step) else { return Ok(()) };
    let published = entries[from + 1].clone();
    let Event::Published { receipts, .. } = &published.event else { return Ok(()) };
    let at = published.at + TimeDelta::days(1);
    let gone: Vec<Receipt> = receipts.iter().take(1).map(|receipt| Receipt { at, ..receipt.clone().with_status(status) }).collect();
    let event = Event::Noted { of: Subject::Step, receipts: gone };
    entries.insert(from + 2, Entry { at, clock: at, by: person("guan")?, event, signed: None });
    Ok(())
}
