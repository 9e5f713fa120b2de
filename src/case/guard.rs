//! The guards, each a named sentence. A guard adds every reason it finds; it allocates only when it finds one.

use chrono::{DateTime, Utc};

use super::clock::CaseTime;
use super::rising::judge;
use super::{Acting, Case, CaseStatus, Code, Faults, Place, Procedure, Reason, Refusal, Stage, Subject};
use crate::calendar::{CalendarError, china_date, china_midnight};
use crate::disclosure::{Channel, Posting, Proof, Receipt, Remark, Status};
use crate::flow::{Apart, RoleId, Row, StepId};
use crate::register::Actor;
use crate::value::{Bilingual, PersonId};

/// The name of the policy's number: how many days an act may be dated back.
pub(super) const BACK_DATING: &str = "back-dating-days";
/// More receipts than any notice has channels and retries.
const MOST_RECEIPTS: usize = 64;

impl<P: Procedure> Case<P> {
    /// May this person perform this step now? The order, the role, the people who must differ and the lead time, without
    /// the evidence. Costs no allocation when the answer is yes.
    ///
    /// # Errors
    /// The refusal, with all reasons.
    pub fn check(&self, step: P::Step, acting: &Acting<'_, P>) -> Result<(), Refusal> {
        let mut faults = Faults::new();
        may_perform(self, step, &mut faults);
        match &acting.actor {
            Ok(actor) => {
                responsible(actor, P::row(step), &mut faults);
                apart(self, actor, P::row(step), &mut faults);
            }
            Err(_) => faults.refuse(Reason::new(Code::UnknownPerson).found(Bilingual::same(acting.person))),
        }
        if P::row(step).after.is_some() {
            let time = CaseTime::read(self.last, acting.now, self.clock_gap);
            if let Some(today) = time.today(&mut faults) {
                super::period::lead(self, acting, step, today, &mut faults);
            }
        }
        faults.into_result().map(|_| ())
    }

    /// The marks of everyone whom the current row keeps apart, so that a check seldom has to look them up one by one.
    #[inline]
    fn kept_apart(&self, step: P::Step) -> Option<u64> {
        matches!(self.status, CaseStatus::At(place) if place.step == step).then_some(self.apart_marks)
    }

    /// To be called when the current step, its performers or the bidders have changed.
    pub(super) fn mark_apart(&mut self) {
        let Some(place) = self.place() else { return };
        let of_bidders = || self.bidders.iter().fold(0, |marks, bidder| marks | bidder.mark());
        self.apart_marks = P::row(place.step).apart.iter().fold(0, |marks, apart| match apart {
            Apart::Step(step) => marks | self.performer(*step).map_or(0, PersonId::mark),
            Apart::Bidder => marks | of_bidders(),
            Apart::Role(_) => marks,
        });
    }
}

/// The case is live; says what it is instead.
pub(super) fn live<P: Procedure>(case: &Case<P>, faults: &mut Faults) -> Option<Place<P::Step>> {
    match case.status {
        CaseStatus::At(place) => return Some(place),
        CaseStatus::Unopened => faults.refuse(Reason::new(Code::NotOpened)),
        CaseStatus::Terminating | CaseStatus::Terminated | CaseStatus::Closed => faults.refuse(Reason::new(Code::Ended)),
    }
    None
}

/// The case stands at this step, which is still to be performed; each step that was jumped is named with its party.
pub(super) fn may_perform<P: Procedure>(case: &Case<P>, step: P::Step, faults: &mut Faults) {
    let Some(place) = live_place(case, faults) else { return };
    if place.step != step {
        return elsewhere(place, step, faults, P::row);
    }
    if place.stage != Stage::Pending {
        faults.refuse(Reason::new(Code::AlreadyPerformed).at(step).by(P::row(step).by));
    }
}

#[inline]
fn live_place<P: Procedure>(case: &Case<P>, faults: &mut Faults) -> Option<Place<P::Step>> {
    if let CaseStatus::At(place) = case.status { Some(place) } else { live(case, faults) }
}

/// The case stands at another step: behind, or ahead with every missing step named.
#[cold]
fn elsewhere<S: StepId, R: RoleId>(place: Place<S>, step: S, faults: &mut Faults, row: fn(S) -> &'static Row<S, R>) {
    if step.index() < place.step.index() {
        faults.refuse(Reason::new(Code::StepDone).at(step).found(place.step.name()));
    }
    for missing in S::ALL.iter().take(step.index()).skip(place.step.index()) {
        faults.refuse(Reason::new(Code::StepMissing).at(*missing).by(row(*missing).by));
    }
}

/// The case stands at this step, at least at this stage.
pub(super) fn stands_at<P: Procedure>(case: &Case<P>, step: P::Step, stage: Stage, faults: &mut Faults) -> bool {
    let Some(place) = live(case, faults) else { return false };
    if place.step != step {
        elsewhere(place, step, faults, P::row);
        return false;
    }
    let row = P::row(step);
    if place.stage < stage {
        let code = if place.stage == Stage::Pending { Code::NotPerformed } else { Code::NotPublic };
        faults.refuse(Reason::new(code).at(step).by(row.by));
        if let (Code::NotPublic, Some(posting)) = (code, case.posting(Subject::Step)) {
            missing_channels(posting, Some(step), Some(row.by), faults);
        }
        return false;
    }
    true
}

