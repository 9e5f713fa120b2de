//! The record of each step: what its evidence must show.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::policy::Tally;
use crate::value::{AccountNumber, AssetId, Bilingual, Digest, DigestError, IdNumber, Money, PersonId, PersonName, Text};

/// 1. What is to be traded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetCheckRecord {
    /// The number in the ledger of assets; the one the case was opened for.
    pub asset: AssetId,
    /// What it is called.
    pub title: Text,
    /// Its area in hundredths of a square metre: 11,857 m² is 1,185,700.
    pub area_centi_m2: u64,
    /// What it is used for.
    pub usage: Text,
    /// When the current lease ends, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_lease_ends: Option<NaiveDate>,
    /// Whether it serves public welfare (公益设施): then it cannot be traded.
    pub public_welfare: bool,
}

/// 2. What the Party branch concluded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyStudyRecord {
    /// Of the minutes.
    pub minutes: Digest,
    /// Endorsed or not.
    pub endorsed: bool,
    /// Why.
    pub reason: Text,
}

/// 3. What is intended, and how to comment on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntentRecord {
    /// What for.
    pub purpose: Text,
    /// The proposed method.
    pub method: Text,
    /// The proposed term in months.
    pub term_months: u32,
    /// Where and how to comment.
    pub how_to_comment: Text,
}

/// How a value was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ValuationBasis {
    /// An appraisal report.
    Report(Digest),
    /// Price quotes: at least three.
    Quotes(Vec<Money>),
}

/// 4. What it is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValuationRecord {
    /// Report or quotes.
    pub basis: ValuationBasis,
    /// The value, in the unit in which the floor will be set (a month's rent, or the whole price).
    pub amount: Money,
    /// The last day on which it may be relied on.
    pub valid_until: NaiveDate,
    /// Who signed: at least two appraisers.
    pub signatories: Vec<PersonId>,
}

/// What kind of deal it is. Some kinds have majorities of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DealKind {
    /// A lease of an asset (出租).
    Lease,
    /// A sale (出让).
    Sale,
    /// A contract to operate (发包).
    Contract,
    /// Farmland contracted to outsiders (承包法 52).
    FarmlandToOutsiders,
    /// Collective commercial construction land (土地管理法 63).
    ConstructionLand,
}

/// How it is traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TradingMethod {
    /// Public bidding on the platform (公开竞投).
    PublicBidding,
    /// Negotiation with one party: only below the policy's threshold.
    Negotiation,
}

/// 5. The plan. Its digest is frozen here; what is voted, published, filed, traded and signed is this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanRecord {
    /// The kind of deal.
    pub kind: DealKind,
    /// How it is traded.
    pub method: TradingMethod,
    /// The floor price of a month (or of the whole, for a sale).
    pub floor: Money,
    /// The term in months; 0 for a sale.
    pub term_months: u32,
    /// The area in hundredths of a square metre.
    pub area_centi_m2: u64,
    /// What it may be used for.
    pub usage: Text,
    /// The deposit of a bidder.
    pub deposit: Money,
    /// The smallest step by which a bid must be over the one before; zero: none is set.
    pub increment: Money,
    /// Who may bid.
    pub eligibility: Text,
    /// Whether the present tenant has priority at an equal price.
    pub tenant_priority: bool,
    /// How many qualified bidders there must be.
    pub min_bidders: u32,
    /// Of the contract's text.
    pub contract_text: Digest,
    /// Why the floor is below the valuation, if it is: the vote must then approve that explicitly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below_valuation: Option<Text>,
}

/// The fields of a plan in the order of canonical JSON: nearly every step asks for the digest.
#[derive(Serialize)]
struct InOrder<'a> {
    area_centi_m2: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    below_valuation: Option<&'a Text>,
    contract_text: Digest,
    deposit: Money,
    eligibility: &'a Text,
    floor: Money,
    increment: Money,
    kind: DealKind,
    method: TradingMethod,
    min_bidders: u32,
    tenant_priority: bool,
    term_months: u32,
    usage: &'a Text,
}

impl PlanRecord {
    /// The digest that steps 6 to 15 are bound to.
    ///
    /// # Errors
    /// Never: every field has a canonical form.
    pub fn digest(&self) -> Result<Digest, DigestError> {
        Digest::of_sorted(&InOrder {
            area_centi_m2: self.area_centi_m2,
            below_valuation: self.below_valuation.as_ref(),
            contract_text: self.contract_text,
            deposit: self.deposit,
            eligibility: &self.eligibility,
            floor: self.floor,
            increment: self.increment,
            kind: self.kind,
            method: self.method,
            min_bidders: self.min_bidders,
            tenant_priority: self.tenant_priority,
            term_months: self.term_months,
            usage: &self.usage,
        })
    }

