//! **Sixteen steps, each with a responsible party and a required publication, and no way to skip one**: not in code, not
//! through the API, not in the database.
//!
//! When a village collective in China leases, sells or contracts out its funds, assets or resources ("三资", *sanzi*), one
//! union's *clear paper* (明白纸) breaks the transaction into sixteen steps. This crate makes that paper a typed state machine
//! which a trading platform embeds: it asks before it acts, and a refusal lists every unmet condition at once.
//!
//! # Three verbs
//!
//! A step is **performed** (执行) by its one responsible party, **published** (公开) on its channels, and **left**
//! (进入下一环节) when its notice period has run. As types, so that a skipped step does not compile:
//!
//! ```
//! use sanzi::dongsha::{AssetCheck, AssetCheckRecord, Dongsha, Role};
//! use sanzi::case::Opening;
//! use sanzi::disclosure::{Channel, Receipt};
//! use sanzi::register::{Register, Term};
//! use sanzi::value::*;
//! use sanzi::{Office, Transaction};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let chen = PersonId::new("chen")?;
//! let mut register = Register::new();
//! register.add(chen, PersonName::new("陈大文")?)?;
//! register.appoint(chen, Role::Board, Term::since("2018-01-01".parse()?))?;
//! let office = Office::<Dongsha>::new(OrgId::new("dongtang")?, register)?;
//!
//! let now = "2018-03-05T09:00:00+08:00".parse()?;
//! let chen = office.acting(chen, now);
//! let asset = AssetId::new("DT-001")?;
//! let motion = Opening { asset, title: Text::new("一楼铺位出租")?, intended_bidder: None };
//!
//! let case = Transaction::<AssetCheck>::open(&chen, CaseId::random(), motion)?;
//! let case = case.perform(&chen, AssetCheckRecord {
//!     asset,
//!     title: Text::new("一楼铺位")?,
//!     area_centi_m2: 8_000,
//!     usage: Text::new("商铺")?,
//!     current_lease_ends: None,
//!     public_welfare: false,
//! })?;
//! // What every channel must show, and the receipt that it does.
//! let digest = case.notice().ok_or("no notice")?.digest()?;
//! let seen = Receipt::confirmed(Channel::Platform, digest, now, Text::new("https://example.org/n/1")?);
//! let case = case.publish(&chen, vec![seen])?; // public, its period running
//! let case = case.advance(&chen)?;             // Transaction<PartyStudy>, or Held: every reason, and the case back
//! # let _ = case;
//! # Ok(())
//! # }
//! ```
//!
//! The same at run time, over a ledger that keeps it: [`Engine`]. Without any store, for a platform that keeps its own cases:
//! [`decide`] and [`Case::evolve`]. All three ask the same function.
//!
//! # Where to read on
//!
//! | you want to | read |
//! |---|---|
//! | see the sixteen rows | [`dongsha`], and its `table.rs` |
//! | write another procedure | [`flow!`] |
//! | know why something was refused | [`case::Reason`], [`case::Code`], [`dongsha::DongshaCode`] |
//! | change the numbers | [`policy`] |
//! | keep a ledger | [`Engine`], [`store`] |
//! | prove it to outsiders | [`ledger`], [`store::Log`] |
//! | audit a ledger, or another platform's log | [`audit`] |
//! | print the paper | [`export`] |
//! | post notices, and see that they stay | [`publish`] |
//!
//! # What this crate does not do
//!
//! - It does not say what the law is in your village. The sixteen steps are a reconstruction, and numbers that nobody has
//!   verified are marked so ([`policy::Number::verified`]). Put your own paper in their place.
//! - It does not authenticate anyone: the host says who acts, the [`register`] says what they may do.
//! - It does not look at the clock, the network or the file system outside [`store`] and [`publish`]: time comes in as an
//!   argument.
//! - It cannot see what nobody records. It makes skipping a step impossible in the system, and visible outside it.
//!
//! # Features
//!
//! - `sqlite` (default): the embedded store, one SQLite file.
//! - `postgres`: ledgers in a PostgreSQL database.
//! - `pages`: the clear paper as HTML and SVG, and the notices of the four channels.
//! - `audit` (default): other platforms' logs for the [`audit`] (CSV, JSON lines, XES, OCEL 2.0), and its HTML report.
//! - `sm`: SM2 signatures and SM3 digests (国密).
//! - `web`: notices by HTTP, signed and repeated safely.

pub mod value;

pub mod calendar;
pub mod disclosure;
pub mod flow;
pub mod policy;
pub mod register;

pub mod case;
pub mod dongsha;

pub mod ledger;
pub mod store;

pub mod audit;

mod engine;
mod error;
pub mod export;
pub mod publish;

pub use case::{Acting, Case, Command, Office, Refusal, Transaction, Verdict, decide};
pub use engine::{Acted, Conclusion, Counted, Draft, Engine, Prepared, SignedCommand};
pub use error::{Error, ErrorKind};

/// What the macros need, under paths that no user's imports can shadow.
#[doc(hidden)]
pub mod __private {
    pub use serde;

    pub use crate::value::lent::from_text;
}

/// The README's code is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The book's code is compiled and run.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../docs/src/steps.md")]
    struct Steps;
    #[doc = include_str!("../docs/src/embedding.md")]
    struct Embedding;
    #[doc = include_str!("../docs/src/time.md")]
    struct Time;
    #[doc = include_str!("../docs/src/policies.md")]
    struct Policies;
    #[doc = include_str!("../docs/src/publishing.md")]
    struct Publishing;
    #[doc = include_str!("../docs/src/whole-case.md")]
    struct WholeCase;
}
