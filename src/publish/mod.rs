//! Publishing as it really goes: a notice is handed over, may wait, is seen in public, and may be gone or altered later.
//!
//! A [`Publisher`] is the way to one channel. A [`Courier`] is the outbox: it keeps no list of its own. What has to be up is
//! what the ledger says ([`Case::posting`](crate::Case::posting)), and what is up is what the public sees
//! ([`Publisher::look`]). So a crash between a decision and its posting loses nothing, since the next round finds the notice
//! missing; and it doubles nothing, since each round looks before it posts.
//!
//! | channel | publisher |
//! |---|---|
//! | a public website | [`Directory`]: static pages in a folder that any web server can serve |
//! | a platform's interface | `Webhook` (feature `web`): signed, repeated safely |
//! | the WeChat account | `WeChat` (features `web` and `pages`) |
//! | a board, a printed bulletin | people: [`photo`] makes the receipt of two of them |
//!
//! ```
//! use sanzi::disclosure::{Channel, Line, Notice};
//! use sanzi::publish::{Directory, Order, Publisher, Standing};
//! use sanzi::case::Subject;
//! use sanzi::value::Bilingual;
//!
//! # let folder = tempfile::tempdir()?;
//! let site = Directory::new(Channel::Platform, folder.path(), "https://dongtang.example/notices")?;
//! let case = "01890a5d-ac96-774b-bcce-b302099a8057".parse()?;
//! let notice = Notice { case, number: 14, title: Bilingual::new("成交结果", "result"), lines: vec![Line::new("成交", "sold", true)] };
//! let order = Order::new(Subject::Step, Channel::Platform, notice)?;
//!
//! assert_eq!(site.look(&order, None)?, Standing::Absent);
//! let Standing::Live(address) = site.post(&order)? else { panic!("a page in a folder is public at once") };
//! assert!(address.as_str().starts_with("https://dongtang.example/notices/"));
//! assert_eq!(site.post(&order)?, Standing::Live(address), "twice is once");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod courier;
mod directory;
mod error;
#[cfg(feature = "pages")]
mod pages;
mod photo;
#[cfg(feature = "web")]
mod web;
#[cfg(feature = "web")]
pub mod webhook;
#[cfg(all(feature = "web", feature = "pages"))]
pub mod wechat;

use uuid::Uuid;

use crate::case::Subject;
use crate::disclosure::{Channel, Notice};
use crate::value::{Digest, DigestError, Text};

pub use courier::{Courier, Desk, Done, Errand};
pub use directory::{Directory, Page};
pub use error::PublishError;
#[cfg(feature = "pages")]
pub use pages::Pages;
pub use photo::photo;
#[cfg(all(feature = "web", feature = "pages"))]
pub use wechat::WeChat;
#[cfg(feature = "web")]
pub use {web::Retries, webhook::Webhook};

/// One notice that has to be up on one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Which notice of its case it is.
    pub of: Subject,
    /// Where.
    pub channel: Channel,
    /// What must be seen.
    pub notice: Notice,
    digest: Digest,
}

impl Order {
    /// A notice for a channel.
    ///
    /// # Errors
    /// As [`Notice::digest`]: never.
    pub fn new(of: Subject, channel: Channel, notice: Notice) -> Result<Order, DigestError> {
        let digest = notice.digest()?;
        Ok(Order { of, channel, notice, digest })
    }

    /// The notice's digest: what a receipt confirms.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The same for the same notice on the same channel, for ever: whoever gets an order twice knows it by its key.
    pub fn key(&self) -> Uuid {
        let both = Digest::of_bytes(format!("post {} {}", self.channel.letter(), self.digest).as_bytes());
        Uuid::new_v8(both.as_bytes().first_chunk().copied().unwrap_or_default())
    }
}

/// How a notice stands on a channel, as someone who looks now sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// It is not there.
    Absent,
    /// The channel has accepted it, and nobody can read it yet; this reference asks for it later.
    Requested(Text),
    /// The public reads it there, word for word.
    Live(Text),
    /// Under its address the public reads something else.
    Altered(Text),
}

/// The way to one channel. Implement it for a channel of your own; [`Courier`] does the rest.
pub trait Publisher: Send + Sync {
    /// Which channel.
    fn channel(&self) -> Channel;

    /// Puts the notice up, or hands it over. Where the channel has the order already, by its [key](Order::key), it is not put
    /// up a second time.
    ///
    /// # Errors
    /// [`PublishError`]; after [`PublishError::Unknown`] look before you post again.
    fn post(&self, order: &Order) -> Result<Standing, PublishError>;

    /// Looks at what the public sees. `requested` is the reference of the last [`Standing::Requested`].
    ///
    /// # Errors
    /// [`PublishError`] where it cannot be seen; that says nothing about the notice.
    fn look(&self, order: &Order, requested: Option<&Text>) -> Result<Standing, PublishError>;
}
