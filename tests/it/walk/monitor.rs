//! Watches what happened and says whether it was lawful, by the plain table alone: it never asks the engine.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use sanzi::calendar::china_date;
use sanzi::case::{Entry, Event, Next, Subject, TakenBack};
use sanzi::disclosure::{Receipt, Remark, Ruling, Status};
use sanzi::dongsha::{AfterDefault, AfterFailure, ContractRecord, Dongsha, Evidence, Step, StreetDecision};
use sanzi::flow::RoleId;
use sanzi::value::PersonId;

use super::cast::Cast;
use crate::reference::table::{ANSWER, MEETING_NOTICE, line, upheld};
use crate::reference::{days, number};

/// A comment or an objection that waits.
#[derive(Clone)]
pub struct Open {
    pub number: u32,
    pub kind: Remark,
    filed: NaiveDate,
    rises: Vec<DateTime<Utc>>,
}

impl Open {
    pub const fn level(&self) -> usize {
        self.rises.len()
    }

    /// The last day on which the level where it lies may answer.
    pub fn last_day(&self) -> NaiveDate {
        (0..=self.level()).fold(self.filed, |start, _| days::last_day(start, ANSWER, &[]).unwrap())
    }
}

/// What a monitor remembers of one case.
#[derive(Clone, Default)]
pub struct Monitor {
    pub at: usize,
    pub performed: bool,
    pub public: bool,
    /// Who did which step since the last return over it.
    pub done: BTreeMap<usize, PersonId>,
    /// Which steps are published on all their channels since then.
    pub published: Vec<usize>,
    /// Where the current notice is confirmed, and since when.
    up: BTreeMap<String, DateTime<Utc>>,
    began: Option<NaiveDate>,
    /// Whether anyone can have read the current notice.
    pub seen: bool,
    /// When each step was left for good, and when the meeting was held.
    left: BTreeMap<usize, DateTime<Utc>>,
    held: Option<DateTime<Utc>>,
    /// Open comments and objections.
    pub open: Vec<Open>,
    pub forced: Option<usize>,
    /// Where the current record leads, read naively.
    pub leads: usize,
    pub owed: bool,
    pub ended: bool,
    pub closed: bool,
    /// Who defaulted in the bidding that stands.
    pub defaulted: Vec<PersonId>,
}

impl Monitor {
    /// The part that decides what may follow: which steps are done and public.
    pub fn key(&self) -> (u32, u32) {
        let bits = |steps: &mut dyn Iterator<Item = &usize>| steps.fold(0, |mask, step| mask | 1 << step);
        (bits(&mut self.done.keys()), bits(&mut self.published.iter()))
    }