/// The person holds the one accountable role.
#[inline]
pub(super) fn responsible<S: StepId, R: RoleId>(actor: &Actor<R>, row: &Row<S, R>, faults: &mut Faults) {
    if !actor.holds(row.by) {
        faults.refuse(
            Reason::new(Code::NotResponsible).at(row.step).by(row.by).expected(row.by.name()).found(Bilingual::same(actor.person())),
        );
    }
}

/// The person, and everyone tied to them, differs from all that the row keeps apart.
#[inline]
pub(super) fn apart<P: Procedure>(case: &Case<P>, actor: &Actor<P::Role>, row: &Row<P::Step, P::Role>, faults: &mut Faults) {
    let near = case.kept_apart(row.step).is_none_or(|marks| actor.may_be_tied_to(marks));
    for apart in row.apart {
        let clash = match apart {
            Apart::Step(step) => near && case.performers.get(step.index()).copied().flatten().is_some_and(|other| actor.is_tied_to(other)),
            Apart::Role(role) => actor.is_tied_to_role(*role),
            Apart::Bidder => near && case.bidders().iter().any(|bidder| actor.is_tied_to(*bidder)),
        };
        if clash {
            faults.refuse(must_differ(actor, row, apart));
        }
    }
}

#[cold]
fn must_differ<S: StepId, R: RoleId>(actor: &Actor<R>, row: &Row<S, R>, apart: &Apart<S, R>) -> Reason {
    let other = match apart {
        Apart::Step(step) => {
            let name = step.name();
            Bilingual::of(
                format!("非第 {} 环节“{}”的执行人及其近亲属", step.number(), name.zh),
                format!("not whoever performed step {} ({}), nor their kin", step.number(), name.en),
            )
        }
        Apart::Role(role) => {
            let name = role.name();
            Bilingual::of(format!("非{}及其近亲属", name.zh), format!("not of the {}, nor their kin", name.en))
        }
        Apart::Bidder => Bilingual::new("非竞投人及其近亲属", "not a bidder, nor their kin"),
    };
    Reason::new(Code::MustDiffer).at(row.step).by(row.by).expected(other).found(Bilingual::same(actor.person()))
}

/// Nothing is dated after now, before the step began, or back beyond the tolerance.
pub(super) fn dated<P: Procedure>(
    case: &Case<P>,
    time: &CaseTime,
    done: DateTime<Utc>,
    not_before: Option<DateTime<Utc>>,
    faults: &mut Faults,
) {
    in_order(time, done, not_before, faults);
    let tolerance = case.policy().and_then(|policy| policy.at_most(BACK_DATING)).map(|number| i64::from(*number.value()));
    let days = china_date(time.at).signed_duration_since(china_date(done)).num_days();
    if let Some(most) = tolerance.filter(|most| days > *most) {
        let expected = Bilingual::of(format!("至多补记 {most} 日"), format!("at most {most} days back"));
        faults.refuse(Reason::new(Code::BackDated).expected(expected).found(Bilingual::same(china_date(done))));
    }
}

/// Nothing is dated after now, or before the step began.
fn in_order(time: &CaseTime, done: DateTime<Utc>, not_before: Option<DateTime<Utc>>, faults: &mut Faults) {
    if done > time.at {
        faults.refuse(Reason::new(Code::DatedAhead).expected(Bilingual::same(time.at)).found(Bilingual::same(done)));
    }
    if let Some(start) = not_before.filter(|start| done < *start) {
        faults.refuse(Reason::new(Code::OutOfOrder).expected(Bilingual::same(start)).found(Bilingual::same(done)));
    }
}

/// Each receipt confirms this very notice, on a channel it needs, at a believable moment, by a proof that counts.
pub(super) fn receipts<P: Procedure>(
    case: &Case<P>,
    acting: &Acting<'_, P>,
    time: &CaseTime,
    of: Subject,
    posting: &Posting,
    list: &[Receipt],
    faults: &mut Faults,
) {
    if list.len() > MOST_RECEIPTS {
        return faults.refuse(Reason::new(Code::TooManyReceipts).found(Bilingual::same(list.len())));
    }
    let step = case.place().map(|place| place.step);
    let not_before = case.posted_not_before(of);
    let starts_period = of == Subject::Step && step.is_some_and(|step| P::row(step).posts.period.is_some());
    if starts_period && list.iter().any(|receipt| receipt.status == Status::Confirmed) {
        time.today(faults);
    }
    let mut checker = None;
    for receipt in list {
        match receipt.status {
            // That a notice was gone may come out late, and can only cost whoever posted it.
            Status::Removed | Status::Altered => in_order(time, receipt.at, not_before, faults),
            Status::Confirmed | Status::Requested => dated(case, time, receipt.at, not_before, faults),
        }
        if receipt.notice != posting.notice() {
            let channel = receipt.channel.name();
            let found = Bilingual::of(format!("{}：{}", channel.zh, receipt.notice), format!("{}: {}", channel.en, receipt.notice));
            faults.refuse(Reason::new(Code::ReceiptOfOtherNotice).expected(Bilingual::same(posting.notice())).found(found));
        }
        if !posting.required().contains(receipt.channel) {
            faults.refuse(Reason::new(Code::ReceiptChannel).expected(posting.required().names()).found(receipt.channel.name()));
        }
        if let Proof::Photo { taken_by, witness, .. } = &receipt.proof {
            let known = |person| acting.office.register.name(person).is_some();
            if taken_by == witness || !known(*taken_by) || !known(*witness) {
                faults.refuse(Reason::new(Code::PhotoNeedsTwo).found(Bilingual::same(format!("{taken_by}, {witness}"))));
            }
        }
        if let (Subject::Step, Some(step)) = (of, step) {
            verified(acting, P::row(step), receipt, &mut checker, faults);
        }
    }
}

