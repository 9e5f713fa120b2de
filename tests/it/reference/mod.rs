//! A second, naive reading of DOMAIN.md: what is lawful, said again without the crate's rows, guards or calendar.

pub mod days;
mod posting;
mod rules;
pub mod table;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use sanzi::calendar::china_date;
use sanzi::case::{Command, EvidenceSet, Subject};
use sanzi::disclosure::{Remark, Ruling, Status};
use sanzi::dongsha::*;
use sanzi::flow::StepId;
use sanzi::value::{Digest, Money, PersonId};

use self::table::{ANSWER, BACK_DATING, CLOCK_GAP, MEETING_NOTICE, line, trading_days, upheld};
use crate::village::person;

/// The number on the paper of the step that a record belongs to.
pub fn number(evidence: &Evidence) -> usize {
    EvidenceSet::step(evidence) as usize + 1
}

/// Allowed, or the first thing that is wrong.
pub type Judged = Result<(), &'static str>;

pub fn must(holds: bool, wrong: &'static str) -> Judged {
    if holds { Ok(()) } else { Err(wrong) }
}

/// Who there is: identifier, roles, kin.
pub type People = Vec<(&'static str, Vec<&'static str>, Vec<&'static str>)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    Unopened,
    Live,
    Terminating,
    Terminated,
    Closed,
}

#[derive(Clone, Debug)]
pub struct Did {
    pub by: PersonId,
    pub done: DateTime<Utc>,
    /// When the step was left for good, if it was.
    left: Option<DateTime<Utc>>,
    pub evidence: Evidence,
    up: BTreeMap<char, DateTime<Utc>>,
    /// When a channel was last seen without the notice.
    gone: BTreeMap<char, DateTime<Utc>>,
}

#[derive(Clone, Debug)]
pub struct Said {
    pub number: u32,
    pub kind: Remark,
    from: Option<PersonId>,
    entered_by: PersonId,
    filed: NaiveDate,
    /// When it rose.
    rises: Vec<DateTime<Utc>>,
    ruled: Option<NaiveDate>,
}

impl Said {
    pub const fn is_open(&self) -> bool {
        self.ruled.is_none()
    }

    /// How often it has risen.
    pub const fn level(&self) -> usize {
        self.rises.len()
    }

    /// The last day on which each level may answer, the first level first.
    pub fn last_days(&self) -> impl Iterator<Item = NaiveDate> {
        std::iter::successors(days::last_day(self.filed, ANSWER, &[]), |last| days::last_day(*last, ANSWER, &[]))
    }
}

/// One case, naively.
#[derive(Clone, Debug)]
pub struct Reference {
    people: People,
    pub life: Life,
    pub at: usize,
    /// 0 pending, 1 performed, 2 public.
    pub stage: u8,
    pub last: DateTime<Utc>,
    pub began: BTreeMap<usize, DateTime<Utc>>,
    pub did: BTreeMap<usize, Did>,
    withdrawal: Option<(BTreeSet<char>, BTreeSet<char>)>,
    termination: Option<(BTreeSet<char>, BTreeSet<char>)>,
    carried: BTreeSet<char>,
    pub remarks: Vec<Said>,
    spoken: u32,
    forced: Option<usize>,
    rejected: Vec<Digest>,
    pub defaulted: Vec<PersonId>,
    /// Every deposit that was paid in and not forfeited, the oldest first.
    paid: Vec<(PersonId, Money)>,
    bidder: Option<PersonId>,
}

/// The moment of an act, and whether the clock can be believed.
#[derive(Clone, Copy)]
pub struct Moment {
    pub at: DateTime<Utc>,
    pub trusted: bool,
}

impl Reference {
    pub fn new(people: People) -> Reference {
        Reference {
            people,
            life: Life::Unopened,
            at: 0,
            stage: 0,
            last: DateTime::UNIX_EPOCH,
            began: BTreeMap::new(),
            did: BTreeMap::new(),
            withdrawal: None,
            termination: None,
            carried: BTreeSet::new(),
            remarks: Vec::new(),
            spoken: 0,
            forced: None,
            rejected: Vec::new(),
            defaulted: Vec::new(),
            paid: Vec::new(),
            bidder: None,
        }
    }

    pub fn known(&self, who: PersonId) -> bool {
        self.people.iter().any(|(id, ..)| person(id) == who)
    }

    pub fn holds(&self, who: PersonId, role: &str) -> bool {
        self.people.iter().any(|(id, roles, _)| person(id) == who && roles.contains(&role))
    }

    /// The same person, or kin.
    pub fn tied(&self, one: PersonId, other: PersonId) -> bool {
        let kin = |a, b| self.people.iter().any(|(id, _, kin)| person(id) == a && kin.iter().any(|k| person(k) == b));
        one == other || kin(one, other) || kin(other, one)
    }

