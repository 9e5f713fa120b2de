//! The sixteen steps: the table, a record for each step, and the rules that tie them together.
//!
//! **This list is this project's reconstruction**, from the national laws, a real Guangdong platform's process and the three
//! moments of a 2018 report on the Dongtang union. The union's own paper was not found. These are not Dongtang's, Liwan's or
//! Guangzhou's binding steps; put your own paper in their place with [`flow!`](crate::flow!).

//!
#![doc = include_str!("../../docs/src/paper.md")]

mod code;
mod evidence;
mod rules;
mod table;

pub use code::DongshaCode;
pub use evidence::*;
#[cfg(feature = "audit")]
pub(crate) use rules::{Size, Sizes};
pub use table::*;

/// Each record is the evidence of its one step: `engine.perform(case, &who, record.into())`.
macro_rules! evidence_of {
    ($($step:ident($record:ident)),+ $(,)?) => {$(
        impl From<$record> for Evidence {
            fn from(record: $record) -> Evidence {
                Evidence::$step(record)
            }
        }
    )+};
}
evidence_of! {
    AssetCheck(AssetCheckRecord), PartyStudy(PartyStudyRecord), IntentNotice(IntentRecord), Valuation(ValuationRecord),
    PlanDraft(PlanRecord), PlanReview(ReviewRecord), MemberVote(VoteRecord), PlanNotice(PlanNoticeRecord),
    ProjectFiling(FilingRecord), StreetReview(StreetReviewRecord), TradingNotice(TradingNoticeRecord),
    BidderRegistration(RegistrationRecord), Bidding(BiddingRecord), ResultNotice(ResultRecord), ContractSigning(ContractRecord),
    FilingAndArchive(ArchiveRecord),
}
