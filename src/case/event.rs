//! Commands ask (imperative), events tell (past tense). Both are plain data.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use super::Procedure;
use crate::disclosure::{Channels, Receipt, Remark, Ruling};
use crate::flow::Target;
use crate::policy::Policy;
use crate::value::kept::{self, Kept};
use crate::value::{AssetId, Digest, OrgId, PersonId, Text};

/// What a transaction is about when it is opened (立案).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The asset in the ledger of assets.
    pub asset: AssetId,
    /// A title for people.
    pub title: Text,
    /// Who already said that they want it, if anyone: they and their kin stay out of the procedure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intended_bidder: Option<PersonId>,
}

/// Which notice is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// The current step's.
    Step,
    /// The withdrawal of the notices that a return has voided (撤回公告).
    Withdrawal,
    /// The termination's (终止公告).
    Termination,
}

/// Why the accountable party takes back what it published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// What changes, by name, such as `floor` or `typing-error`: the step's record says which of them are material.
    pub changes: Vec<Text>,
    /// Why.
    pub reason: Text,
}

/// A decision to end the transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Termination {
    /// Of the decision's document.
    pub decision: Digest,
    /// Why.
    pub reason: Text,
}

/// What someone asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command<P: Procedure> {
    /// Open the transaction (立案).
    Open(Opening),
    /// Do the step (执行), and say when it was done; `None` is now.
    Perform {
        /// The step's record.
        evidence: P::Evidence,
        /// When it was done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        done: Option<DateTime<Utc>>,
    },
    /// Note how a notice stands on some channels, without claiming that it is public everywhere.
    Note {
        /// Which notice.
        of: Subject,
        /// How it stands.
        receipts: Vec<Receipt>,
    },
    /// State that a notice is up on **all** its channels (公开), with the receipts that are still missing.
    Publish {
        /// Which notice.
        of: Subject,
        /// The receipts not yet noted.
        receipts: Vec<Receipt>,
    },
    /// Leave the step (进入下一环节), forward or back as its record and its objections say.
    Advance {
        /// The step to leave.
        from: P::Step,
    },
    /// Hand in a comment or an objection on the current step's notice. Anyone may.
    Object {
        /// Comment or objection.
        kind: Remark,
        /// Their words.
        text: Text,
        /// Who, where they gave an identifier.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<PersonId>,
    },
    /// Reply to a comment, or decide an objection.
    Answer {
        /// Its number.
        number: u32,
        /// The ruling.
        ruling: Ruling,
        /// The reply, which is published.
        reply: Text,
    },
    /// Let an objection rise that was left unanswered in its period (逾期未答复，逐级上升): one level. Anyone may, a clock
    /// too: the day decides, not the person.
    Raise {
        /// Its number.
        number: u32,
    },
    /// Take back the current step's notice (更正): where that leads, the step's record says.
    Recall {
        /// The step.
        step: P::Step,
        /// What changes, and why.
        correction: Correction,
    },
    /// End the transaction by a recorded decision (终止).
    Terminate(Termination),
    /// State that the clock is right now: the logged way out of a clock that was wrong.
    SetClock {
        /// What was wrong.
        reason: Text,
    },
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event<P: Procedure> {
    /// The transaction was opened; its rules are fixed here for good.
    Opened {
        /// Whose ledger.
        org: OrgId,
        /// About what.
        opening: Opening,
        /// The procedure's name.
        procedure: String,
        /// The procedure's version.
        procedure_version: u32,
        /// The digest of the procedure's rows.
        procedure_digest: Digest,
        /// The numbers, whole.
        #[serde(deserialize_with = "policy")]
        policy: Arc<Policy>,
    },
    /// The step was done.
    Performed {
        /// When.
        done: DateTime<Utc>,
        /// The record.
        evidence: Arc<P::Evidence>,
        /// The digest of its notice.
        notice: Digest,
    },
    /// Receipts came in.
    Noted {
        /// For which notice.
        of: Subject,
        /// What they say.
        receipts: Vec<Receipt>,
    },
    /// The notice is up on all its channels.
    Published {
        /// Which notice.
        of: Subject,
        /// The last receipts.
        receipts: Vec<Receipt>,
    },
    /// The step was left.
    Advanced {
        /// The step.
        from: P::Step,
        /// How it ended: the identifier in its row.
        outcome: String,
        /// Where that leads.
        to: Next<P::Step>,
        /// On a return: where notices are up that no longer hold, and the digest of the notice that withdraws them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        withdrawal: Option<(Channels, Digest)>,
    },
    /// A comment or an objection was handed in.
    Objected {
        /// Its number.
        number: u32,
        /// Comment or objection.
        kind: Remark,
        /// The words.
        text: Text,
        /// Who.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<PersonId>,
    },
    /// It was answered.
    Answered {
        /// Its number.
        number: u32,
        /// The ruling.
        ruling: Ruling,
        /// The reply.
        reply: Text,
    },
    /// An objection that was left unanswered in its period rose one level.
    Risen {
        /// Its number.
        number: u32,
        /// Who decides it from now on.
        to: P::Role,
    },
    /// The accountable party took its notice back.
    Recalled {
        /// The step.
        step: P::Step,
        /// What changes, and why.
        correction: Correction,
        /// How the step will end.
        outcome: String,
    },
    /// The decision to end it was taken; its notice must still go up.
    Terminated {
        /// The decision.
        termination: Termination,
        /// Where the notice must go up, and its digest.
        notice: (Channels, Digest),
    },
    /// The clock was stated to be right.
    ClockSet {
        /// What was wrong.
        reason: Text,
        /// What the wrong clock had let pass too early.
        #[serde(default, skip_serializing_if = "TakenBack::is_unasked")]
        back: TakenBack<P::Step>,
    },
}

