//! Cheat: hand the engine events that nobody decided, as a draft of my own.
//! Must fail with: E0277

use sanzi::{case::*, dongsha::*};

struct Forged(Case<Dongsha>, Vec<Entry<Dongsha>>);

impl sanzi::Draft<Dongsha> for Forged {
    fn case(&self) -> &Case<Dongsha> {
        &self.0
    }
    fn unsaved(&self) -> &[Entry<Dongsha>] {
        &self.1
    }
    fn mark_saved(&mut self) {}
}

fn main() {}
