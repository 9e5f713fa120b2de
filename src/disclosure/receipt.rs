//! Receipts: what a channel, or two people with a photo, say about a notice.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Channel;
use crate::value::{Digest, PersonId, Text};

/// How a notice stands on a channel. Only [`Status::Confirmed`] counts as published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The channel accepted the notice for publication (WeChat's `errcode 0`): nothing is public yet.
    Requested,
    /// Seen in public.
    Confirmed,
    /// Was there, and is gone.
    Removed,
    /// Is there, and says something else.
    Altered,
}

/// What the statement rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Proof {
    /// Where it can be read: a page address, an article number, a bulletin issue and page.
    Reference(Text),
    /// A photo of the board, taken by one person in the presence of another: for channels that no machine can read.
    Photo {
        /// Of the photo's file.
        digest: Digest,
        /// Who took it.
        taken_by: PersonId,
        /// Who stood by; not the same person.
        witness: PersonId,
    },
}

/// One statement that a notice stands so on one channel since some moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Where.
    pub channel: Channel,
    /// Of the notice as posted; must be the notice's own digest.
    pub notice: Digest,
    /// How it stands.
    pub status: Status,
    /// Since when.
    pub at: DateTime<Utc>,
    /// What the statement rests on.
    pub proof: Proof,
    /// Who checked the posting, where the row asks for it; not the poster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_by: Option<PersonId>,
}

impl Receipt {
    /// A confirmed receipt by reference.
    pub fn confirmed(channel: Channel, notice: Digest, at: DateTime<Utc>, reference: Text) -> Receipt {
        Receipt { channel, notice, status: Status::Confirmed, at, proof: Proof::Reference(reference), verified_by: None }
    }

    /// The same, checked by someone.
    #[must_use]
    pub fn verified_by(self, person: PersonId) -> Receipt {
        Receipt { verified_by: Some(person), ..self }
    }

    /// The same, with another status.
    #[must_use]
    pub fn with_status(self, status: Status) -> Receipt {
        Receipt { status, ..self }
    }
}