    pub fn tied_to_role(&self, who: PersonId, role: &str) -> bool {
        self.people.iter().any(|(id, roles, _)| roles.contains(&role) && self.tied(who, person(id)))
    }

    /// Whom step 12 brought, and who was intended.
    pub fn bidders(&self) -> Vec<PersonId> {
        let registered = self.did.get(&12).map(|did| &did.evidence);
        let registered = registered.into_iter().flat_map(|evidence| match evidence {
            Evidence::BidderRegistration(record) => record.registrants.iter().map(|registrant| registrant.bidder).collect(),
            _ => Vec::new(),
        });
        self.bidder.into_iter().chain(registered).collect()
    }

    pub fn moment(&self, now: DateTime<Utc>) -> Moment {
        if self.life == Life::Unopened {
            return Moment { at: now, trusted: true };
        }
        let far = now - self.last > TimeDelta::days(CLOCK_GAP);
        let back = self.last - now > TimeDelta::minutes(5);
        Moment { at: if far { self.last } else { now.max(self.last) }, trusted: !far && !back }
    }

    fn apart(&self, who: PersonId, step: usize) -> Judged {
        let row = line(step);
        let earlier = row.apart_steps.iter().filter_map(|step| self.did.get(step)).any(|did| self.tied(who, did.by));
        must(!earlier, "must not have done an earlier step")?;
        must(!row.apart_roles.iter().any(|role| self.tied_to_role(who, role)), "must not be of that role")?;
        must(!row.apart_bidder || !self.bidders().iter().any(|bidder| self.tied(who, *bidder)), "must not be a bidder")
    }

    /// The notice's last day; `None`: it never ends, as an objection is open.
    pub fn last_day(&self) -> Option<NaiveDate> {
        let since = self.did.get(&self.at)?.up.values().max()?;
        let pauses: Vec<_> =
            self.remarks.iter().filter(|said| said.kind == Remark::Objection).map(|said| (said.filed, said.ruled)).collect();
        let stays = if self.at == 11 { self.trading_days() } else { line(self.at).stays };
        days::last_day(china_date(*since), stays, &pauses)
    }

    fn trading_days(&self) -> u32 {
        self.plan().map_or(5, |plan| trading_days(plan.floor.fen() / 100 * u64::from(plan.term_months.max(1))))
    }

    pub fn plan(&self) -> Option<&PlanRecord> {
        match &self.did.get(&5)?.evidence {
            Evidence::PlanDraft(plan) => Some(plan),
            _ => None,
        }
    }

    /// The first day on which the meeting may be held.
    pub fn meeting_day(&self) -> Option<NaiveDate> {
        Some(china_date(*self.began.get(&7)?) + Days::new(MEETING_NOTICE))
    }

    fn up_everywhere(&self) -> bool {
        self.did.get(&self.at).is_some_and(|did| line(self.at).channels.chars().all(|channel| did.up.contains_key(&channel)))
    }

    fn live(&self) -> Judged {
        must(self.life == Life::Live, "the case is not under way")
    }