    /// Takes one entry in, or says what was unlawful about it.
    pub fn see(&mut self, entry: &Entry<Dongsha>, cast: &Cast) -> Result<(), String> {
        let must = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("step {}: {what}: {entry:?}", self.at)) };
        must(!self.closed, "something follows the end")?;
        let today = china_date(entry.at);
        match &entry.event {
            Event::Opened { .. } => {
                self.at = 1;
                self.began = Some(today);
            }
            Event::Performed { evidence, .. } => {
                must(number(evidence) == self.at && !self.performed, "performed out of order")?;
                self.lawful_performer(entry.by, cast)?;
                let called = self.began.and_then(|began| began.checked_add_days(Days::new(MEETING_NOTICE)));
                must(self.at != 7 || called.is_some_and(|first| today >= first), "the meeting came too early")?;
                self.done.insert(self.at, entry.by);
                self.performed = true;
                self.leads = leads(evidence);
                self.up.clear();
                self.seen = false;
                self.held = if self.at == 7 { Some(entry.at) } else { self.held };
                if let Evidence::ContractSigning(ContractRecord::Defaulted(default)) = &**evidence {
                    self.defaulted.push(default.winner);
                    must(default.then == AfterDefault::AnnounceAgain || self.defaulted.len() < 2, "there is no third bidder")?;
                }
            }
            Event::Noted { of: Subject::Step, receipts } | Event::Published { of: Subject::Step, receipts } => {
                self.posted(entry, receipts, cast)?;
            }
            Event::Published { of: Subject::Withdrawal, .. } => self.owed = false,
            Event::Published { of: Subject::Termination, .. } => self.closed = true,
            Event::Noted { .. } => {}
            Event::Advanced { to, .. } => self.leave(*to, entry.at)?,
            Event::Objected { number, kind, .. } => {
                must(self.seen, "objected to what nobody can have read")?;
                self.open.push(Open { number: *number, kind: *kind, filed: today, rises: Vec::new() });
            }
            Event::Answered { number, ruling, .. } => {
                let place = self.open.iter().position(|open| open.number == *number);
                let Some(open) = place.map(|place| self.open.remove(place)) else { return must(false, "no such objection") };
                let (kind, judges) = (open.kind, line(self.at).judges);
                let judge = if kind == Remark::Objection { judges[open.level()] } else { line(self.at).by };
                let may = cast.holds(entry.by, judge);
                let highest = open.level() + 1 == judges.len();
                must(kind == Remark::Comment || highest || today <= open.last_day(), "answered too late: the level above answers")?;
                must(may && (kind == Remark::Comment || self.done.get(&self.at) != Some(&entry.by)), "answered without authority")?;
                if *ruling == Ruling::Upheld {
                    self.forced = Some(upheld(self.at));
                }
            }
            Event::Risen { number, to } => {
                let Some(open) = self.open.iter_mut().find(|open| open.number == *number) else { return Err("rises".to_owned()) };
                let above = line(self.at).judges.get(open.level() + 1);
                let lawful = open.kind == Remark::Objection && today > open.last_day() && above == Some(&to.id());
                open.rises.push(entry.at);
                must(lawful, "rose too early, or to somebody else")?;
            }
            Event::Recalled { correction, .. } => {
                must(self.at == 11 && self.public && cast.holds(entry.by, "TradingCentre"), "recalled")?;
                let minor = correction.changes.iter().all(|change| change.as_str() == "wording");
                self.forced = Some(if minor { 11 } else { 5 });
            }
            Event::Terminated { .. } => {
                must(cast.holds(entry.by, "Board") || cast.holds(entry.by, "StreetOffice"), "terminated without authority")?;
                self.ended = true;
            }
            Event::ClockSet { back, .. } => self.clock_set(entry.at, back)?,
        }
        Ok(())
    }

    fn posted(&mut self, entry: &Entry<Dongsha>, receipts: &[Receipt], cast: &Cast) -> Result<(), String> {
        let must = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("{what}: {entry:?}")) };
        must(self.performed, "posted before it was performed")?;
        let lost = |receipt: &Receipt| matches!(receipt.status, Status::Removed | Status::Altered);
        let reports = matches!(entry.event, Event::Noted { .. }) && receipts.iter().all(lost);
        must(reports || cast.holds(entry.by, line(self.at).by), "posted by somebody else than who is responsible")?;
        for receipt in receipts {
            let channel = receipt.channel.letter().to_string();
            self.seen |= receipt.status != Status::Requested;
            if receipt.status == Status::Confirmed {
                let checked = receipt.verified_by.is_some_and(|who| !cast.same_house(who, entry.by) && cast.holds(who, "Supervisors"));
                must(line(self.at).verified_by.is_none() || checked, "posted unverified")?;
                self.up.entry(channel).or_insert(receipt.at);
            } else if receipt.status != Status::Requested {
                self.up.remove(&channel);
                self.public = false;
            }
        }
        if matches!(entry.event, Event::Published { .. }) {
            let everywhere = line(self.at).channels.chars().all(|channel| self.up.contains_key(&channel.to_string()));
            must(everywhere, "called public before it is up everywhere")?;
            self.public = true;
        }
        Ok(())
    }

    fn lawful_performer(&self, by: PersonId, cast: &Cast) -> Result<(), String> {
        let row = line(self.at);
        if !cast.holds(by, row.by) {
            return Err(format!("{by} is not {} at step {}", row.by, self.at));
        }
        let one_of = |step: &&usize| self.done.get(step).is_some_and(|other| cast.same_house(by, *other));
        if let Some(step) = row.apart_steps.iter().find(one_of) {
            return Err(format!("{by} at step {} is tied to who did step {step}", self.at));
        }
        let in_house = |role: &&&str| cast.house(by).iter().any(|who| cast.holds(*who, role));
        if let Some(role) = row.apart_roles.iter().find(in_house) {
            return Err(format!("{by} at step {} is tied to {role}", self.at));
        }
        Ok(())
    }

    fn leave(&mut self, to: Next<Step>, now: DateTime<Utc>) -> Result<(), String> {
        let (today, from, row) = (china_date(now), self.at, line(self.at));
        let to = match to {
            Next::Step(step) => step as usize + 1,
            Next::End => 17,
        };
        let must = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("{from} -> {to}: {what}")) };
        must(row.to.contains(&to), "no such way in the table")?;
        must(self.performed && self.public, "left before it was public")?;
        must(self.open.is_empty(), "left with an open objection")?;
        must(!self.owed, "left with a withdrawal owed")?;
        must(self.forced.unwrap_or(self.leads) == to, "it was to go elsewhere")?;
        if row.stays > 0 && self.forced.is_none() {
            let since = self.up.values().max().map(|at| china_date(*at));
            let last = since.and_then(|since| days::last_day(since, row.stays, &[]));
            must(last.is_some_and(|last| today > last), "left while its period runs")?;
        }
        if !self.published.contains(&from) {
            self.published.push(from);
        }
        self.left.insert(from, now);
        if to <= from {
            self.void(to);
            self.owed = true;
        }
        self.come_to(to, today);
        if to == 17 {
            self.closed = true;
            let all: Vec<usize> = (1..=16).collect();
            must(self.done.keys().copied().eq(all.clone()), "closed without every step performed")?;
            must(self.published == all, "closed without every step published in order")?;
        }
        Ok(())
    }
}

