//! The parts of a table.

use std::fmt::Debug;
use std::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::disclosure::Channels;
use crate::value::{Bilingual, Digest, DigestError};

/// A procedure: its steps, its roles and its rows. [`flow!`](crate::flow!) implements it.
pub trait Flow: Copy + Debug + Eq + Send + Sync + 'static {
    /// The steps.
    type Step: StepId;
    /// The roles.
    type Role: RoleId;
    /// A short name that stands in every record, such as `dongsha`.
    const ID: &'static str;
    /// Raised with every change of the rows; a case keeps the one it was opened under.
    const VERSION: u32;
    /// Its name in both languages.
    const NAME: Bilingual;
    /// The policy's numbers that the records' own rules need, as `kind.name`. Those that rows name need not be said again.
    const NEEDS: &'static [&'static str] = &[];
    /// The bands of the paper, in order.
    const PHASES: &'static [Phase];
    /// The rows, in order.
    const ROWS: &'static [Row<Self::Step, Self::Role>];
    /// Who may end a transaction by a recorded decision (终止).
    const TERMINATED_BY: &'static [Self::Role];
    /// Who may state that the clock is right, or set it right.
    const CLOCK_BY: &'static [Self::Role];

    /// The row of a step.
    fn row(step: Self::Step) -> &'static Row<Self::Step, Self::Role>;

    /// The [`digest`] of the rows; [`flow!`](crate::flow!) takes it once and keeps it, as every case that is loaded asks.
    fn digest() -> Option<Digest> {
        digest::<Self>().ok()
    }
}

/// One of a procedure's steps: a plain enum with an index.
pub trait StepId: Copy + Debug + Eq + Ord + Hash + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// All, in the order of the table.
    const ALL: &'static [Self];
    /// The place in the table, from 0.
    fn index(self) -> usize;
    /// The identifier, such as `MemberVote`.
    fn id(self) -> &'static str;
    /// The name in both languages.
    fn name(self) -> Bilingual;

    /// The step at a place in the table.
    fn from_index(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }

    /// The number on the paper, from 1.
    fn number(self) -> usize {
        self.index().saturating_add(1)
    }
}

/// One of a procedure's roles: a plain enum of at most 32.
pub trait RoleId: Copy + Debug + Eq + Ord + Hash + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// All, in the order they were written.
    const ALL: &'static [Self];
    /// The place in that order.
    fn index(self) -> usize;
    /// The identifier, such as `Board`.
    fn id(self) -> &'static str;
    /// The name in both languages.
    fn name(self) -> Bilingual;

    /// The role's bit in a set of roles.
    fn bit(self) -> u32 {
        u32::try_from(self.index()).ok().and_then(|index| 1_u32.checked_shl(index)).unwrap_or(0)
    }
}

/// A name that the procedure does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no {kind} of this procedure: write one of {known}")]
pub struct UnknownName {
    /// What was asked for: step or role.
    pub kind: &'static str,
    /// What was given, cut after 40 characters.
    pub found: String,
    /// What there is.
    pub known: String,
}

impl UnknownName {
    /// For a name that is not among the known ones.
    pub fn new(kind: &'static str, found: &str, known: &[&str]) -> UnknownName {
        UnknownName { kind, found: found.chars().take(40).flat_map(char::escape_debug).collect(), known: known.join(", ") }
    }
}

/// A band of the paper: steps that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Phase {
    /// Its name.
    pub name: Bilingual,
    /// How many rows it has.
    pub len: usize,
}

/// One step: who does what, who must not be the same person, what is published where and how long, and where it leads.
#[derive(Debug, Serialize)]
pub struct Row<S: 'static, R: 'static> {
    /// The step.
    pub step: S,
    /// The number on the paper, from 1.
    pub number: u8,
    /// Its name.
    pub name: Bilingual,
    /// Its number and its name, as notices show them.
    #[serde(skip)]
    pub numbered: Bilingual,
    /// What is done (实施内容).
    pub does: Bilingual,
    /// The one accountable role (执行负责人).
    pub by: R,
    /// Who must be someone else.
    pub apart: &'static [Apart<S, R>],
    /// The name of the policy's lead time that must have run since the step began.
    pub after: Option<&'static str>,
    /// The name of the policy's deadline for doing it, counted from the day the step began.
    pub within: Option<&'static str>,
    /// What must be published.
    pub posts: Publication<R>,
    /// Where it leads; the first is the way forward.
    pub outcomes: &'static [Outcome<S>],
}