    /// What the whole deal is worth at the floor: a month's floor times the months, or the floor of a sale. Over
    /// [`Money::MAX`] it is that.
    pub fn worth(&self) -> Money {
        self.floor.times(u64::from(self.term_months.max(1))).unwrap_or(Money::MAX)
    }
}

/// 6. What supervisors and legal adviser say of that plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewRecord {
    /// Of the plan they reviewed.
    pub plan: Digest,
    /// Of the signed opinion.
    pub opinion: Digest,
    /// The legal adviser who signed it.
    pub legal_adviser: PersonId,
    /// Approved or not.
    pub approved: bool,
    /// Why.
    pub reason: Text,
}

/// 7. The vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoteRecord {
    /// Of the plan voted on.
    pub plan: Digest,
    /// The day the meeting was called.
    pub called_on: NaiveDate,
    /// The day it was held.
    pub held_on: NaiveDate,
    /// The counts, and which body voted.
    pub tally: Tally,
    /// Who counted: none of the board.
    pub tellers: Vec<PersonId>,
    /// Of the minutes.
    pub minutes: Digest,
    /// Whether a floor below the valuation was put to the vote as such.
    pub below_valuation_voted: bool,
}

/// 8. What is published after the vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanNoticeRecord {
    /// Of the adopted plan.
    pub plan: Digest,
    /// The counts of the vote.
    pub tally: Tally,
}

/// 9. What is filed with the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilingRecord {
    /// Of the plan filed.
    pub plan: Digest,
    /// The platform's number.
    pub filing_number: Text,
}

/// What the street decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StreetDecision {
    /// Approved.
    Approved,
    /// Returned for form: to be filed again.
    ReturnedForForm,
    /// Returned for substance: to be planned and voted again.
    ReturnedForSubstance,
}

/// 10. The street's decision, always with reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreetReviewRecord {
    /// Of the plan reviewed.
    pub plan: Digest,
    /// The decision.
    pub decision: StreetDecision,
    /// Why.
    pub reason: Text,
}

/// 11. The trading notice: the plan's terms, word for word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TradingNoticeRecord {
    /// Of the plan.
    pub plan: Digest,
    /// The floor.
    pub floor: Money,
    /// The deposit.
    pub deposit: Money,
    /// The term in months.
    pub term_months: u32,
    /// The area in hundredths of a square metre.
    pub area_centi_m2: u64,
    /// Who may bid.
    pub eligibility: Text,
    /// The platform's number of the notice.
    pub notice_number: Text,
}

/// Where a transaction goes that found no bidder (流标).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AfterFailure {
    /// Announced again on the same terms.
    AnnounceAgain,
    /// Planned and voted again with a lower floor.
    LowerFloor,
}

/// One who registered. Private but for the identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registrant {
    /// The bidder, who must be in the register.
    pub bidder: PersonId,
    /// The name.
    pub name: PersonName,
    /// The identity or business registration number.
    pub id_number: IdNumber,
    /// The account the deposit came from.
    pub account: AccountNumber,
    /// The deposit paid in.
    pub deposit: Money,
    /// Who prepared the bid's papers.
    pub prepared_by: PersonName,
    /// Whether they owe the collective money (拖欠).
    pub in_arrears: bool,
    /// Qualified or not.
    pub qualified: bool,
    /// Why.
    pub reason: Text,
}

/// 12. Who registered; sealed until the bidding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationRecord {
    /// The day registration closed.
    pub closed_on: NaiveDate,
    /// Everyone who registered.
    pub registrants: Vec<Registrant>,
    /// Where it goes if too few qualified.
    pub after_failure: AfterFailure,
}

impl RegistrationRecord {
    /// Those who qualified.
    pub fn qualified(&self) -> impl Iterator<Item = &Registrant> {
        self.registrants.iter().filter(|registrant| registrant.qualified)
    }
}

/// One bid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BidMade {
    /// Whose.
    pub bidder: PersonId,
    /// The price, in the unit of the floor.
    pub price: Money,
}

/// 13. The bidding on site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BiddingRecord {
    /// All bids in the order they were made; none: nobody bid.
    pub bids: Vec<BidMade>,
    /// The winner, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winner: Option<PersonId>,
    /// Integrity messengers on site.
    pub witnesses: Vec<PersonId>,
    /// Of the record of the session, signed by host and witnesses.
    pub minutes: Digest,
    /// Where it goes if nobody bid.
    pub after_failure: AfterFailure,
}

