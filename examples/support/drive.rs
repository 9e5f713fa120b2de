//! One transaction of the file on its way through the sixteen steps: who acts next, when, and with which record.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sanzi::calendar::{Calendar, CalendarError, china_date, china_midnight};
use sanzi::case::{Case, Command, Opening, Place, Stage, Subject};
use sanzi::disclosure::{Channel, Proof, Receipt, Remark, Ruling, Status};
use sanzi::dongsha::{Dongsha, PlanDraft, Role, Step};
use sanzi::flow::{Flow, StepId};
use sanzi::register::Actor;
use sanzi::store::Store;
use sanzi::value::{CaseId, Digest, PersonId, Text};
use sanzi::{Acted, Engine, Error};
use uuid::Uuid;

use super::input::{Incident, Input, Terms, Transaction};

/// The office opens at nine; a step is performed, posted and left at these minutes after it.
const PERFORMED_AFTER: i64 = 90;
const POSTED_AFTER: i64 = 120;
const WITHDRAWN_AFTER: i64 = 30;

/// Why a transaction of the file could not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DriveError {
    #[error("{0}")]
    Act(#[from] Error),
    #[error("the counts of the vote: {0}")]
    Tally(#[from] sanzi::policy::TallyError),
    #[error("on {day} nobody in the register may act as {role} at step {step}: appoint someone who is not kept apart")]
    Nobody { role: String, step: usize, day: NaiveDate },
}

macro_rules! through_error {
    ($($from:ty),*) => {$(
        impl From<$from> for DriveError {
            fn from(error: $from) -> DriveError {
                DriveError::Act(error.into())
            }
        }
    )*};
}
through_error!(CalendarError, sanzi::value::TextError, sanzi::value::MoneyError, sanzi::value::DigestError);

pub(crate) struct Drive<'a> {
    pub(crate) input: &'a Input,
    pub(crate) transaction: &'a Transaction,
    pub(crate) case: Case<Dongsha>,
    pub(crate) now: DateTime<Utc>,
}

