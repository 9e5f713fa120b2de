//! The ledger's checkpoint, and the proof that a record is in it. Records themselves hold what is private, and stay inside.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use sanzi::ledger::{Checkpoint, Note, ShortForm, Signer, Use};
use sanzi::store::{Log, Store};

use super::pages::{Page, case_of, page as written};
use super::problem::Fault;
use super::reader::Reader;
use super::views::Frame;
use super::{Board, Shared, ask};

impl Board {
    /// Signs a checkpoint, if records have come since the last one.
    pub(crate) fn seal_if_grown(&self) -> Result<(), Fault> {
        let Some(key) = &self.seal else { return Ok(()) };
        let log = Log::open(self.engine.store(), key.public().name().clone())?;
        log.seal(key, None)?;
        Ok(())
    }

    /// The last checkpoint.
    pub(crate) fn checkpoint(&self) -> Result<Option<(Note, Checkpoint)>, Fault> {
        let Some(note) = self.engine.store().latest_checkpoint()? else { return Ok(None) };
        let checkpoint = note.text().parse().map_err(sanzi::store::LogError::from)?;
        Ok(Some((note, checkpoint)))
    }

    /// As it is printed.
    pub(crate) fn short_form(&self) -> Result<Option<ShortForm>, Fault> {
        Ok(self.checkpoint()?.and_then(|(_, checkpoint)| ShortForm::of(&checkpoint).ok()))
    }
}

#[derive(Template)]
#[template(path = "checkpoint.html", config = "examples/board/askama.toml")]
struct CheckpointPage {
    frame: Frame,
    short: Option<String>,
    note: Option<String>,
    size: u64,
    key: Option<String>,
    pem: Option<String>,
}

pub(crate) async fn page(State(board): State<Shared>, reader: Reader) -> Page {
    ask(&board, move |board| {
        let kept = board.checkpoint()?;
        let short = board.short_form()?.map(|short| short.to_string());
        let key = board.seal.as_ref().map(Signer::public);
        let size = kept.as_ref().map_or(0, |(_, checkpoint)| checkpoint.head.size);
        let note = kept.map(|(note, _)| note.to_string());
        let (vkey, pem) = (key.map(|key| key.vkey(Use::Sign)), key.map(sanzi::ledger::PublicKey::pem));
        written(&CheckpointPage { frame: reader.frame(board), short, note, size, key: vkey, pem })
    })
    .await
}

/// The proof that a record of a case is in the ledger as its last checkpoint fixed it: whoever has the record can verify it.
pub(crate) async fn proof(State(board): State<Shared>, Path((case, version)): Path<(String, u64)>) -> Result<Response, Fault> {
    ask(&board, move |board| {
        let case = case_of(&case)?;
        let position = board.engine.store().position_of(case, version)?.ok_or_else(Fault::not_found)?;
        let (note, checkpoint) = board.checkpoint()?.ok_or_else(Fault::not_found)?;
        if position.number() > checkpoint.head.size {
            let (zh, en) =
                ("这条记录比最近的检查点新，请等下一个检查点。", "This record is newer than the last checkpoint: wait for the next one.");
            return Err(Fault::new(axum::http::StatusCode::NOT_FOUND, zh, en));
        }
        let log = Log::open(board.engine.store(), checkpoint.origin.clone())?;
        let text = log.prove(position, &note)?.to_string();
        Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
    })
    .await
}