thread_local! {
    /// Nearly all cases of a ledger open under the same few.
    static POLICIES: Kept<Policy> = const { Kept::new() };
}

fn policy<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Policy>, D::Error> {
    kept::shared(deserializer, &POLICIES)
}

/// What a clock that is set right takes back of what a clock that ran ahead had let pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum TakenBack<S> {
    /// The record is of before this was asked: everything stays as it was.
    #[default]
    Unasked,
    /// No step was let pass too early.
    Nothing,
    /// One was: like a return, everything from it on is void and must be done again.
    Steps {
        /// The earliest of them.
        from: S,
        /// Where notices are up that no longer hold, and the digest of the notice that withdraws them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        withdrawal: Option<(Channels, Digest)>,
    },
}

impl<S> TakenBack<S> {
    const fn is_unasked(&self) -> bool {
        matches!(self, TakenBack::Unasked)
    }
}

/// Where an outcome leads, as it stands in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Next<S> {
    /// To a step.
    Step(S),
    /// The transaction is complete.
    End,
}

impl<S: Copy> From<Target<S>> for Next<S> {
    fn from(target: Target<S>) -> Next<S> {
        match target {
            Target::Step(step) => Next::Step(step),
            Target::End => Next::End,
        }
    }
}

impl<P: Procedure> Entry<P> {
    /// The command that asked for it.
    pub(crate) fn command(&self) -> Command<P> {
        match self.event.clone() {
            Event::Opened { opening, .. } => Command::Open(opening),
            Event::Performed { done, evidence, .. } => Command::Perform { evidence: Arc::unwrap_or_clone(evidence), done: Some(done) },
            Event::Noted { of, receipts } => Command::Note { of, receipts },
            Event::Published { of, receipts } => Command::Publish { of, receipts },
            Event::Advanced { from, .. } => Command::Advance { from },
            Event::Objected { kind, text, from, .. } => Command::Object { kind, text, from },
            Event::Answered { number, ruling, reply } => Command::Answer { number, ruling, reply },
            Event::Risen { number, .. } => Command::Raise { number },
            Event::Recalled { step, correction, .. } => Command::Recall { step, correction },
            Event::Terminated { termination, .. } => Command::Terminate(termination),
            Event::ClockSet { reason, .. } => Command::SetClock { reason },
        }
    }
}

/// One event with who, and when: the body of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct Entry<P: Procedure> {
    /// The case's own time, which only a stated clock setting moves back.
    pub at: DateTime<Utc>,
    /// The clock as it was read.
    pub clock: DateTime<Utc>,
    /// Who.
    pub by: PersonId,
    /// What.
    pub event: Event<P>,
    /// The signature of `by` under the command, where commands are signed: a line of a note, verified by
    /// [`Engine::signatures`](crate::Engine::signatures).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<String>,
}
