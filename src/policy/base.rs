//! What a share can be a share of: bases that cannot be confused.

use serde::{Deserialize, Serialize};

mod sealed {
    pub trait Sealed {}
}

/// What a share is a share of. Each base is a type of its own, so that one cannot stand in for another.
pub trait Base: Copy + sealed::Sealed {
    /// How many they are.
    fn count(self) -> u32;
}

macro_rules! bases {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl sealed::Sealed for $name {}

        impl Base for $name {
            fn count(self) -> u32 {
                self.0
            }
        }
    )*};
}

bases! {
    /// Those who attend, online and by a proxy of the same household too (到会人数).
    Present;
    /// All members of the collective with a vote (全体成员).
    AllMembers;
    /// All delegates of the members (全体成员代表).
    AllDelegates;
    /// All directors of the board (全体理事).
    AllDirectors;
}