impl<'a> Drive<'a> {
    /// Before its opening, at nine on the day the file says; each number some minutes later than the one before.
    pub(crate) fn new(input: &'a Input, transaction: &'a Transaction) -> Drive<'a> {
        let now = Drive::office_opens(transaction, transaction.opened);
        Drive { input, transaction, case: Case::unopened(CaseId::random()), now }
    }

    pub(crate) fn office_opens(transaction: &Transaction, day: NaiveDate) -> DateTime<Utc> {
        china_midnight(day) + TimeDelta::minutes(9 * 60 + i64::from(transaction.no % 50))
    }

    /// The terms of the round that runs: those of the incident until its plan is void.
    pub(crate) fn terms(&self) -> &'a Terms {
        match self.incident() {
            Some(incident) => incident.first(),
            None => &self.transaction.terms,
        }
    }

    /// What goes wrong in this round.
    pub(crate) fn incident(&self) -> Option<&'a Incident> {
        self.transaction.incident.as_ref().filter(|_| self.case.voided_records::<PlanDraft>().next().is_none())
    }

    /// When the next thing can lawfully be done, in office hours of a working day. `None` when the case has ended.
    pub(crate) fn next_moment(&self, calendar: &Calendar) -> Result<Option<DateTime<Utc>>, DriveError> {
        let Some(Place { stage, .. }) = self.case.place() else {
            return Ok((self.case.version() == 0).then_some(self.now));
        };
        if self.case.withdrawal().is_some() {
            return Ok(Some(self.now + TimeDelta::minutes(WITHDRAWN_AFTER)));
        }
        let plan = self.case.plan(calendar, self.now)?;
        let lawful = |pick: fn(&sanzi::case::Planned<Step>) -> sanzi::calendar::Due| plan.first().and_then(|next| pick(next).date());
        let today = china_date(self.now);
        Ok(Some(match stage {
            Stage::Performed => self.now + TimeDelta::minutes(POSTED_AFTER),
            Stage::Pending => {
                let day = working_day(calendar, lawful(|next| next.perform).unwrap_or(today))?;
                Drive::office_opens(self.transaction, day).max(self.now) + TimeDelta::minutes(PERFORMED_AFTER)
            }
            Stage::Public => {
                let tomorrow = today.succ_opt().unwrap_or(today);
                let waits = self.objection_due().is_some() || !self.case.objections_here().is_empty();
                let day = if waits { tomorrow } else { lawful(|next| next.leave).unwrap_or(tomorrow).max(tomorrow) };
                Drive::office_opens(self.transaction, working_day(calendar, day)?)
            }
        }))
    }

    /// Does the one next thing, at the moment when it can be done.
    pub(crate) fn turn<S: Store>(&mut self, engine: &Engine<Dongsha, S>) -> Result<(), DriveError> {
        self.wait(engine)?;
        let (who, command) = self.next_command(engine)?;
        self.act(engine, who, &command).map(|_| ())
    }

    /// Waits for the moment of the next thing.
    pub(crate) fn wait<S: Store>(&mut self, engine: &Engine<Dongsha, S>) -> Result<(), DriveError> {
        if let Some(moment) = self.next_moment(&engine.office().calendar)? {
            self.now = moment;
        }
        Ok(())
    }

    /// Decides and appends a command of anyone; the engine says whether it may be.
    pub(crate) fn act<S: Store>(
        &mut self,
        engine: &Engine<Dongsha, S>,
        who: PersonId,
        command: &Command<Dongsha>,
    ) -> Result<Acted<Dongsha>, DriveError> {
        let acted = engine.act(Uuid::new_v4(), self.case.id(), &engine.acting(who, self.now), command)?;
        self.case = acted.case.clone();
        Ok(acted)
    }

    fn next_command<S: Store>(&self, engine: &Engine<Dongsha, S>) -> Result<(PersonId, Command<Dongsha>), DriveError> {
        let Some(Place { step, stage }) = self.case.place() else {
            let opening = Opening { asset: self.transaction.asset, title: self.transaction.title.clone(), intended_bidder: None };
            return Ok((self.on_duty(engine, Role::Board, |_| true)?, Command::Open(opening)));
        };
        let by = Dongsha::row(step).by;
        if self.case.withdrawal().is_some() {
            let who = self.on_duty(engine, by, |_| true)?;
            let receipts = self.receipts(engine, Subject::Withdrawal, who)?;
            return Ok((who, Command::Publish { of: Subject::Withdrawal, receipts }));
        }
        match stage {
            Stage::Pending => {
                let lawful = |actor: &Actor<Role>| self.case.check(step, &engine.acting(actor.person(), self.now)).is_ok();
                let who = self.on_duty(engine, by, lawful)?;
                Ok((who, Command::Perform { evidence: self.record(engine, who)?, done: None }))
            }
            Stage::Performed => {
                let who = self.on_duty(engine, by, |_| true)?;
                Ok((who, Command::Publish { of: Subject::Step, receipts: self.receipts(engine, Subject::Step, who)? }))
            }
            Stage::Public => self.command_while_public(engine, step),
        }
    }

    /// An objection where the file has one, its ruling by whom the row names, else on to the next step.
    fn command_while_public<S: Store>(&self, engine: &Engine<Dongsha, S>, step: Step) -> Result<(PersonId, Command<Dongsha>), DriveError> {
        let row = Dongsha::row(step);
        if let Some((from, text, _)) = self.objection_due() {
            return Ok((from, Command::Object { kind: Remark::Objection, text: text.clone(), from: Some(from) }));
        }
        let open = self.case.objections_here().iter().find(|objection| objection.is_open());
        if let (Some(open), Some(judge), Some(Incident::UpheldObjection(incident))) = (open, row.posts.objections_to, self.incident()) {
            let performer = self.case.performer(step);
            let who = self.on_duty(engine, judge, |actor| performer.is_none_or(|performer| !actor.is_tied_to(performer)))?;
            return Ok((who, Command::Answer { number: open.number, ruling: Ruling::Upheld, reply: incident.ruling.clone() }));
        }
        Ok((self.on_duty(engine, row.by, |_| true)?, Command::Advance { from: step }))
    }

    fn objection_due(&self) -> Option<(PersonId, &'a Text, &'a Text)> {
        let Some(Incident::UpheldObjection(incident)) = self.incident() else { return None };
        let here = self.case.place()?.step == Step::PlanNotice && self.case.objections_here().is_empty();
        here.then_some((incident.from, &incident.objection, &incident.ruling))
    }

    /// Who acts in a role today: a stand-in first, then whoever holds it, in turn from transaction to transaction.
    /// Someone who is being stood in for is away.
    pub(crate) fn on_duty<S: Store>(
        &self,
        engine: &Engine<Dongsha, S>,
        role: Role,
        lawful: impl Fn(&Actor<Role>) -> bool,
    ) -> Result<PersonId, DriveError> {
        self.all_on_duty(engine, role, lawful).into_iter().next().ok_or_else(|| DriveError::Nobody {
            role: sanzi::flow::RoleId::name(role).to_string(),
            step: self.case.place().map_or(1, |place| place.step.number()),
            day: china_date(self.now),
        })
    }

    pub(crate) fn all_on_duty<S: Store>(
        &self,
        engine: &Engine<Dongsha, S>,
        role: Role,
        lawful: impl Fn(&Actor<Role>) -> bool,
    ) -> Vec<PersonId> {
        let day = china_date(self.now);
        let register = &engine.office().register;
        let away = self.input.delegations.iter().filter(|delegation| delegation.role == role && delegation.term.covers(day));
        let (away, stand_ins): (Vec<PersonId>, Vec<PersonId>) = away.map(|delegation| (delegation.holder, delegation.stand_in)).unzip();
        let mut holders = register.holders(role, day);
        holders.retain(|person| !away.contains(person));
        if let Some(turn) = usize::try_from(self.transaction.no).ok().and_then(|no| no.checked_rem(holders.len())) {
            holders.rotate_left(turn);
        }
        holders.sort_by_key(|person| !stand_ins.contains(person));
        holders.retain(|person| register.actor(*person, day).is_ok_and(|actor| lawful(&actor)));
        holders
    }

    /// What the channels and the office board confirm for a notice: up some minutes ago, one after the other.
    pub(crate) fn receipts<S: Store>(
        &self,
        engine: &Engine<Dongsha, S>,
        of: Subject,
        poster: PersonId,
    ) -> Result<Vec<Receipt>, DriveError> {
        let Some(posting) = self.case.posting(of) else { return Ok(Vec::new()) };
        let checks = self.case.place().and_then(|place| Dongsha::row(place.step).posts.verified_by).filter(|_| of == Subject::Step);
        let verifier = match checks {
            Some(role) => Some(self.on_duty(engine, role, |actor| !actor.is_tied_to(poster))?),
            None => None,
        };
        let witness = self.on_duty(engine, Role::Witness, |actor| actor.person() != poster)?;
        let confirm = |(order, channel): (i32, Channel)| {
            Ok(Receipt {
                channel,
                notice: posting.notice(),
                status: Status::Confirmed,
                at: self.now - TimeDelta::minutes(20) + TimeDelta::minutes(5) * order,
                proof: self.proof(channel, posting.notice(), poster, witness)?,
                verified_by: verifier,
            })
        };
        (0..).zip(posting.missing().iter()).map(confirm).collect()
    }

    /// A board has no machine that confirms: two people and a photo do.
    fn proof(&self, channel: Channel, notice: Digest, poster: PersonId, witness: PersonId) -> Result<Proof, DriveError> {
        let reference = match channel {
            Channel::Platform => format!("区“三资”交易平台，公告 {}", notice.short()),
            Channel::Bulletin => {
                format!("《东塱简报》{} 第 {} 版", china_date(self.now).format("%Y 年 %m 月号"), 1 + self.transaction.no % 4)
            }
            Channel::WeChat => format!("“东塱之家”推文 {}", notice.short()),
            Channel::Office => {
                let digest = Digest::of_parts(&[b"photo of ", notice.as_bytes()]);
                return Ok(Proof::Photo { digest, taken_by: poster, witness });
            }
        };
        Ok(Proof::Reference(Text::new(&reference)?))
    }
}

/// The first working day from a day on.
fn working_day(calendar: &Calendar, from: NaiveDate) -> Result<NaiveDate, CalendarError> {
    for day in from.iter_days() {
        if calendar.is_working(day)? {
            return Ok(day);
        }
    }
    Err(CalendarError::OutOfRange)
}
