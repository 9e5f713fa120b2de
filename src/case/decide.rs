//! The decision: a pure function of the case, the person at the moment, and the command.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::clock::{CLOCK_GAP, CaseTime};
use super::{
    Acting, Case, CaseStatus, Code, Command, Correction, Entry, Event, EvidenceSet, Faults, Next, Opening, Procedure, Reason, Scene, Stage,
    Subject, TakenBack, Termination, Verdict, guard, period, rising,
};
use crate::calendar::china_date;
use crate::disclosure::{Channels, Objection, Posting, Receipt, Remark, Ruling, Status};
use crate::flow::{Outcome, Row, Target, names};
use crate::policy::Policy;
use crate::register::Actor;
use crate::value::{Bilingual, Digest, PersonId, Text};

/// Decides a command: allowed, with the entries to record, or refused, with every reason at once.
///
/// Pure: the same case, person, moment and command always get the same verdict, and nothing is changed. Facade, engine and
/// audit all ask here.
///
/// ```
/// use sanzi::case::{decide, Case, Command, Opening};
/// use sanzi::dongsha::{Dongsha, Role};
/// use sanzi::case::Office;
/// use sanzi::register::{Register, Term};
/// use sanzi::value::*;
/// let chen = PersonId::new("chen")?;
/// let mut register = Register::new();
/// register.add(chen, PersonName::new("陈大文")?)?;
/// register.appoint(chen, Role::Board, Term::since("2018-01-01".parse()?))?;
/// let office = Office::<Dongsha>::new(OrgId::new("dongtang")?, register)?;
///
/// let case = Case::unopened(CaseId::random());
/// let opening = Opening { asset: AssetId::new("DT-001")?, title: Text::new("一楼铺位出租")?, intended_bidder: None };
/// let now = "2018-03-05T09:00:00+08:00".parse()?;
/// let verdict = decide(&case, &office.acting(chen, now), &Command::Open(opening));
/// assert!(verdict.is_allowed());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decide<P: Procedure>(case: &Case<P>, acting: &Acting<'_, P>, command: &Command<P>) -> Verdict<P> {
    Ctx::decide(case, acting, |ctx, faults| match command {
        Command::Open(opening) => ctx.open(opening, faults),
        Command::Perform { evidence, done } => {
            let (done, notice) = ctx.perform(evidence, done.or(acting.dated), faults)?;
            Some(Event::Performed { done, evidence: Arc::new(evidence.clone()), notice })
        }
        Command::Note { of, receipts } => ctx.publish(*of, receipts, false, faults),
        Command::Publish { of, receipts } => ctx.publish(*of, receipts, true, faults),
        Command::Advance { from } => ctx.advance(*from, faults),
        Command::Object { kind, text, from } => ctx.object(*kind, text, *from, faults),
        Command::Answer { number, ruling, reply } => ctx.answer(*number, *ruling, reply, faults),
        Command::Raise { number } => ctx.raise(*number, faults),
        Command::Recall { step, correction } => ctx.recall(*step, correction, faults),
        Command::Terminate(termination) => ctx.terminate(termination, faults),
        Command::SetClock { reason } => ctx.set_clock(reason, faults),
    })
}

/// Decides the command again that asked for an entry: as [`decide`], without a copy of what the entry brings.
pub(crate) fn decide_again<P: Procedure>(case: &Case<P>, acting: &Acting<'_, P>, entry: &Entry<P>) -> Verdict<P> {
    Ctx::decide(case, acting, |ctx, faults| match &entry.event {
        Event::Opened { opening, .. } => ctx.open(opening, faults),
        Event::Performed { done, evidence, .. } => {
            let (done, notice) = ctx.perform(evidence, Some(*done), faults)?;
            Some(Event::Performed { done, evidence: Arc::clone(evidence), notice })
        }
        Event::Noted { of, receipts } => ctx.publish(*of, receipts, false, faults),
        Event::Published { of, receipts } => ctx.publish(*of, receipts, true, faults),
        Event::Advanced { from, .. } => ctx.advance(*from, faults),
        Event::Objected { kind, text, from, .. } => ctx.object(*kind, text, *from, faults),
        Event::Answered { number, ruling, reply } => ctx.answer(*number, *ruling, reply, faults),
        Event::Risen { number, .. } => ctx.raise(*number, faults),
        Event::Recalled { step, correction, .. } => ctx.recall(*step, correction, faults),
        Event::Terminated { termination, .. } => ctx.terminate(termination, faults),
        Event::ClockSet { reason, .. } => ctx.set_clock(reason, faults),
    })
}

