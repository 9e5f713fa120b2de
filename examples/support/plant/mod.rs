//! Logs with planted violations, and the key to them.
//!
//! Lawful histories are made first; faults are then put in by editing what is finished. Nobody is asked what the audit
//! would say: the key is written from what was planted.

pub mod entries;
pub mod lawful;
pub mod log;
pub mod rows;

use std::io::{Result, Write};

use sanzi::audit::Rule;
use sanzi::dongsha::Step;

/// What was planted: in these cases, at this step, under this rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The cases; more than one for a pattern across cases.
    pub cases: Vec<String>,
    /// At which step, where it is at one.
    pub step: Option<Step>,
    /// Under which rule it is to be found.
    pub rule: Rule,
    /// What else is truly wrong because of it.
    pub also: Vec<Rule>,
}

/// The planted faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Fault {
    Skipped,
    Repeated,
    Disordered,
    WrongParty,
    Duties,
    Kin,
    Channel,
    TooShort,
    Removed,
    Altered,
    CalledLate,
    NoQuorum,
    NoMajority,
    PlanChanged,
    ValuationExpired,
    BelowValue,
    BelowFloor,
    TermTooLong,
    OffPlatform,
    ContractDiffers,
    ContractLate,
    BackDated,
    AfterTheEnd,
    SharedAccount,
    RegularSteps,
    OthersOut,
    SilentBidders,
    AssetBusy,
    Splitting,
    RepeatWinner,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 30] = [
        Fault::Skipped,
        Fault::Repeated,
        Fault::Disordered,
        Fault::WrongParty,
        Fault::Duties,
        Fault::Kin,
        Fault::Channel,
        Fault::TooShort,
        Fault::Removed,
        Fault::Altered,
        Fault::CalledLate,
        Fault::NoQuorum,
        Fault::NoMajority,
        Fault::PlanChanged,
        Fault::ValuationExpired,
        Fault::BelowValue,
        Fault::BelowFloor,
        Fault::TermTooLong,
        Fault::OffPlatform,
        Fault::ContractDiffers,
        Fault::ContractLate,
        Fault::BackDated,
        Fault::AfterTheEnd,
        Fault::SharedAccount,
        Fault::RegularSteps,
        Fault::OthersOut,
        Fault::SilentBidders,
        Fault::AssetBusy,
        Fault::Splitting,
        Fault::RepeatWinner,
    ];

    /// How many transactions carry it together.
    pub const fn cases(self) -> u64 {
        match self {
            Fault::AssetBusy | Fault::Splitting => 2,
            Fault::RepeatWinner => 12,
            _ => 1,
        }
    }

    /// The rule under which it is to be found, and the step.
    pub fn planted(self) -> (Rule, Option<Step>) {
        use Fault as F;
        let (rule, step) = match self {
            F::Skipped => (Rule::Skipped, Step::PartyStudy),
            F::Repeated => (Rule::Repeated, Step::ProjectFiling),
            F::Disordered => (Rule::Disordered, Step::PlanReview),
            F::WrongParty => (Rule::Party, Step::StreetReview),
            F::Duties => (Rule::Duties, Step::StreetReview),
            F::Kin => (Rule::Kin, Step::StreetReview),
            F::Channel => (Rule::Channels, Step::PlanNotice),
            F::TooShort => (Rule::Period, Step::PlanNotice),
            F::Removed => (Rule::Standing, Step::PlanNotice),
            F::Altered => (Rule::Standing, Step::IntentNotice),
            F::CalledLate => (Rule::Call, Step::MemberVote),
            F::NoQuorum => (Rule::Quorum, Step::MemberVote),
            F::NoMajority => (Rule::Majority, Step::MemberVote),
            F::PlanChanged => (Rule::Plan, Step::MemberVote),
            F::ValuationExpired => (Rule::Valuation, Step::PlanDraft),
            F::BelowValue => (Rule::BelowValue, Step::PlanDraft),
            F::BelowFloor => (Rule::Price, Step::Bidding),
            F::TermTooLong => (Rule::Term, Step::PlanDraft),
            F::OffPlatform => (Rule::Platform, Step::PlanDraft),
            F::ContractDiffers => (Rule::Contract, Step::ContractSigning),
            F::ContractLate => (Rule::SignedLate, Step::ContractSigning),
            F::BackDated => (Rule::BackDated, Step::FilingAndArchive),
            F::AfterTheEnd => return (Rule::Ended, None),
            F::SharedAccount => return (Rule::SharedAccount, None),
            F::RegularSteps => return (Rule::RegularSteps, None),
            F::OthersOut => return (Rule::OthersOut, None),
            F::SilentBidders => return (Rule::SilentBidder, None),
            F::AssetBusy => return (Rule::AssetBusy, None),
            F::Splitting => return (Rule::Splitting, None),
            F::RepeatWinner => return (Rule::RepeatWinner, None),
        };
        (rule, Some(step))
    }
}

/// Which fault each transaction carries: every seventh begins one, the kinds in turn; the last ones carry none.
pub fn faults(transactions: u64) -> Vec<Option<(Fault, u64)>> {
    let mut plan: Vec<Option<(Fault, u64)>> = Vec::new();
    let mut kinds = Fault::ALL.iter().copied().cycle();
    let all = usize::try_from(transactions).unwrap_or(usize::MAX);
    while plan.len() < all {
        plan.extend([None; 6]);
        let fault = kinds.next().unwrap_or(Fault::Skipped);
        let group = plan.len() as u64;
        plan.extend((0..fault.cases()).map(|_| Some((fault, group))));
    }
    // A group that would be cut is not begun.
    let carried = |n: usize| plan.get(n).copied().flatten();
    let cut = carried(all.saturating_sub(1)).filter(|last| carried(all).is_some_and(|next| next == *last));
    if let Some(cut) = cut {
        plan.iter_mut().filter(|one| **one == Some(cut)).for_each(|one| *one = None);
    }
    plan.truncate(all);
    plan
}

/// Writes the key: one line for each fault, cases separated by spaces.
pub fn write_key(answers: &[Answer], mut out: impl Write) -> Result<()> {
    use sanzi::case::ReasonCode;
    use sanzi::flow::StepId;
    writeln!(out, "rule\tstep\tcases\talso")?;
    for answer in answers {
        let also = answer.also.iter().map(|rule| rule.code()).collect::<Vec<_>>().join(" ");
        let step = answer.step.map_or("", |step| step.id());
        writeln!(out, "{}\t{step}\t{}\t{also}", answer.rule.code(), answer.cases.join(" "))?;
    }
    Ok(())
}
