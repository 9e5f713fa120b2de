//! Cheat: print a name where it can be read.
//! Must fail with: E0277

use sanzi::value::PersonName;

fn print(private: PersonName) -> String {
    format!("{private}")
}

fn main() {}