    /// Whether the command is lawful. `texts` are the notices that are waiting: receipts must confirm those.
    pub fn judge(&self, who: PersonId, now: DateTime<Utc>, command: &Command<Dongsha>, text: Option<Digest>) -> Judged {
        let moment = self.moment(now);
        match command {
            Command::Open(_) => {
                must(self.life == Life::Unopened, "it is open")?;
                must(self.holds(who, "Board"), "not of the board")
            }
            Command::Perform { evidence, done } => self.judge_perform(who, moment, evidence, done.unwrap_or(moment.at)),
            Command::Note { of, receipts } => {
                must(!receipts.is_empty(), "nothing to note")?;
                let loss = receipts.iter().all(|receipt| matches!(receipt.status, Status::Removed | Status::Altered));
                let appointed = self.people.iter().any(|(id, roles, _)| person(id) == who && !roles.is_empty());
                must(if loss { appointed } else { self.may_post(who, *of) }, "not theirs to post")?;
                self.judge_receipts(who, moment, *of, receipts, text)
            }
            Command::Publish { of, receipts } => {
                must(self.may_post(who, *of), "not theirs to post")?;
                self.judge_receipts(who, moment, *of, receipts, text)?;
                must(*of != Subject::Step || self.stage == 1, "public already")?;
                let mut after = self.clone();
                after.take(*of, receipts);
                let complete =
                    |posting: &Option<(BTreeSet<char>, BTreeSet<char>)>| posting.as_ref().is_some_and(|(all, up)| up.is_superset(all));
                let complete = match of {
                    Subject::Step => after.up_everywhere(),
                    Subject::Withdrawal => complete(&after.withdrawal),
                    Subject::Termination => complete(&after.termination),
                };
                must(complete, "not up everywhere")
            }
            Command::Advance { from } => self.judge_advance(who, moment, from.number()),
            Command::Object { .. } => {
                self.live()?;
                must(self.stage > 0 && !line(self.at).judges.is_empty(), "no notice here that takes objections")?;
                let seen = self.did.get(&self.at).is_some_and(|did| !(did.up.is_empty() && did.gone.is_empty()));
                must(seen, "nobody can have read it yet")?;
                must(self.forced.is_none(), "a return is decided")?;
                // One that a doubtful clock let in after the last day holds the period open too.
                let held = self.remarks.iter().any(|said| said.kind == Remark::Objection && said.is_open());
                let over = !held && self.up_everywhere() && self.last_day().is_some_and(|last| china_date(moment.at) > last);
                must(!over || !moment.trusted, "the period is over")
            }
            Command::Answer { number, ruling, .. } => {
                self.live()?;
                let said = self.remarks.iter().find(|said| said.number == *number).ok_or("no such remark")?;
                must(said.ruled.is_none(), "answered already")?;
                if said.kind == Remark::Comment {
                    must(self.holds(who, line(self.at).by), "not the responsible party")?;
                    return must(*ruling == Ruling::Dismissed, "a comment is only replied to");
                }
                must(!(moment.trusted && self.rises(said, moment)), "the level above is to answer")?;
                must(line(self.at).judges.get(said.rises.len()).is_some_and(|judge| self.holds(who, judge)), "not the judge")?;
                let own = self
                    .did
                    .get(&self.at)
                    .map(|did| did.by)
                    .into_iter()
                    .chain(said.from)
                    .chain([said.entered_by])
                    .any(|other| self.tied(who, other));
                must(!own, "a judge in their own matter")
            }
            Command::Raise { number } => {
                self.live()?;
                let said = self.remarks.iter().find(|said| said.number == *number).ok_or("no such remark")?;
                must(said.ruled.is_none(), "answered already")?;
                must(moment.trusted, "the clock is in doubt")?;
                must(self.rises(said, moment), "there is time to answer, or nobody above")
            }
            Command::Recall { step, .. } => {
                self.live()?;
                must(self.at == step.number() && self.stage == 2 && self.at == 11, "nothing to take back")?;
                must(self.forced.is_none() && self.holds(who, line(11).by), "not theirs to take back")
            }
            Command::Terminate(_) => {
                self.live()?;
                must(self.holds(who, "Board") || self.holds(who, "StreetOffice"), "no authority to end it")
            }
            Command::SetClock { .. } => {
                must(matches!(self.life, Life::Live | Life::Terminating), "nothing under way")?;
                must(!moment.trusted, "the clock is not in doubt")?;
                must(self.holds(who, "StreetOffice") || self.holds(who, "Supervisors"), "no authority over the clock")?;
                let answered = self.remarks.iter().all(|said| said.ruled.is_some());
                must(answered || self.too_early(now).is_none(), "answers are owed before it goes back")
            }
        }
    }

    /// Left unanswered past its day, with a level above.
    fn rises(&self, said: &Said, moment: Moment) -> bool {
        let above = said.kind == Remark::Objection && said.rises.len() + 1 < line(self.at).judges.len();
        above && said.last_days().nth(said.rises.len()).is_some_and(|last| china_date(moment.at) > last)
    }

    fn judge_perform(&self, who: PersonId, moment: Moment, evidence: &Evidence, done: DateTime<Utc>) -> Judged {
        self.live()?;
        must(number(evidence) == self.at, "another step is due")?;
        must(self.stage == 0, "performed already")?;
        must(done <= moment.at && self.began.get(&self.at).is_some_and(|began| done >= *began), "a date that cannot be")?;
        must((china_date(moment.at) - china_date(done)).num_days() <= BACK_DATING, "dated back")?;
        must(self.holds(who, line(self.at).by), "not the responsible party")?;
        self.apart(who, self.at)?;
        must(self.at != 7 || self.meeting_day().is_some_and(|first| china_date(done) >= first), "the meeting is too early")?;
        self.judge_record(who, evidence, china_date(done))
    }

    fn judge_advance(&self, who: PersonId, moment: Moment, from: usize) -> Judged {
        self.live()?;
        must(self.people.iter().any(|(id, roles, _)| person(id) == who && !roles.is_empty()), "holds nothing")?;
        must(self.at == from && self.stage == 2, "not public there")?;
        must(self.remarks.iter().all(|said| said.ruled.is_some()) && self.withdrawal.is_none(), "something is owed")?;
        if self.forced.is_none() && line(self.at).stays > 0 {
            must(moment.trusted, "the clock is in doubt")?;
            must(self.last_day().is_some_and(|last| china_date(moment.at) > last), "the period runs")?;
        }
        Ok(())
    }

