//! Cheat: publish the whole name of a bidder.
//! Must fail with: E0277

use sanzi::disclosure::Line;
use sanzi::value::PersonName;

fn line(private: PersonName) -> Line {
    Line::new("竞得人", "winner", private)
}

fn main() {}
