//! Back from events: every entry must be one that can follow, so that no forged list of events makes a state that no
//! list of decisions could.

use chrono::{DateTime, Utc};

use super::clock::CaseTime;
use super::{Case, CaseStatus, Entry, Event, EvidenceSet, Next, Procedure, Stage, Subject, TakenBack, rising};
use crate::disclosure::{Channels, Objection, Posting, Receipt, Remark, Ruling};
use crate::value::CaseId;

/// Why a list of entries is not the history of a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The case was opened under a procedure or a version of it that this program does not have.
    #[error("entry {version} opens a case of procedure {found}, this program has {known}: use the release that knows it")]
    OtherProcedure {
        /// The entry, counted from 1.
        version: u64,
        /// The procedure found.
        found: String,
        /// The procedure known.
        known: String,
    },
    /// An entry that cannot follow what is before it.
    #[error("entry {version} cannot follow: {reason}; the history was changed or is incomplete")]
    CannotFollow {
        /// The entry, counted from 1.
        version: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl<P: Procedure> Case<P> {
    /// Brings a case back from its entries.
    ///
    /// The order of steps, their publication on all channels, how each step ends by its record, every return and every
    /// moment are checked again; the rules that need the register and the calendar are the audit's to check.
    ///
    /// # Errors
    /// [`ReplayError`] names the first entry that cannot follow.
    pub fn replay<'e>(id: CaseId, entries: impl IntoIterator<Item = &'e Entry<P>>) -> Result<Case<P>, ReplayError> {
        let mut case = Case::unopened(id);
        entries.into_iter().try_for_each(|entry| case.evolve(entry))?;
        Ok(case)
    }

    /// Applies one entry. It never fails for an entry that [`decide`](super::decide) has just allowed on this case.
    ///
    /// # Errors
    /// [`ReplayError`] for an entry that cannot follow; the case is as it was.
    pub fn evolve(&mut self, entry: &Entry<P>) -> Result<(), ReplayError> {
        self.may_follow(entry)?;
        self.apply(entry);
        Ok(())
    }

    /// Applies an entry whether or not it can follow: an audit goes on behind a broken entry. It makes no case that anyone
    /// outside this crate gets to see.
    pub(crate) fn suffer(&mut self, entry: &Entry<P>) {
        self.apply(entry);
    }

    fn may_follow(&self, entry: &Entry<P>) -> Result<(), ReplayError> {
        let version = self.version().saturating_add(1);
        let check = |holds: bool, reason: &'static str| if holds { Ok(()) } else { Err(ReplayError::CannotFollow { version, reason }) };
        let clock_set = matches!(entry.event, Event::ClockSet { .. });
        check(clock_set || self.last().is_none_or(|last| entry.at >= last), "it is dated before the entry before it")?;
        let time = CaseTime::read(self.last(), entry.clock, self.clock_gap);
        check(entry.at == if clock_set { entry.clock } else { time.at }, "its time is not the one its clock gives")?;
        let opens = matches!(entry.event, Event::Opened { .. });
        check(opens == (self.status() == CaseStatus::Unopened), "a case is opened once, and first")?;
        let place = self.place();
        let stands = |step: P::Step, stage: Stage| place.is_some_and(|place| place.step == step && place.stage == stage);
        match &entry.event {
            Event::Opened { procedure, procedure_version, procedure_digest, .. } => {
                let known = P::digest();
                if (procedure.as_str(), *procedure_version, Some(*procedure_digest)) != (P::ID, P::VERSION, known) {
                    let found = format!("{procedure} version {procedure_version} ({procedure_digest:?})");
                    return Err(ReplayError::OtherProcedure {
                        version,
                        found,
                        known: format!("{} version {} ({:?})", P::ID, P::VERSION, known),
                    });
                }
                Ok(())
            }
            Event::Performed { done, evidence, .. } => {
                check(stands(evidence.step(), Stage::Pending), "its step is not the one to be performed")?;
                check(self.began(evidence.step()).is_none_or(|began| *done >= began), "it was done before its step began")?;
                check(*done <= entry.at, "it was done after it was recorded")
            }
            Event::Noted { of, receipts } | Event::Published { of, receipts } => {
                let waiting = !matches!(self.status(), CaseStatus::Terminated | CaseStatus::Closed);
                let posting = self.posting(*of).filter(|_| waiting);
                check(posting.is_some(), "no such notice is waiting")?;
                let fits = |posting: &Posting| receipts.iter().all(|receipt| receipt.notice == posting.notice());
                check(posting.is_some_and(fits), "a receipt confirms another notice")?;
                let asked = |receipt: &Receipt| posting.is_some_and(|posting| posting.required().contains(receipt.channel));
                check(receipts.iter().all(asked), "a receipt is of a channel that the notice is not for")?;
                let since = self.posted_not_before(*of);
                let in_time = |receipt: &Receipt| receipt.at <= entry.at && since.is_none_or(|since| receipt.at >= since);
                check(receipts.iter().all(in_time), "a receipt is dated after it was recorded, or before its notice")?;
                let published = matches!(entry.event, Event::Published { .. });
                let again = *of == Subject::Step && place.is_some_and(|place| place.stage == Stage::Public);
                check(!(published && again), "the notice is public already")?;
                let complete = posting.is_some_and(|posting| completes(posting, receipts));
                check(!published || complete, "the notice is not up on all its channels")
            }
            Event::Advanced { from, outcome, to, withdrawal } => {
                check(stands(*from, Stage::Public), "its step is not public")?;
                check(self.withdrawal().is_none(), "a withdrawal is still owed")?;
                check(!self.objections_here().iter().any(Objection::is_open), "an objection is still open")?;
                check(self.forced.as_ref().is_none_or(|forced| forced == outcome), "the step was to end in another way")?;
                let way = self.way_out(*from).filter(|way| way.id == outcome).map(|way| Next::from(way.to));
                check(way == Some(*to), "its record does not lead there")?;
                let void = Some(self.channels_voided(*from, *to)).filter(|channels| !channels.is_empty());
                check(
                    void == withdrawal.map(|(channels, _)| channels),
                    "a return, and only a return, withdraws its notices where they are up",
                )
            }
            Event::Objected { number, .. } => {
                // Earlier records may have one of before the notice was up: it can only hold the case.
                let open_to = |step| P::row(step).posts.objections_to.is_some() && self.forced.is_none();
                check(place.is_some_and(|place| place.stage != Stage::Pending && open_to(place.step)), "no notice is up that takes any")?;
                check(usize::try_from(*number) == Ok(self.objections().len().saturating_add(1)), "its number is not the next")
            }
            Event::Answered { number, ruling, .. } => {
                let open = self.objections_here().iter().find(|objection| objection.number == *number && objection.is_open());
                check(place.is_some() && open.is_some(), "no such objection is open")?;
                let comment = |objection: &Objection| objection.kind == Remark::Comment;
                check(*ruling == Ruling::Dismissed || !open.is_some_and(comment), "a comment is only replied to")
            }
            Event::Risen { number, to } => {
                let open = self.objections_here().iter().find(|objection| objection.number == *number && objection.is_open());
                let above = open.zip(place).and_then(|(open, place)| rising::above(P::row(place.step), open));
                check(above == Some(*to), "no such objection is open, or it rises to somebody else")
            }
            Event::Recalled { step, correction, outcome } => {
                check(stands(*step, Stage::Public), "its step is not public")?;
                let way = self.way_back(*step, correction);
                check(self.forced.is_none() && way.is_some_and(|way| way.id == outcome), "its record has no such way back")
            }
            Event::Terminated { notice: (channels, _), .. } => {
                check(place.is_some(), "the case is not under way")?;
                check(*channels == self.channels_of_termination(), "its notice does not go where the case was public")
            }
            Event::ClockSet { back, .. } => {
                let ended = matches!(self.status(), CaseStatus::Terminated | CaseStatus::Closed);
                check(!ended && !time.plausible, "the clock was not in doubt")?;
                self.takes_back(*back, entry.at).or_else(|reason| check(false, reason))
            }
        }
    }

    /// What a clock setting takes back is what decisions would: all from the earliest step that was let pass too early. A
    /// record of before this was asked takes nothing back, as it did then.
    fn takes_back(&self, back: TakenBack<P::Step>, at: DateTime<Utc>) -> Result<(), &'static str> {
        let due = self.rushed(at);
        let (from, withdrawn) = match back {
            TakenBack::Unasked => return Ok(()),
            TakenBack::Nothing => (None, Channels::NONE),
            TakenBack::Steps { from, withdrawal } => (Some(from), withdrawal.map(|(channels, _)| channels).unwrap_or_default()),
        };
        if from != due {
            return Err("it does not take back what the wrong clock had let pass");
        }
        if withdrawn != due.map(|from| self.channels_taken_back(from)).unwrap_or_default() {
            return Err("it does not withdraw the voided notices where they are up");
        }
        if due.is_some() && self.objections_here().iter().any(Objection::is_open) {
            return Err("an objection is still open");
        }
        Ok(())
    }
}

fn completes(posting: &Posting, receipts: &[Receipt]) -> bool {
    let mut after = posting.clone();
    receipts.iter().for_each(|receipt| after.take(receipt));
    after.missing().is_empty()
}
