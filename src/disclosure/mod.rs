//! Publication: the four channels, the notice that goes up, the receipts that prove it is up, and the period it stays.
//!
//! Published means **confirmed and still there**: a request that a channel merely accepted counts for nothing, and a
//! notice that is removed or altered starts its period again.

mod channel;
mod notice;
mod objection;
mod posting;
mod receipt;

pub use channel::{Channel, Channels};
pub use notice::{Line, Notice, PublicText};
pub use objection::{Objection, Remark, Ruling};
pub use posting::Posting;
pub use receipt::{Proof, Receipt, Status};