impl Monitor {
    fn void(&mut self, to: usize) {
        self.done.retain(|step, _| *step < to);
        self.left.retain(|step, _| *step < to);
        self.published.retain(|step| *step < to);
        self.held = self.held.filter(|_| to > 7);
        if to <= 13 {
            self.defaulted.clear();
        }
    }

    fn come_to(&mut self, step: usize, today: NaiveDate) {
        (self.at, self.performed, self.public, self.forced) = (step, false, false, None);
        self.began = Some(today);
        self.up.clear();
        self.seen = false;
    }

    /// What was over at a moment that is still to come, and had to wait, did not wait: it is done again with all after it.
    fn clock_set(&mut self, now: DateTime<Utc>, back: &TakenBack<Step>) -> Result<(), String> {
        let waits = |step: &usize| *step == 11 || line(*step).stays > 0;
        let over = |step: &usize| waits(step) && self.left.get(step) > Some(&now) || *step == 7 && self.held > Some(now);
        let settled = self.forced.or(self.performed.then_some(self.leads)).unwrap_or(17);
        let expected = (1..=16).find(over).filter(|_| !self.ended).map(|step| step.min(settled));
        let found = if let TakenBack::Steps { from, .. } = back { Some(*from as usize + 1) } else { None };
        if (expected, *back == TakenBack::Unasked) != (found, false) {
            return Err(format!("a clock that was set to {now} takes back {expected:?}, not {back:?}"));
        }
        for moment in self.left.values_mut().chain(self.up.values_mut()).chain(&mut self.held) {
            *moment = now.min(*moment);
        }
        self.began = self.began.map(|began| began.min(china_date(now)));
        for open in &mut self.open {
            open.filed = open.filed.min(china_date(now));
            open.rises.retain(|rise| *rise <= now);
        }
        let Some(to) = expected else { return Ok(()) };
        if !self.open.is_empty() {
            return Err(format!("what was asked at step {} is left without an answer", self.at));
        }
        self.owed |= !self.up.is_empty() || self.published.iter().any(|step| *step >= to);
        self.void(to);
        self.come_to(to, china_date(now));
        Ok(())
    }
}

/// Where a record leads, by the failure paths of DOMAIN.md (of a walk's own tallies: 300 members, rules before 2025).
fn leads(evidence: &Evidence) -> usize {
    let failed = |after: AfterFailure| if after == AfterFailure::AnnounceAgain { 11 } else { 5 };
    match evidence {
        Evidence::PartyStudy(record) if !record.endorsed => 1,
        Evidence::PlanReview(record) if !record.approved => 5,
        Evidence::MemberVote(record) if record.tally.present().0 < 150 => 7,
        Evidence::MemberVote(record) if record.tally.in_favour() * 2 < record.tally.present().0 => 5,
        Evidence::StreetReview(record) => match record.decision {
            StreetDecision::Approved => 11,
            StreetDecision::ReturnedForForm => 9,
            StreetDecision::ReturnedForSubstance => 5,
        },
        Evidence::BidderRegistration(record) if record.registrants.is_empty() => failed(record.after_failure),
        Evidence::Bidding(record) if record.bids.is_empty() => failed(record.after_failure),
        Evidence::ContractSigning(ContractRecord::Defaulted(default)) if default.then == AfterDefault::NextRanked => 14,
        Evidence::ContractSigning(ContractRecord::Defaulted(_)) => 11,
        other => number(other) + 1,
    }
}