/// Where the row names who verifies, a holder of that role other than the poster has checked the posting. Mostly one person
/// checks them all on one day: what the register said of them is kept for the next receipt.
fn verified<P: Procedure>(
    acting: &Acting<'_, P>,
    row: &Row<P::Step, P::Role>,
    receipt: &Receipt,
    checker: &mut Option<Actor<P::Role>>,
    faults: &mut Faults,
) {
    let Some(role) = row.posts.verified_by else { return };
    if receipt.status != Status::Confirmed {
        return;
    }
    let day = china_date(receipt.at);
    let same = checker.take().filter(|actor| (Some(actor.person()), actor.day()) == (receipt.verified_by, day));
    *checker = same.or_else(|| acting.office.register.actor(receipt.verified_by?, day).ok());
    let good = checker.as_ref().is_some_and(|actor| actor.holds(role) && !actor.is_tied_to(acting.person));
    if !good {
        let reason = Reason::new(Code::NotVerified).at(row.step).by(role).expected(role.name());
        let who = receipt.verified_by.map_or(Bilingual::new("无", "nobody"), Bilingual::same);
        faults.refuse(reason.found(Bilingual::of(
            format!("{}：{}", receipt.channel.name().zh, who.zh),
            format!("{}: {}", receipt.channel.name().en, who.en),
        )));
    }
}

/// Every channel that is still missing, one reason each.
pub(super) fn missing_channels<S: StepId, R: RoleId>(posting: &Posting, step: Option<S>, by: Option<R>, faults: &mut Faults) {
    for channel in posting.missing().iter().map(Channel::name) {
        let mut reason = Reason::new(Code::ChannelMissing).expected(channel);
        if let Some(step) = step {
            reason = reason.at(step);
        }
        if let Some(by) = by {
            reason = reason.by(by);
        }
        faults.refuse(reason);
    }
}

/// No objection or comment on this step waits for its answer.
pub(super) fn answered<P: Procedure>(case: &Case<P>, row: &Row<P::Step, P::Role>, faults: &mut Faults) {
    for open in case.objections_here().iter().filter(|objection| objection.is_open()) {
        let code = match open.kind {
            Remark::Objection => Code::ObjectionOpen,
            Remark::Comment => Code::CommentOpen,
        };
        let party = judge(row, open.kind, open.rises.len());
        let number = Bilingual::of(format!("第 {} 号", open.number), format!("no. {}", open.number));
        faults.refuse(Reason::new(code).at(row.step).by(party).found(number));
    }
}

/// The notices that a return has voided are withdrawn in public.
pub(super) fn withdrawn<P: Procedure>(case: &Case<P>, row: &Row<P::Step, P::Role>, faults: &mut Faults) {
    if let Some(posting) = &case.withdrawal {
        faults.refuse(Reason::new(Code::WithdrawalOwed).at(row.step).by(row.by).expected(posting.required().names()));
    }
}

/// The notice period of the current step has run.
pub(super) fn period_over<P: Procedure>(
    case: &Case<P>,
    acting: &Acting<'_, P>,
    time: &CaseTime,
    row: &Row<P::Step, P::Role>,
    faults: &mut Faults,
) {
    let Some(period) = super::period::of_step(case, row, faults) else { return };
    let Some(since) = case.posting(Subject::Step).and_then(Posting::since) else { return };
    let Some(today) = time.today(faults) else { return };
    let last = acting.office.calendar.last_day(china_date(since), period, &super::period::pauses(case));
    match last {
        Ok(last) if today > last => {}
        Ok(last) => {
            let next = last.succ_opt().map(china_midnight);
            let expected = Bilingual::of(
                format!("{} 起公示，{last} 期满", china_date(since)),
                format!("posted since {}, runs to the end of {last}", china_date(since)),
            );
            faults.refuse(Reason::new(Code::PeriodRunning).at(row.step).expected(expected).found(Bilingual::same(today)).earliest(next));
        }
        // An open objection keeps it from ending; `answered` says so.
        Err(CalendarError::Paused { .. }) => {}
        Err(error) => super::period::unannounced(row.step, &error, faults),
    }
}