/// Someone who must not be the one who performs the step, nor a declared close relative of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Apart<S, R> {
    /// Whoever performed that step in this case.
    Step(S),
    /// Whoever holds that role.
    Role(R),
    /// Any bidder, intended or registered.
    Bidder,
}

/// What a step must publish.
#[derive(Debug, Serialize)]
pub struct Publication<R: 'static> {
    /// What is published.
    pub what: Bilingual,
    /// Where.
    pub channels: Channels,
    /// The name of the policy's period that it must stay, counted from the day the last channel is up.
    pub period: Option<&'static str>,
    /// Who checks that it is up; not the poster.
    pub verified_by: Option<R>,
    /// Who decides objections to it. `None`: the step takes none.
    pub objections_to: Option<R>,
    /// To whom an objection rises that is left unanswered in its period, one level after the other. Empty: it stays where
    /// it is.
    pub rising: &'static [R],
}

/// One way a step can end.
#[derive(Debug, Serialize)]
pub struct Outcome<S: 'static> {
    /// Its identifier, such as `Rejected`.
    pub id: &'static str,
    /// Its name.
    pub name: Bilingual,
    /// Where it leads.
    pub to: Target<S>,
}

/// Where an outcome leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target<S> {
    /// To a step: the next one, or a return to this or an earlier one.
    Step(S),
    /// The transaction is complete.
    End,
}

impl<S: StepId, R: RoleId> Row<S, R> {
    /// The identifier of the outcome that an upheld objection leads to.
    pub const UPHELD: &'static str = "Upheld";

    /// Who decides objections, from the first level to the last.
    pub fn judges(&self) -> impl Iterator<Item = R> {
        self.posts.objections_to.into_iter().chain(self.posts.rising.iter().copied())
    }

    /// The place of an outcome in the row.
    pub fn outcome(&self, id: &str) -> Option<usize> {
        self.outcomes.iter().position(|outcome| outcome.id == id)
    }
}

/// Several roles in one line.
pub(crate) fn names<R: RoleId>(roles: &[R]) -> Bilingual {
    let join = |lang: fn(Bilingual) -> String, between: &str| roles.iter().map(|role| lang(role.name())).collect::<Vec<_>>().join(between);
    Bilingual::of(join(|name| name.zh.into_owned(), "、"), join(|name| name.en.into_owned(), ", "))
}

/// The digest of everything in a table that has a meaning (not its wording): what a case is opened under.
///
/// # Errors
/// Never for a table that [`flow!`](crate::flow!) made.
pub fn digest<F: Flow>() -> Result<Digest, DigestError> {
    let rows: Vec<_> = F::ROWS
        .iter()
        .map(|row| {
            let ways: Vec<_> = row.outcomes.iter().map(|outcome| (outcome.id, outcome.to)).collect();
            let posts = (row.posts.channels, row.posts.period, row.posts.verified_by, row.posts.objections_to, row.posts.rising);
            (row.step, row.number, row.by, row.apart, row.after, row.within, posts, ways)
        })
        .collect();
    Digest::of_value(&(F::ID, F::VERSION, rows, F::TERMINATED_BY, F::CLOCK_BY))
}

/// Whether the numbers count 1, 2, 3…: evaluated when the table is compiled.
#[doc(hidden)]
pub const fn numbered(numbers: &[u8]) -> bool {
    let mut rest = numbers;
    let mut next = 1_u8;
    while let [first, tail @ ..] = rest {
        if *first != next {
            return false;
        }
        next = next.saturating_add(1);
        rest = tail;
    }
    !numbers.is_empty()
}
