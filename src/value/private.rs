//! Names, ID numbers and account numbers: written to the ledger, never shown unmasked.
//!
//! None of these types implements `Display`, and `Debug` masks. A public text accepts [`Masked`] only, and the only way
//! to it is [`PersonName::masked`] and its sisters; whoever needs the whole value says so with `reveal`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use super::text::{TextError, checked};

/// A private value with its middle hidden, fit to print: `陈*`, `4401**********0011`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Masked(String);

impl Masked {
    /// The masked text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Shows the first `head` and last `tail` characters, and a star for each other; at least half is hidden.
    fn new(text: &str, head: usize, tail: usize) -> Masked {
        let count = text.chars().count();
        let (head, tail) = if head.saturating_add(tail).saturating_mul(2) > count { (head.min(1), 0) } else { (head, tail) };
        let show = |i: usize| (i < head && count > 1) || i >= count.saturating_sub(tail);
        Masked(text.chars().enumerate().map(|(i, c)| if show(i) { c } else { '*' }).collect())
    }
}

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

macro_rules! private {
    ($(#[$doc:meta])* $name:ident, max $max:literal, shows $head:literal and $tail:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks as [`Text`](super::Text) does, on one line.
            ///
            /// # Errors
            /// [`TextError`] says which character or length is wrong.
            pub fn new(text: &str) -> Result<$name, TextError> {
                checked(text, $max, false).map(|text| $name(text.into_owned()))
            }

            /// With its middle hidden, fit to print.
            pub fn masked(&self) -> Masked {
                Masked::new(&self.0, $head, $tail)
            }

            /// The whole value, for those who are entitled to it: a contract's text, a bank transfer. Not for anything public.
            pub fn reveal(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.masked().as_str())
            }
        }

        impl TryFrom<&str> for $name {
            type Error = TextError;

            fn try_from(text: &str) -> Result<$name, TextError> {
                $name::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                super::lent::from_text(deserializer, $name::new)
            }
        }
    };
}

private! {
    /// A person's or company's name. Masked: the first character, then stars.
    PersonName, max 100, shows 1 and 0
}

private! {
    /// An identity or business registration number. Masked: the first four and the last four characters.
    IdNumber, max 40, shows 4 and 4
}

private! {
    /// A bank account number. Masked: the last four characters.
    AccountNumber, max 40, shows 0 and 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_hide_at_least_half() {
        let name = |text| PersonName::new(text).unwrap().masked().to_string();
        assert_eq!(name("陈大文"), "陈**");
        assert_eq!(name("王五"), "王*");
        assert_eq!(name("一"), "*");
        assert_eq!(IdNumber::new("440103199001010011").unwrap().masked().as_str(), "4401**********0011");
        assert_eq!(IdNumber::new("4401").unwrap().masked().as_str(), "4***");
        assert_eq!(AccountNumber::new("6222020200011234567").unwrap().masked().as_str(), "***************4567");
        assert_eq!(AccountNumber::new("1234").unwrap().masked().as_str(), "****");
    }

    #[test]
    fn invariant_11_debug_never_reveals() {
        let account = AccountNumber::new("6222020200011234567").unwrap();
        assert!(!format!("{account:?}").contains("62220202"));
        assert_eq!(account.reveal(), "6222020200011234567");
    }
}