struct Ctx<'a, P: Procedure> {
    case: &'a Case<P>,
    acting: &'a Acting<'a, P>,
    time: CaseTime,
}

impl<'a, P: Procedure> Ctx<'a, P> {
    fn decide(case: &'a Case<P>, acting: &'a Acting<'a, P>, ask: impl FnOnce(&Ctx<'a, P>, &mut Faults) -> Option<Event<P>>) -> Verdict<P> {
        let mut faults = Faults::new();
        let time = CaseTime::read(case.last, acting.now, case.clock_gap);
        let event = ask(&Ctx { case, acting, time }, &mut faults);
        if event.is_none() && faults.is_empty() {
            faults.refuse(Reason::new(Code::NotOpened));
        }
        match (faults.into_result(), event) {
            (Ok(warnings), event) => {
                let entry = |event| {
                    let at = if matches!(event, Event::ClockSet { .. }) { acting.now } else { time.at };
                    Entry { at, clock: acting.now, by: acting.person, event, signed: None }
                };
                Verdict::Allowed { entries: event.map(entry).into_iter().collect(), warnings }
            }
            (Err(refusal), _) => Verdict::Refused(refusal),
        }
    }

    /// 立案: by the first step's responsible party, under the policy of the day, on an asset that is free.
    fn open(&self, opening: &Opening, faults: &mut Faults) -> Option<Event<P>> {
        faults.require(self.case.status == CaseStatus::Unopened, || Reason::new(Code::AlreadyOpened));
        let day = china_date(self.acting.now);
        let calendar = &self.acting.office.calendar;
        if let Err(error) = calendar.is_working(day) {
            faults.refuse(Reason::new(Code::CalendarUnannounced).found(Bilingual::same(error)));
        }
        let first = P::ROWS.first()?;
        if let Some(actor) = self.actor(self.acting.now, faults) {
            guard::responsible(&actor, first, faults);
        }
        if let Some(other) = self.acting.nearby.busy_with {
            faults.refuse(Reason::new(Code::AssetBusy).found(Bilingual::same(other)));
        }
        if let Some(bidder) = opening.intended_bidder.filter(|bidder| self.acting.office.register.name(*bidder).is_none()) {
            faults.refuse(Reason::new(Code::UnknownPerson).found(Bilingual::same(bidder)));
        }
        let policy = self.acting.office.policy_on(day);
        faults.require(policy.is_some(), || Reason::new(Code::NoPolicy).found(Bilingual::same(day)));
        let policy = policy?;
        numbers_complete::<P>(&policy, faults);
        Some(Event::Opened {
            org: self.acting.office.org,
            opening: opening.clone(),
            procedure: P::ID.to_owned(),
            procedure_version: P::VERSION,
            procedure_digest: P::digest()?,
            policy: Arc::new(policy),
        })
    }

    /// 执行: by the responsible party, apart from those who must differ, in time, with a record that keeps the rules. When it
    /// counts as done, and the digest of its notice.
    fn perform(&self, evidence: &P::Evidence, done: Option<DateTime<Utc>>, faults: &mut Faults) -> Option<(DateTime<Utc>, Digest)> {
        let step = evidence.step();
        let row = P::row(step);
        let done = done.unwrap_or(self.time.at);
        guard::may_perform(self.case, step, faults);
        guard::dated(self.case, &self.time, done, self.case.began(step), faults);
        let actor = self.actor(done, faults);
        if let Some(actor) = &actor {
            guard::responsible(actor, row, faults);
            guard::apart(self.case, actor, row, faults);
        }
        period::lead(self.case, self.acting, step, china_date(done), faults);
        self.warn_if_late(step, done, faults);
        if let Some(actor) = &actor {
            let scene = Scene { case: self.case, acting: self.acting, actor, time: self.time, done, step };
            evidence.record().examine(&scene, faults);
        }
        Case::<P>::digest_of(&self.case.preview(evidence)).map(|notice| (done, notice))
    }

    fn warn_if_late(&self, step: P::Step, done: DateTime<Utc>, faults: &mut Faults) {
        let Some((start, deadline)) = period::deadline(self.case, step) else { return };
        let Ok(last) = self.acting.office.calendar.deadline_day(start, deadline, &[]) else { return };
        if china_date(done) > last {
            let reason = Reason::new(Code::Late).at(step).by(P::row(step).by);
            faults.warn(reason.expected(Bilingual::same(last)).found(Bilingual::same(china_date(done))));
        }
    }

    /// 公开: receipts for this very notice; to be public, on all its channels.
    fn publish(&self, of: Subject, receipts: &[Receipt], complete: bool, faults: &mut Faults) -> Option<Event<P>> {
        let by = if !complete && is_loss(receipts) { self.witness(faults) } else { self.poster(of, faults) };
        let Some(posting) = self.case.posting(of) else {
            let reason = Reason::new(if of == Subject::Step { Code::NotPerformed } else { Code::NothingToPublish });
            faults.refuse(match self.case.place() {
                Some(place) => reason.at(place.step).by(P::row(place.step).by),
                None => reason,
            });
            return None;
        };
        if self.case.status == CaseStatus::Terminated {
            faults.refuse(Reason::new(Code::Ended));
        }
        let public = self.case.place().is_some_and(|place| of == Subject::Step && place.stage == Stage::Public);
        if complete && public {
            faults.refuse(Reason::new(Code::AlreadyPublic));
        }
        guard::receipts(self.case, self.acting, &self.time, of, posting, receipts, faults);
        if complete {
            let mut after = posting.clone();
            receipts.iter().for_each(|receipt| after.take(receipt));
            guard::missing_channels(&after, self.case.place().map(|place| place.step), by, faults);
            return Some(Event::Published { of, receipts: receipts.to_vec() });
        }
        faults.require(!receipts.is_empty(), || Reason::new(Code::NothingToPublish));
        Some(Event::Noted { of, receipts: receipts.to_vec() })
    }

    /// Who reports that a notice is gone or altered: anyone who holds a role, least of all only whoever posted it.
    fn witness(&self, faults: &mut Faults) -> Option<P::Role> {
        if let Some(actor) = self.actor(self.time.at, faults) {
            faults.require(actor.is_appointed(), || Reason::new(Code::NotAppointed).found(Bilingual::same(actor.person())));
        }
        None
    }

    /// Who posts: the step's responsible party; for a termination, whoever may terminate.
    fn poster(&self, of: Subject, faults: &mut Faults) -> Option<P::Role> {
        let actor = self.actor(self.time.at, faults);
        if of == Subject::Termination {
            self.authority(actor.as_deref(), P::TERMINATED_BY, faults);
            return P::TERMINATED_BY.first().copied();
        }
        let row = P::row(guard::live(self.case, faults)?.step);
        if let Some(actor) = &actor {
            guard::responsible(actor, row, faults);
        }
        Some(row.by)
    }

    /// 进入下一环节: public, its period run, everything answered and withdrawn; forward or back as the record says.
    fn advance(&self, from: P::Step, faults: &mut Faults) -> Option<Event<P>> {
        if let Some(actor) = self.actor(self.time.at, faults) {
            faults.require(actor.is_appointed(), || Reason::new(Code::NotAppointed).found(Bilingual::same(actor.person())));
        }
        let row = P::row(from);
        let public = guard::stands_at(self.case, from, Stage::Public, faults);
        if self.case.place().is_some_and(|place| place.step == from) {
            guard::answered(self.case, row, faults);
            guard::withdrawn(self.case, row, faults);
        }
        if !public {
            return None;
        }
        let outcome = self.outcome(row, faults)?;
        if self.case.forced.is_none() {
            guard::period_over(self.case, self.acting, &self.time, row, faults);
        }
        Some(Event::Advanced {
            from,
            outcome: outcome.id.to_owned(),
            to: Next::from(outcome.to),
            withdrawal: self.withdrawal_after(from, outcome.to),
        })
    }

    /// How the step ends: as an upheld objection or a recall has settled, else as its record says, else forward.
    fn outcome(&self, row: &'static Row<P::Step, P::Role>, faults: &mut Faults) -> Option<&'static Outcome<P::Step>> {
        let outcome = self.case.way_out(row.step);
        if outcome.is_none() {
            let named = self.case.settled(row.step).unwrap_or_default();
            faults.refuse(Reason::new(Code::WrongEvidence).at(row.step).found(Bilingual::same(named)));
        }
        outcome
    }

    /// On a return: where voided notices are up, and the notice that withdraws them.
    fn withdrawal_after(&self, from: P::Step, to: Target<P::Step>) -> Option<(Channels, Digest)> {
        let channels = self.case.channels_voided(from, Next::from(to));
        let Target::Step(to) = to else { return None };
        self.withdrawal_to(to, channels)
    }

    fn withdrawal_to(&self, to: P::Step, channels: Channels) -> Option<(Channels, Digest)> {
        if channels.is_empty() {
            return None;
        }
        let notice = self.case.withdrawal_notice(to, channels, self.case.notices.saturating_add(1));
        Case::<P>::digest_of(&notice).map(|digest| (channels, digest))
    }

    /// 异议: anyone, from the moment at which the notice was first seen on a channel until its period has run. It need not be
    /// up on all of them: a notice that is kept half hidden is one more reason to object.
    fn object(&self, kind: Remark, text: &Text, from: Option<PersonId>, faults: &mut Faults) -> Option<Event<P>> {
        let place = guard::live(self.case, faults)?;
        let row = P::row(place.step);
        let refuse = |faults: &mut Faults| faults.refuse(Reason::new(Code::NoObjectionsHere).at(place.step));
        let seen = self.case.posting(Subject::Step).is_some_and(Posting::was_seen);
        if !seen || row.posts.objections_to.is_none() {
            refuse(faults);
            return None;
        }
        if self.case.forced.is_some() {
            faults.refuse(Reason::new(Code::AlreadyReturning).at(place.step));
        }
        if self.time.plausible && self.is_over(row) {
            refuse(faults);
        }
        let number = u32::try_from(self.case.objections.len()).ok()?.checked_add(1)?;
        Some(Event::Objected { number, kind, text: text.clone(), from })
    }

    fn is_over(&self, row: &'static Row<P::Step, P::Role>) -> bool {
        let mut faults = Faults::new();
        let public = self.case.posting(Subject::Step).is_some_and(|posting| posting.since().is_some());
        guard::period_over(self.case, self.acting, &self.time, row, &mut faults);
        public && faults.is_empty() && !self.case.objections_here().iter().any(|o| o.is_open() && o.kind == Remark::Objection)
    }

    /// 裁决: an objection by the row's authority, a comment by the responsible party; neither in their own matter.
    fn answer(&self, number: u32, ruling: Ruling, reply: &Text, faults: &mut Faults) -> Option<Event<P>> {
        let place = guard::live(self.case, faults)?;
        let row = P::row(place.step);
        let objection = self.asked(number, place.step, faults)?;
        let actor = self.actor(self.time.at, faults);
        let level = rising::level_to_answer(self.case, self.acting, &self.time, row, objection, faults);
        let judge = rising::judge(row, objection.kind, level);
        self.authority(actor.as_deref(), &[judge], faults);
        if let (Some(actor), Remark::Objection) = (&actor, objection.kind) {
            let mut parties = self.case.performer(place.step).into_iter().chain(objection.from).chain([objection.entered_by]);
            if let Some(other) = parties.find(|other| actor.is_tied_to(*other)) {
                let expected = Bilingual::new("非当事人及其近亲属", "not a party to it, nor their kin");
                faults.refuse(Reason::new(Code::MustDiffer).at(place.step).by(judge).expected(expected).found(Bilingual::same(other)));
            }
        }
        if (objection.kind, ruling) == (Remark::Comment, Ruling::Upheld) {
            faults.refuse(
                Reason::new(Code::NotAuthority).at(place.step).expected(Bilingual::new("意见只作答复", "a comment is only replied to")),
            );
        }
        Some(Event::Answered { number, ruling, reply: reply.clone() })
    }

    /// 上升: an objection that was left unanswered in its period goes one level up, by itself.
    fn raise(&self, number: u32, faults: &mut Faults) -> Option<Event<P>> {
        let place = guard::live(self.case, faults)?;
        let row = P::row(place.step);
        let objection = self.asked(number, place.step, faults)?;
        let Some(to) = rising::above(row, objection) else {
            let highest = rising::judge(row, objection.kind, objection.rises.len());
            faults.refuse(Reason::new(Code::NoHigherLevel).at(place.step).by(highest));
            return None;
        };
        rising::unanswered(self.case, self.acting, &self.time, row, objection, faults);
        Some(Event::Risen { number, to })
    }

    /// The comment or objection of that number on the current step; refused if it is answered already.
    fn asked(&self, number: u32, step: P::Step, faults: &mut Faults) -> Option<&'a Objection> {
        let found = self.case.objections_here().iter().find(|objection| objection.number == number);
        match found {
            Some(objection) => faults.require(objection.is_open(), || Reason::new(Code::ObjectionClosed).at(step)),
            None => {
                let found = Bilingual::of(format!("第 {number} 号"), format!("no. {number}"));
                faults.refuse(Reason::new(Code::NoSuchObjection).at(step).found(found));
            }
        }
        found
    }

    /// 更正: the responsible party takes its notice back; the record says where that leads.
    fn recall(&self, step: P::Step, correction: &Correction, faults: &mut Faults) -> Option<Event<P>> {
        let row = P::row(step);
        let public = guard::stands_at(self.case, step, Stage::Public, faults);
        if let Some(actor) = self.actor(self.time.at, faults) {
            guard::responsible(&actor, row, faults);
        }
        if self.case.forced.is_some() {
            faults.refuse(Reason::new(Code::AlreadyReturning).at(step));
        }
        if !public {
            return None;
        }
        let outcome = self.case.way_back(step, correction);
        if outcome.is_none() {
            faults.refuse(Reason::new(Code::CannotRecall).at(step).by(row.by));
        }
        Some(Event::Recalled { step, correction: correction.clone(), outcome: outcome?.id.to_owned() })
    }

    /// 终止: by a recorded decision of whoever may; to be published wherever the case was.
    fn terminate(&self, termination: &Termination, faults: &mut Faults) -> Option<Event<P>> {
        guard::live(self.case, faults)?;
        let actor = self.actor(self.time.at, faults);
        self.authority(actor.as_deref(), P::TERMINATED_BY, faults);
        let channels = self.case.channels_of_termination();
        let notice = self.case.termination_notice(termination, self.case.notices.saturating_add(1));
        Some(Event::Terminated { termination: termination.clone(), notice: (channels, Case::<P>::digest_of(&notice)?) })
    }

    /// The clock is stated to be right by an authority; only when it is in doubt.
    fn set_clock(&self, reason: &Text, faults: &mut Faults) -> Option<Event<P>> {
        if self.case.status == CaseStatus::Unopened {
            faults.refuse(Reason::new(Code::NotOpened));
            return None;
        }
        if matches!(self.case.status, CaseStatus::Terminated | CaseStatus::Closed) {
            faults.refuse(Reason::new(Code::Ended));
        }
        let actor = self.actor(self.acting.now, faults);
        self.authority(actor.as_deref(), P::CLOCK_BY, faults);
        faults.require(!self.time.plausible, || Reason::new(Code::ClockNotInDoubt).found(Bilingual::same(self.acting.now)));
        if let Some(last) = self.case.last.filter(|last| self.acting.now < *last) {
            faults.warn(Reason::new(Code::ClockSkew).expected(Bilingual::same(self.acting.now)).found(Bilingual::same(last)));
        }
        if let Err(error) = self.acting.office.calendar.is_working(china_date(self.acting.now)) {
            faults.refuse(Reason::new(Code::CalendarUnannounced).found(Bilingual::same(error)));
        }
        Some(Event::ClockSet { reason: reason.clone(), back: self.taken_back(faults) })
    }

    /// The earliest step that the wrong clock let pass too early. As on every return, what is asked there is answered first.
    fn taken_back(&self, faults: &mut Faults) -> TakenBack<P::Step> {
        let (Some(place), Some(from)) = (self.case.place(), self.case.rushed(self.acting.now)) else { return TakenBack::Nothing };
        guard::answered(self.case, P::row(place.step), faults);
        faults.warn(Reason::new(Code::Rushed).at(from).by(P::row(from).by));
        let channels = self.case.channels_taken_back(from);
        TakenBack::Steps { from, withdrawal: self.withdrawal_to(from, channels) }
    }

    /// The person as the register knows them on the day of the act.
    fn actor(&self, moment: DateTime<Utc>, faults: &mut Faults) -> Option<Cow<'a, Actor<P::Role>>> {
        let day = china_date(moment);
        let found = match &self.acting.actor {
            Ok(actor) if actor.day() == day => Some(Cow::Borrowed(actor.as_ref())),
            Ok(_) => self.acting.office.register.actor(self.acting.person, day).ok().map(Cow::Owned),
            Err(_) => None,
        };
        if found.is_none() {
            faults.refuse(Reason::new(Code::UnknownPerson).found(Bilingual::same(self.acting.person)));
        }
        found
    }

    fn authority(&self, actor: Option<&Actor<P::Role>>, roles: &[P::Role], faults: &mut Faults) {
        let Some(actor) = actor else { return };
        if !actor.holds_any(roles) {
            let mut reason = Reason::new(Code::NotAuthority).expected(names(roles)).found(Bilingual::same(actor.person()));
            if let Some(role) = roles.first() {
                reason = reason.by(*role);
            }
            faults.refuse(reason);
        }
    }
}