impl BiddingRecord {
    /// The bidders by their highest bid, the highest first; of equal bids the earlier first.
    pub fn ranking(&self) -> Vec<&BidMade> {
        let mut ranked: Vec<&BidMade> = self.bids.iter().collect();
        ranked.sort_by_key(|bid| std::cmp::Reverse(bid.price));
        let mut seen = std::collections::BTreeSet::new();
        ranked.retain(|bid| seen.insert(bid.bidder));
        ranked
    }
}

/// 14. The result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultRecord {
    /// The winner: the highest, or after a default the next-ranked.
    pub winner: PersonId,
    /// Their price.
    pub price: Money,
    /// How many bid.
    pub bidders: u32,
    /// Where and how to object.
    pub how_to_object: Text,
}

/// 15. The contract, or the winner's default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ContractRecord {
    /// Signed.
    Signed(SignedContract),
    /// The winner does not sign (弃标).
    Defaulted(WinnerDefault),
}

/// A signed contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedContract {
    /// Of the plan it carries out.
    pub plan: Digest,
    /// The other party.
    pub with: PersonId,
    /// The price.
    pub price: Money,
    /// The term in months.
    pub term_months: u32,
    /// Of the signed text without the blanks filled in: the text that was voted.
    pub text: Digest,
    /// The day it was signed.
    pub signed_on: NaiveDate,
    /// The legal adviser who checked the text.
    pub checked_by: PersonId,
}

/// Where a transaction goes whose winner defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AfterDefault {
    /// To the next-ranked bidder.
    NextRanked,
    /// Announced again.
    AnnounceAgain,
}

/// A winner who does not sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WinnerDefault {
    /// Who.
    pub winner: PersonId,
    /// The deposit forfeited: all of it.
    pub forfeited: Money,
    /// Why.
    pub reason: Text,
    /// Where it goes.
    pub then: AfterDefault,
}

/// A deposit that went back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepositReturned {
    /// To whom.
    pub bidder: PersonId,
    /// How much.
    pub amount: Money,
    /// When.
    pub on: NaiveDate,
}

/// What an archive must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArchiveItem {
    /// Minutes of steps 2, 7 and 13.
    Minutes,
    /// The valuation.
    Valuation,
    /// The plan as voted.
    Plan,
    /// The street's decision.
    Decision,
    /// All notices with their receipts.
    Notices,
    /// The signed contract.
    Contract,
}

impl ArchiveItem {
    /// Its name in both languages.
    pub const fn name(self) -> Bilingual {
        match self {
            ArchiveItem::Minutes => Bilingual::new("会议纪要和现场记录", "minutes"),
            ArchiveItem::Valuation => Bilingual::new("评估材料", "valuation"),
            ArchiveItem::Plan => Bilingual::new("表决通过的方案", "plan as voted"),
            ArchiveItem::Decision => Bilingual::new("街道审核决定", "decision of the street"),
            ArchiveItem::Notices => Bilingual::new("公告及回执", "notices with their receipts"),
            ArchiveItem::Contract => Bilingual::new("合同", "contract"),
        }
    }

    /// All of them.
    pub const ALL: [ArchiveItem; 6] = [
        ArchiveItem::Minutes,
        ArchiveItem::Valuation,
        ArchiveItem::Plan,
        ArchiveItem::Decision,
        ArchiveItem::Notices,
        ArchiveItem::Contract,
    ];
}

/// One document in the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archived {
    /// What it is.
    pub item: ArchiveItem,
    /// Of the file.
    pub digest: Digest,
}

/// 16. Filing and archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveRecord {
    /// The street's number of the contract.
    pub contract_number: Text,
    /// The day it was filed.
    pub filed_on: NaiveDate,
    /// The losers' deposits, each returned.
    pub deposits: Vec<DepositReturned>,
    /// The archive list.
    pub archive: Vec<Archived>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_a_plan_is_that_of_its_canonical_json() {
        let text = |text: &str| Text::new(text).unwrap();
        let mut plan = PlanRecord {
            kind: DealKind::Sale,
            method: TradingMethod::Negotiation,
            floor: "607755.00".parse().unwrap(),
            term_months: 36,
            area_centi_m2: 12_345,
            usage: text("商业\n“零售” \"a\\b\""),
            deposit: Money::MAX,
            increment: Money::ZERO,
            eligibility: text("任何人"),
            tenant_priority: true,
            min_bidders: 2,
            contract_text: Digest::of_bytes(b"contract"),
            below_valuation: None,
        };
        assert_eq!(plan.digest(), Digest::of_value(&plan));
        plan.below_valuation = Some(text("市场下行"));
        assert_eq!(plan.digest(), Digest::of_value(&plan));
    }
}
