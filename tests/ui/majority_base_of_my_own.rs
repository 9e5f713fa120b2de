//! Cheat: a base of my own, made of whoever agrees.
//! Must fail with: E0277

use sanzi::policy::Base;

#[derive(Clone, Copy)]
struct WhoeverAgrees(u32);

impl Base for WhoeverAgrees {
    fn count(self) -> u32 {
        self.0
    }
}

fn main() {}
