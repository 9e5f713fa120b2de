//! Pure renderers: a table or a case in, a text out. Nothing here touches a store or the engine.
//!
//! The clear paper as plain text and the Petri net of a procedure are always there; pages to print and to post come with the feature `pages`.

mod paper;
mod petri;
mod words;

#[cfg(feature = "pages")]
mod address;
#[cfg(feature = "pages")]
mod notice;
#[cfg(feature = "pages")]
mod qr;
#[cfg(feature = "pages")]
mod sheet;

#[cfg(feature = "pages")]
pub use address::{AddressError, WebAddress};
#[cfg(feature = "pages")]
pub use notice::{
    AnswerError, Article, Imprint, NoticeError, NoticePage, NoticePeriod, ObjectionChannel, Posted, PostedError, PublishState, Reading,
    WeChatLimit, bulletin_html, publish_event, publish_get, read_back, submit_payload,
};
pub use paper::clear_paper;
pub use petri::{CaseEnd, petri_net};
#[cfg(feature = "pages")]
pub use sheet::{ClearPaper, Facts, Languages, PaperError, PaperSize, Standing, standings};
