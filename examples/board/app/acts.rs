//! One command, decided and appended, by whichever way it came in.

use axum::http::StatusCode;
use sanzi::case::{Case, Command, DutyKind, Event, Reason};
use sanzi::dongsha::Dongsha;
use sanzi::store::{Answer, Receipt, Store};
use sanzi::value::{CaseId, PersonId};
use sanzi::{Error, Prepared};
use uuid::Uuid;

use super::problem::Fault;
use super::{Board, CLOCK};

/// What somebody asks for.
pub(crate) struct Act {
    /// The same key with the same command gives the same answer again.
    pub(crate) key: Uuid,
    pub(crate) case: CaseId,
    pub(crate) by: PersonId,
    pub(crate) command: Command<Dongsha>,
    /// The version of the case that they have seen: at another one nothing is done.
    pub(crate) seen: Option<u64>,
}

/// What came of it.
pub(crate) struct Acted {
    pub(crate) case: Case<Dongsha>,
    pub(crate) receipt: Receipt,
    pub(crate) warnings: Vec<Reason>,
    /// The number of the comment or objection that was handed in.
    pub(crate) number: Option<u32>,
}

impl Board {
    /// Decides and appends; what is acknowledged is durable.
    pub(crate) fn act(&self, act: &Act) -> Result<Acted, Fault> {
        let acting = self.engine.acting(act.by, self.clock.now());
        let known = self.engine.resolve(act.key)?;
        let (case, receipt, warnings) = match (known, act.seen) {
            (None, Some(seen)) => {
                let Prepared { case, append, warnings } = self.engine.prepare(act.key, act.case, &acting, &act.command)?;
                if append.expected != seen {
                    return Err(changed(seen, append.expected));
                }
                let receipt = match self.engine.store().append(&append)? {
                    Answer::Appended(receipt) => receipt,
                    Answer::Conflict { actual } => return Err(changed(seen, actual)),
                    Answer::Refused(refusal) => return Err(Error::from(refusal).into()),
                    Answer::Indeterminate { key } => return Err(Error::Indeterminate { key }.into()),
                };
                (case, receipt, warnings)
            }
            _ => {
                let acted = self.engine.act(act.key, act.case, &acting, &act.command)?;
                (acted.case, acted.receipt, acted.warnings)
            }
        };
        let number = self.number_of(&receipt, &act.command)?;
        Ok(Acted { case, receipt, warnings, number })
    }

    /// The number that a comment or objection was given: for a repeated command that of the first time.
    fn number_of(&self, receipt: &Receipt, command: &Command<Dongsha>) -> Result<Option<u32>, Fault> {
        if !matches!(command, Command::Object { .. }) {
            return Ok(None);
        }
        let place = usize::try_from(receipt.version.saturating_sub(1)).unwrap_or(usize::MAX);
        let history = self.engine.history(receipt.case)?;
        Ok(history.get(place).and_then(|entry| if let Event::Objected { number, .. } = entry.event { Some(number) } else { None }))
    }
}

fn changed(seen: u64, actual: u64) -> Fault {
    Fault::new(
        StatusCode::PRECONDITION_FAILED,
        format!("您看到的是版本 {seen}，现为版本 {actual}：请重新读取后再办。"),
        format!("You have seen version {seen}, it is now {actual}: read it again and decide anew."),
    )
}

/// Levels that an objection can have risen since it was looked at last.
const LEVELS: usize = 8;

impl Board {
    /// Records every rise of an objection that was left unanswered in its period: the day has decided it already.
    pub(crate) fn raise_unanswered(&self) -> Result<(), Fault> {
        let clock = PersonId::new(CLOCK).map_err(Error::from)?;
        for _ in 0..LEVELS {
            let now = self.clock.now();
            let mut risen = false;
            for duty in self.engine.owed(now)? {
                let DutyKind::Raise(number) = duty.kind else { continue };
                match self.engine.raise(duty.case, &self.engine.acting(clock, now), number) {
                    Ok(_) => risen = true,
                    // Somebody was faster, or has answered it; or the clock is in doubt.
                    Err(Error::Conflict { .. } | Error::Refused(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if !risen {
                break;
            }
        }
        Ok(())
    }
}
