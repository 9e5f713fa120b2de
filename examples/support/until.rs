//! A transaction brought lawfully to where an attempt begins.

use sanzi::Engine;
use sanzi::case::{Place, Stage};
use sanzi::dongsha::{Dongsha, Evidence, Role, Step};
use sanzi::flow::Flow;
use sanzi::store::Store;

use super::drive::{Drive, DriveError};

impl Drive<'_> {
    /// Goes on lawfully until the case stands at a step, at a stage.
    pub(crate) fn to<S: Store>(&mut self, engine: &Engine<Dongsha, S>, step: Step, stage: Stage) -> Result<(), DriveError> {
        while self.case.place() != Some(Place { step, stage }) && self.next_moment(&engine.office().calendar)?.is_some() {
            self.turn(engine)?;
        }
        Ok(())
    }

    /// The record that the responsible person would make now.
    pub(crate) fn good<S: Store>(&self, engine: &Engine<Dongsha, S>) -> Result<Evidence, DriveError> {
        let by = self.case.place().map_or(Role::Board, |place| Dongsha::row(place.step).by);
        self.record(engine, self.on_duty(engine, by, |_| true)?)
    }
}
