//! Cheat: publish the whole account number of a bidder.
//! Must fail with: E0277

use sanzi::disclosure::Line;
use sanzi::value::AccountNumber;

fn line(private: AccountNumber) -> Line {
    Line::new("竞得人", "winner", private)
}

fn main() {}
