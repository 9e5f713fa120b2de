//! What is kept, and how anyone can check it without us.
//!
//! | | |
//! |---|---|
//! | [`Record`] | one entry: canonical JSON and its hash |
//! | [`chain`] | ties a case's records together, each to the one before |
//! | [`tree`] | ties all records of an organisation together: one root, and short proofs |
//! | [`Checkpoint`] | size and root, signed by the log as a [`Note`], cosigned by [`Witness`]es |
//! | [`Trust`] | whose signatures count, and how many witnesses make a quorum |
//! | [`Proof`], [`Audit`] | check a record, a case or the whole ledger with no store at hand |
//! | [`SplitView`] | the evidence that two checkpoints cannot both be true |
//! | [`ShortForm`] | a checkpoint for paper |
//! | [`Order`], [`Signatories`] | a command signed by the person who acts |
//! | [`Permit`] | a signed, expiring "this step may start now" for systems that cannot link this crate |
//!
//! The formats are open ones: RFC 8785, RFC 6962, and C2SP's signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy and
//! tlog-proof, so that other people's tools read them. This room knows no rule and no store.

mod canonical;
pub mod chain;
mod checkpoint;
mod decode;
mod key;
mod note;
mod order;
mod permit;
mod proof;
mod record;
mod short;
mod split;
mod statement;
mod tile;
pub mod tree;
mod trust;
mod witness;

pub use canonical::CanonicalError;
pub use chain::{ChainError, ChainFault, Tip};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use key::{KeyError, PublicKey, Scheme, SecretKey, Signer, Use, sign};
pub use note::{KeyName, Note, NoteError, Signature};
pub use order::{Order, OrderError, Signatories};
pub use permit::{Permit, PermitError};
pub use proof::{Audit, Proof, VerifyError};
pub(crate) use record::Frame;
pub use record::{Record, RecordError};
pub use short::{ShortForm, ShortFormError};
pub use split::{SplitError, SplitView};
pub use statement::StatementError;
pub(crate) use tile::fold;
pub use tile::{Tile, TileId};
pub use tree::{Growth, Head, Inclusion, ProofError};
pub use trust::{Trust, TrustError, Witnessed};
pub use witness::{Witness, WitnessError};
