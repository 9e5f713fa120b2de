//! When a case is concluded: not when it is closed, but when witnesses outside have signed for it.

use chrono::{DateTime, Utc};

use super::Engine;
use crate::case::{CaseStatus, Procedure};
use crate::error::Error;
use crate::ledger::{KeyName, Proof, Trust};
use crate::store::{Log, Position, Store};
use crate::value::CaseId;

/// How far a case is from being beyond anyone's reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// The transaction is not at its end.
    Open,
    /// It is at its end, and no checkpoint with a quorum covers its last record yet: have one sealed and cosigned.
    Awaiting {
        /// The last record's position: a checkpoint of that size or more.
        position: Position,
    },
    /// A checkpoint that the quorum cosigned covers its last record. This text proves it to anyone, whatever becomes of
    /// the ledger.
    Concluded(Box<Proof>),
}

impl<P: Procedure, S: Store> Engine<P, S> {
    /// Whether a case is concluded: closed or terminated, and covered by a checkpoint with its quorum.
    ///
    /// ```
    /// # use sanzi::{Engine, dongsha::Dongsha};
    /// # use sanzi::ledger::{KeyName, Trust};
    /// # use sanzi::store::MemoryStore;
    /// use sanzi::Conclusion;
    /// # fn look(engine: &Engine<Dongsha, MemoryStore>, case: sanzi::value::CaseId, trust: &Trust) -> Result<(), Box<dyn std::error::Error>> {
    /// # let now = chrono::Utc::now();
    /// match engine.conclusion(case, KeyName::new("dongtang.example/sanzi")?, trust, now)? {
    ///     Conclusion::Open => println!("still running"),
    ///     Conclusion::Awaiting { position } => println!("seal and cosign a checkpoint of {position} records"),
    ///     Conclusion::Concluded(proof) => println!("{proof}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Engine::load`], and [`Error::Log`] where the ledger is not the one that was cosigned.
    pub fn conclusion(&self, case: CaseId, origin: KeyName, trust: &Trust, now: DateTime<Utc>) -> Result<Conclusion, Error> {
        let state = self.load(case)?;
        if !matches!(state.status(), CaseStatus::Closed | CaseStatus::Terminated) {
            return Ok(Conclusion::Open);
        }
        let position = self.store.position_of(case, state.version())?.ok_or(Error::UnknownCase(case))?;
        let log = Log::open(&self.store, origin)?;
        match log.covering(position, |note| trust.demand(note, now).is_ok())? {
            None => Ok(Conclusion::Awaiting { position }),
            Some(note) => Ok(Conclusion::Concluded(Box::new(log.prove(position, &note)?))),
        }
    }
}
