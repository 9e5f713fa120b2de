//! The board over real HTTP: each operation with a refused twin, hostile input, what must never appear, and every answer held
//! against the OpenAPI document.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test that cannot go on stops; the program's own parts are used by the program"
)]

#[path = "../../examples/board/app/mod.rs"]
mod app;

mod document;
mod guard;
mod hostile;
mod pages;
mod site;
