//! Why a channel did not do, or not tell.

use crate::disclosure::Channel;
use crate::value::{DigestError, TextError};

/// Why a notice was not posted, or could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The channel says no: wait for nothing, correct what it names.
    #[error("the channel refuses the notice ({code}): {said}")]
    Refused {
        /// Its own code, such as an HTTP status or WeChat's `errcode`.
        code: i64,
        /// Its own words, shortened.
        said: String,
    },
    /// Nothing has happened: try again later.
    #[error("the channel cannot be reached now, and nothing was posted: {0}; try again")]
    Unavailable(String),
    /// It was sent, and there is no answer: look before you post again.
    #[error("whether the notice was posted is not known: {0}; look before you post again")]
    Unknown(String),
    /// An answer that is none.
    #[error("the channel's answer cannot be read: {0}")]
    Answer(String),
    /// The file system.
    #[error("{0}")]
    File(String),
    /// An order for another channel.
    #[error("this publishes on {}, the order is for {}", .here.name(), .order.name())]
    OtherChannel {
        /// The publisher's.
        here: Channel,
        /// The order's.
        order: Channel,
    },
    /// An address that is none.
    #[error("`{0}` is not a web address: write `https://host/path`")]
    Address(String),
    /// A photo that proves nothing.
    #[error("a photo needs two people: who took it, and another who stood by")]
    PhotoNeedsTwo,
    /// A file without anything in it.
    #[error("the photo's file is empty: send the photo itself")]
    EmptyPhoto,
    /// A secret that is too short to keep one.
    #[error("a secret of {0} bytes can be guessed: make one of 32 random bytes")]
    WeakSecret(usize),
    /// Something that the channel cannot show, said by the page that was to show it.
    #[error("the notice cannot be shown: {0}")]
    Page(String),
    /// A reference that is no text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A digest.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

impl PublishError {
    /// A file, and what is wrong with it.
    pub(super) fn file(path: &std::path::Path, error: &std::io::Error) -> PublishError {
        PublishError::File(format!("{}: {error}", path.display()))
    }
}