    /// Does what was judged lawful.
    pub fn apply(&mut self, who: PersonId, now: DateTime<Utc>, command: &Command<Dongsha>) {
        let at = if matches!(command, Command::SetClock { .. }) { now } else { self.moment(now).at };
        self.last = at;
        match command {
            Command::Open(opening) => {
                self.life = Life::Live;
                self.bidder = opening.intended_bidder;
                self.enter(1, at);
            }
            Command::Perform { evidence, done } => {
                let (up, gone) = (BTreeMap::new(), BTreeMap::new());
                let did = Did { by: who, done: done.unwrap_or(at), left: None, evidence: evidence.clone(), up, gone };
                self.did.insert(self.at, did);
                self.stage = 1;
            }
            Command::Note { of, receipts } => self.take(*of, receipts),
            Command::Publish { of, receipts } => {
                self.take(*of, receipts);
                match of {
                    Subject::Step => self.stage = 2,
                    Subject::Withdrawal => self.withdrawal = None,
                    Subject::Termination => self.life = Life::Terminated,
                }
            }
            Command::Advance { .. } => self.leave(at),
            Command::Object { kind, from, .. } => {
                self.spoken += 1;
                self.remarks.push(Said {
                    number: self.spoken,
                    kind: *kind,
                    from: *from,
                    entered_by: who,
                    filed: china_date(at),
                    rises: Vec::new(),
                    ruled: None,
                });
            }
            Command::Answer { number, ruling, .. } => {
                for said in self.remarks.iter_mut().filter(|said| said.number == *number) {
                    said.ruled = Some(china_date(at));
                }
                if *ruling == Ruling::Upheld {
                    self.forced = Some(upheld(self.at));
                }
            }
            Command::Raise { number } => {
                self.remarks.iter_mut().filter(|said| said.number == *number).for_each(|said| said.rises.push(at));
            }
            Command::Recall { correction, .. } => {
                let minor =
                    correction.changes.iter().all(|change| ["wording", "contact", "place", "opening-hours"].contains(&change.as_str()));
                self.forced = Some(if minor && !correction.changes.is_empty() { 11 } else { 5 });
            }
            Command::Terminate(_) => {
                self.life = Life::Terminating;
                let channels = self.carried.iter().copied().chain(['P']).collect();
                self.termination = Some((channels, BTreeSet::new()));
            }
            Command::SetClock { .. } => {
                let again = self.too_early(at);
                self.began.values_mut().for_each(|moment| *moment = at.min(*moment));
                for did in self.did.values_mut() {
                    did.done = at.min(did.done);
                    did.left = did.left.map(|left| at.min(left));
                    did.up.values_mut().chain(did.gone.values_mut()).for_each(|moment| *moment = at.min(*moment));
                }
                for said in &mut self.remarks {
                    said.filed = said.filed.min(china_date(at));
                    said.rises.retain(|rise| *rise <= at);
                    said.ruled = said.ruled.map(|ruled| ruled.min(china_date(at)));
                }
                if let Some(step) = again {
                    self.go_back(step);
                    self.enter(step, at);
                }
            }
        }
    }

    fn enter(&mut self, step: usize, at: DateTime<Utc>) {
        (self.at, self.stage, self.forced) = (step, 0, None);
        self.remarks.clear();
        self.began.insert(step, at);
    }

    fn leave(&mut self, at: DateTime<Utc>) {
        let from = self.at;
        let to = self.forced.unwrap_or_else(|| self.leads());
        if let Some(did) = self.did.get_mut(&from) {
            did.left = Some(at);
        }
        if to == 17 {
            self.life = Life::Closed;
            return;
        }
        if to <= from {
            self.go_back(to);
        }
        self.enter(to, at);
    }

    /// Nothing from there on holds any longer; what is up of it, and what was still to be withdrawn, is to be withdrawn.
    fn go_back(&mut self, to: usize) {
        self.note_failure(to);
        let voided = self.did.split_off(&to);
        let mut up: BTreeSet<char> = voided.values().flat_map(|did| did.up.keys().copied()).collect();
        up.extend(self.withdrawal.take().into_iter().flat_map(|owed| owed.0));
        self.withdrawal = (!up.is_empty()).then(|| (up, BTreeSet::new()));
        self.began.retain(|step, _| *step < to);
    }

    /// The clock is right, and it is `now`: the first step that had to wait, and was over at a moment that is still to come;
    /// or, where the case is on its way back anyway, what it goes back to if that is earlier.
    fn too_early(&self, now: DateTime<Utc>) -> Option<usize> {
        let early = |step: &usize| {
            let Some(did) = self.did.get(step) else { return false };
            let stays = *step == 11 || line(*step).stays > 0;
            stays && did.left > Some(now) || *step == 7 && did.done > now
        };
        let first = (1..=16).find(early).filter(|_| self.life == Life::Live)?;
        Some(first.min(self.forced.unwrap_or_else(|| self.leads())))
    }
}
