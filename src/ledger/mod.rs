//! What is kept, and how anyone can check it: the bytes of a record, and the chain that ties a case's records together.
//!
//! This room knows no rule and no store, so that an outsider with a file can verify it alone. The order of a whole
//! organisation's ledger (its tree and the signed checkpoints) belongs here too.

mod canonical;
pub mod chain;
mod record;

pub use canonical::CanonicalError;
pub use chain::{ChainError, ChainFault, Tip};
pub use record::{Record, RecordError};