/// All receipts say that the notice is gone or altered.
fn is_loss(receipts: &[Receipt]) -> bool {
    !receipts.is_empty() && receipts.iter().all(|receipt| matches!(receipt.status, Status::Removed | Status::Altered))
}

/// The policy has every number that the table names: a case must not get stuck half-way.
fn numbers_complete<P: Procedure>(policy: &Policy, faults: &mut Faults) {
    for row in P::ROWS {
        let periods = row.after.into_iter().chain(row.posts.period).filter(|name| !period::is_in(policy, name));
        let deadlines = row.within.into_iter().filter(|name| policy.deadline(name).is_none());
        for name in periods.chain(deadlines) {
            faults.refuse(Reason::new(Code::NumberMissing).at(row.step).expected(Bilingual::same(name)));
        }
    }
    let rises = P::ROWS.iter().any(|row| !row.posts.rising.is_empty());
    faults.require(!rises || policy.deadline(Policy::ANSWER).is_some(), || {
        Reason::new(Code::NumberMissing).expected(Bilingual::same(Policy::ANSWER))
    });
    let own = [guard::BACK_DATING, CLOCK_GAP].map(|name| format!("at_most.{name}"));
    for name in own.iter().map(String::as_str).chain(P::NEEDS.iter().copied()) {
        faults.require(policy.has(name), || Reason::new(Code::NumberMissing).expected(Bilingual::same(name)));
    }
}
