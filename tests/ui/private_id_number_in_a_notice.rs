//! Cheat: publish the whole identity number of a bidder.
//! Must fail with: E0277

use sanzi::disclosure::Line;
use sanzi::value::IdNumber;

fn line(private: IdNumber) -> Line {
    Line::new("竞得人", "winner", private)
}

fn main() {}
