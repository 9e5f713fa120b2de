//! The sixteen steps: the table, a record for each step, and the rules that tie them together.
//!
//! **This list is this project's reconstruction**, from the national laws, a real Guangdong platform's process and the three
//! moments of a 2018 report on the Dongtang union. The union's own paper was not found. These are not Dongtang's, Liwan's or
//! Guangzhou's binding steps; put your own paper in their place with [`flow!`](crate::flow!).

//!
#![doc = include_str!("../../docs/src/paper.md")]

mod code;
mod evidence;
mod rules;
mod table;

pub use code::DongshaCode;
pub use evidence::*;
pub use table::*;
