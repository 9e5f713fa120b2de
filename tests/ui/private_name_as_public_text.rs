//! Cheat: call a private name a public text.
//! Must fail with: E0277

use sanzi::disclosure::PublicText;
use sanzi::value::PersonName;

fn publish(private: PersonName) -> PublicText {
    private.into()
}

fn main() {}
