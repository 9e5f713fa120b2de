//! Pure renderers: a table or a case in, a text out. Nothing here touches a store or the engine.
//!
//! The clear paper as plain text is always there; pages to print and to post come with the feature `pages`.

mod paper;
mod words;

#[cfg(feature = "pages")]
mod address;
#[cfg(feature = "pages")]
mod qr;
#[cfg(feature = "pages")]
mod sheet;

#[cfg(feature = "pages")]
pub use address::{AddressError, WebAddress};
pub use paper::clear_paper;
#[cfg(feature = "pages")]
pub use sheet::{ClearPaper, Facts, Languages, PaperError, PaperSize, Standing, standings};
