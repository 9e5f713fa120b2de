//! Who votes, and counted votes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AllDelegates, AllDirectors, AllMembers, Present, TallyError};
use crate::value::Bilingual;

/// Who votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// The members' assembly (成员大会).
    Members,
    /// The delegates' assembly (成员代表大会).
    Delegates,
    /// The board (理事会).
    Directors,
}

impl Body {
    /// Its name in both languages.
    pub const fn name(self) -> Bilingual {
        match self {
            Body::Members => Bilingual::new("成员", "members"),
            Body::Delegates => Bilingual::new("成员代表", "delegates"),
            Body::Directors => Bilingual::new("理事", "directors"),
        }
    }
}

/// `members`, `delegates`, `directors`.
impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Body::Members => "members",
            Body::Delegates => "delegates",
            Body::Directors => "directors",
        })
    }
}

/// How many may vote, and of which body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Eligible {
    /// All members.
    Members(AllMembers),
    /// All delegates.
    Delegates(AllDelegates),
    /// All directors.
    Directors(AllDirectors),
}

impl Eligible {
    /// Who votes.
    pub const fn body(self) -> Body {
        match self {
            Eligible::Members(_) => Body::Members,
            Eligible::Delegates(_) => Body::Delegates,
            Eligible::Directors(_) => Body::Directors,
        }
    }

    /// How many they are.
    pub const fn count(self) -> u32 {
        match self {
            Eligible::Members(AllMembers(count)) => count,
            Eligible::Delegates(AllDelegates(count)) => count,
            Eligible::Directors(AllDirectors(count)) => count,
        }
    }
}

impl From<AllMembers> for Eligible {
    fn from(all: AllMembers) -> Eligible {
        Eligible::Members(all)
    }
}

impl From<AllDelegates> for Eligible {
    fn from(all: AllDelegates) -> Eligible {
        Eligible::Delegates(all)
    }
}

impl From<AllDirectors> for Eligible {
    fn from(all: AllDirectors) -> Eligible {
        Eligible::Directors(all)
    }
}

/// Counted votes that can be right: nobody votes who is not present, everybody present is counted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Counts", into = "Counts")]
pub struct Tally {
    eligible: Eligible,
    present: Present,
    in_favour: u32,
    against: u32,
    abstaining: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    eligible: Eligible,
    present: Present,
    in_favour: u32,
    against: u32,
    abstaining: u32,
}

impl Tally {
    /// From the counts of the minutes.
    ///
    /// # Errors
    /// [`TallyError`] where more are present than there are, or the votes do not add up to those present.
    pub fn new(
        eligible: impl Into<Eligible>,
        present: Present,
        in_favour: u32,
        against: u32,
        abstaining: u32,
    ) -> Result<Tally, TallyError> {
        let eligible = eligible.into();
        if present.0 > eligible.count() {
            return Err(TallyError::MorePresentThanEligible { present: present.0, eligible: eligible.count() });
        }
        let sum = [in_favour, against, abstaining].map(u64::from).iter().sum();
        if sum != u64::from(present.0) {
            return Err(TallyError::DoesNotAddUp { sum, present: present.0 });
        }
        Ok(Tally { eligible, present, in_favour, against, abstaining })
    }

    /// How many may vote, and of which body.
    pub const fn eligible(&self) -> Eligible {
        self.eligible
    }

    /// How many attended.
    pub const fn present(&self) -> Present {
        self.present
    }

    /// How many were in favour (同意).
    pub const fn in_favour(&self) -> u32 {
        self.in_favour
    }

    /// How many were against (反对).
    pub const fn against(&self) -> u32 {
        self.against
    }

    /// How many abstained, blank votes included (弃权).
    pub const fn abstaining(&self) -> u32 {
        self.abstaining
    }
}

impl TryFrom<Counts> for Tally {
    type Error = TallyError;

    fn try_from(counts: Counts) -> Result<Tally, TallyError> {
        Tally::new(counts.eligible, counts.present, counts.in_favour, counts.against, counts.abstaining)
    }
}

impl From<Tally> for Counts {
    fn from(Tally { eligible, present, in_favour, against, abstaining }: Tally) -> Counts {
        Counts { eligible, present, in_favour, against, abstaining }
    }
}
