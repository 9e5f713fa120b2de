//! The plain values every other room uses: money, text in two languages, digests, identifiers, and names that stay private.
//!
//! Nothing here knows a rule. A value that exists is valid: every constructor and every `Deserialize` checks.

mod digest;
mod id;
pub(crate) mod kept;
pub(crate) mod lent;
mod money;
mod private;
mod text;

pub use digest::{Algorithm, Digest, DigestError, canonical_json};
pub use id::{AssetId, CaseId, IdError, OrgId, PersonId};
pub use money::{Money, MoneyError};
pub use private::{AccountNumber, IdNumber, Masked, PersonName};
pub use text::{Bilingual, Lang, Text, TextError};
