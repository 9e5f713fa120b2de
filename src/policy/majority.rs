//! Majorities, and what counted votes decide by them.

use serde::{Deserialize, Serialize};

use super::{Base, Body, Eligible, Present, Share, Tally, TallyError};
use crate::value::Bilingual;

/// Whose share must be in favour. All is the larger base, so the stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// A share of those present.
    Present,
    /// A share of all, present or not.
    All,
}

/// What a vote needs: how many of the body must attend, and how many must be in favour.
///
/// ```
/// use sanzi::policy::{AllMembers, Body, Majority, Present, Share, Tally, VoteResult};
/// // RCEO 27: two thirds of the members attend, two thirds of all members are in favour.
/// let assembly = Majority::of_all(Body::Members, Share::TWO_THIRDS).with_quorum(Share::TWO_THIRDS);
/// let tally = Tally::new(AllMembers(300), Present(250), 200, 30, 20)?;
/// assert_eq!(assembly.decide(&tally)?, VoteResult::Passed);
/// # Ok::<(), sanzi::policy::TallyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Majority {
    body: Body,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quorum: Option<Share>,
    passes: Share,
    of: Of,
}

/// What a vote decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VoteResult {
    /// Enough attended and enough were in favour.
    Passed,
    /// Enough attended, not enough were in favour.
    Rejected,
    /// Not enough attended: nothing was decided.
    NoQuorum,
}

impl Majority {
    /// A share of all of a body, present or not, and no quorum.
    pub const fn of_all(body: Body, passes: Share) -> Majority {
        Majority { body, quorum: None, passes, of: Of::All }
    }

    /// A share of those present, and no quorum.
    pub const fn of_present(body: Body, passes: Share) -> Majority {
        Majority { body, quorum: None, passes, of: Of::Present }
    }

    /// With a share of all of the body that must attend.
    #[must_use]
    pub const fn with_quorum(self, quorum: Share) -> Majority {
        Majority { quorum: Some(quorum), ..self }
    }

    /// Who votes.
    pub const fn body(self) -> Body {
        self.body
    }

    /// The share of all of the body that must attend, if there is one.
    pub const fn quorum(self) -> Option<Share> {
        self.quorum
    }

    /// The share that must be in favour, and whose share it is.
    pub const fn passes(self) -> (Share, Of) {
        (self.passes, self.of)
    }

    /// What counted votes decide.
    ///
    /// # Errors
    /// [`TallyError::OtherBody`] where another body voted.
    pub fn decide(self, tally: &Tally) -> Result<VoteResult, TallyError> {
        let found = tally.eligible().body();
        if found != self.body {
            return Err(TallyError::OtherBody { expected: self.body, found });
        }
        Ok(match tally.eligible() {
            Eligible::Members(all) => self.judge(all, tally),
            Eligible::Delegates(all) => self.judge(all, tally),
            Eligible::Directors(all) => self.judge(all, tally),
        })
    }

    fn judge<All: Base>(self, all: All, tally: &Tally) -> VoteResult {
        let Present(present) = tally.present();
        if self.quorum.is_some_and(|quorum| !quorum.of::<All>().is_reached_by(present, all)) {
            return VoteResult::NoQuorum;
        }
        let passed = match self.of {
            Of::All => self.passes.of::<All>().is_reached_by(tally.in_favour(), all),
            Of::Present => self.passes.of::<Present>().is_reached_by(tally.in_favour(), tally.present()),
        };
        if passed { VoteResult::Passed } else { VoteResult::Rejected }
    }

    /// The stricter of two: the higher quorum, the higher share, the larger base. `None` where the bodies differ.
    pub fn stricter(self, other: Majority) -> Option<Majority> {
        (self.body == other.body).then(|| Majority {
            body: self.body,
            quorum: self.quorum.max(other.quorum),
            passes: self.passes.max(other.passes),
            of: self.of.max(other.of),
        })
    }

    /// In words: 三分之二以上成员参加，全体成员三分之二以上同意 / at least 2/3 of members attend, at least 2/3 of all members in favour.
    pub fn text(self) -> Bilingual {
        let zh = self.body.name().zh;
        let (passes, en) = (self.passes.text(), self.body);
        let (all_zh, all_en) = match self.of {
            Of::All => ("全体", format!("all {en}")),
            Of::Present => ("到会", format!("{en} present")),
        };
        let (quorum_zh, quorum_en) = self
            .quorum
            .map(Share::text)
            .map_or_else(Default::default, |quorum| (format!("{}{zh}参加，", quorum.zh), format!("{} of {en} attend, ", quorum.en)));
        Bilingual::of(format!("{quorum_zh}{all_zh}{zh}{}同意", passes.zh), format!("{quorum_en}{} of {all_en} in favour", passes.en))
    }
}
