//! Pure renderers: a table or a case in, a text out. Nothing here touches a store or the engine.

mod paper;

pub use paper::clear_paper;
