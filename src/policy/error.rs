//! Why a policy was not accepted, and why votes could not be counted.

use chrono::NaiveDate;

use super::Body;

/// Why there is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The text is not a policy. The place is where to correct it.
    #[error("line {line}, column {column}, `{field}`: {reason}")]
    Malformed {
        /// The line, the first being 1.
        line: usize,
        /// The column in characters, the first being 1.
        column: usize,
        /// The path of the field, such as `periods.P1.value`; empty where the text is no TOML before it has fields.
        field: String,
        /// What is wrong and what to write.
        reason: String,
    },
    /// A field that is wrong by itself or beside another.
    #[error("`{field}`: {reason}")]
    Field {
        /// The path of the field.
        field: String,
        /// What is wrong and what to write.
        reason: String,
    },
    /// The text is over the largest that is read.
    #[error("the policy has {bytes} bytes, {} are read: split it", super::text::MAX_BYTES)]
    TooLarge {
        /// How many it has.
        bytes: usize,
    },
    /// No built-in policy is valid on the day.
    #[error("no built-in policy is valid on {date}: load one that is")]
    NotBuiltIn {
        /// The day.
        date: NaiveDate,
    },
    /// The stricter of no policies was asked for.
    #[error("there is no policy to choose the stricter of: give at least one")]
    Nothing,
    /// The policies to be joined have no day in common.
    #[error("the policies are valid on no common day ({first} is the first day of one, {last} the last of another): join others")]
    NoCommonDay {
        /// The latest first day.
        first: NaiveDate,
        /// The earliest last day.
        last: NaiveDate,
    },
    /// One name stands for the majorities of different bodies.
    #[error("`{field}` is a majority of different bodies in different policies: give each body's majority its own name")]
    DifferentBodies {
        /// The path of the field.
        field: String,
    },
}

/// Why a share was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShareError {
    /// Not in the form that is read.
    #[error("`{0}` is not a share: write `at least 2/3` or `more than 1/2`")]
    Malformed(String),
    /// A share that every vote reaches, or that none can.
    #[error(
        "`{0}/{1}` is not a share that a vote can reach and can miss: `at least` goes from over 0 to 1, `more than` from over 0 to below 1"
    )]
    OutOfRange(u32, u32),
}

/// Why counted votes cannot be right. Nothing is decided by them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TallyError {
    /// More people present than there are.
    #[error("{present} are present, but only {eligible} are eligible: count again")]
    MorePresentThanEligible {
        /// How many are said to be present.
        present: u32,
        /// How many there are.
        eligible: u32,
    },
    /// The votes do not add up to those present.
    #[error("the votes add up to {sum}, but {present} are present: count again, a blank vote is an abstention")]
    DoesNotAddUp {
        /// In favour, against and abstaining together.
        sum: u64,
        /// How many are said to be present.
        present: u32,
    },
    /// The votes of one body under the majority of another.
    #[error("{found} voted, but the majority is one of {expected}: let that body vote, or use its majority")]
    OtherBody {
        /// Whose majority it is.
        expected: Body,
        /// Who voted.
        found: Body,
    },
}
