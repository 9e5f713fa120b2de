//! The table of DOMAIN.md, section 2, written down a second time: nothing here comes from the crate's own rows.

/// A row of the paper. Step 17 is the end.
pub struct Line {
    pub id: &'static str,
    pub by: &'static str,
    /// Earlier steps, roles, or `bidder`, that whoever performs it must be apart from.
    pub apart_steps: &'static [usize],
    pub apart_roles: &'static [&'static str],
    pub apart_bidder: bool,
    /// P platform, B bulletin, W WeChat, O office points.
    pub channels: &'static str,
    /// Working days that the notice must stay up; 0: none. Step 11 has 5, 10 or 20 by the worth of the deal.
    pub stays: u32,
    pub verified_by: Option<&'static str>,
    /// Who decides objections; and, where it was left unanswered for five working days, who after them.
    pub judges: &'static [&'static str],
    /// Where it can lead; the first is the way forward.
    pub to: &'static [usize],
}

/// Days that must lie between the notice of the meeting and the meeting (P2).
pub const MEETING_NOTICE: u64 = 10;
/// Working days within which the contract is signed (P7).
pub const SIGNING: u32 = 10;
/// Working days within which an objection is answered before it rises.
pub const ANSWER: u32 = 5;
const FROM_THE_VILLAGE: [&str; 6] =
    ["Supervisors", "Witness", "IntegrityStation", "CommunityParty", "StreetDiscipline", "DistrictDiscipline"];
const FROM_THE_STREET: [&str; 3] = ["StreetOffice", "StreetDiscipline", "DistrictDiscipline"];
/// Days by which an act may be dated back.
pub const BACK_DATING: i64 = 3;
/// Days after which a jump of the clock is not believed.
pub const CLOCK_GAP: i64 = 180;

const PLAIN: Line = Line {
    id: "",
    by: "",
    apart_steps: &[],
    apart_roles: &[],
    apart_bidder: false,
    channels: "P",
    stays: 0,
    verified_by: None,
    judges: &[],
    to: &[],
};

const fn row(id: &'static str, by: &'static str, to: &'static [usize]) -> Line {
    Line { id, by, to, ..PLAIN }
}

/// The row of a step, 1 to 16.
pub const fn line(step: usize) -> Line {
    match step {
        1 => row("AssetCheck", "Board", &[2]),
        2 => Line { apart_bidder: true, ..row("PartyStudy", "PartyBranch", &[3, 1]) },
        3 => Line {
            channels: "PBWO",
            stays: 5,
            verified_by: Some("Supervisors"),
            judges: &FROM_THE_VILLAGE,
            ..row("IntentNotice", "Board", &[4, 1])
        },
        4 => Line { apart_steps: &[1], apart_bidder: true, ..row("Valuation", "Appraiser", &[5]) },
        5 => Line { apart_steps: &[4], ..row("PlanDraft", "Board", &[6]) },
        6 => Line { apart_steps: &[1, 3, 5], apart_roles: &["Board", "FinanceStaff"], ..row("PlanReview", "Supervisors", &[7, 5]) },
        7 => row("MemberVote", "MemberAssembly", &[8, 5, 7]),
        8 => Line {
            channels: "PBWO",
            stays: 5,
            verified_by: Some("Supervisors"),
            judges: &FROM_THE_VILLAGE,
            ..row("PlanNotice", "Board", &[9, 5])
        },
        9 => row("ProjectFiling", "AssetClerk", &[10]),
        10 => Line { apart_steps: &[9], ..row("StreetReview", "StreetOffice", &[11, 9, 5]) },
        11 => Line { apart_steps: &[10], channels: "PO", stays: 5, ..row("TradingNotice", "TradingCentre", &[12, 11, 5]) },
        12 => Line { apart_roles: &["Board"], ..row("BidderRegistration", "TradingCentre", &[13, 11, 5]) },
        13 => Line { apart_steps: &[10], apart_roles: &["Board"], apart_bidder: true, ..row("Bidding", "TradingCentre", &[14, 11, 5]) },
        14 => Line { channels: "PBWO", stays: 5, judges: &FROM_THE_STREET, ..row("ResultNotice", "TradingCentre", &[15, 11]) },
        15 => row("ContractSigning", "BoardChair", &[16, 14, 11]),
        16 => Line { apart_steps: &[15], channels: "PBWO", ..row("FilingAndArchive", "AssetClerk", &[17]) },
        _ => PLAIN,
    }
}

/// Where an upheld objection leads.
pub const fn upheld(step: usize) -> usize {
    match step {
        3 => 1,
        8 => 5,
        _ => 11,
    }
}

/// Step 11's working days by the worth of the whole deal in yuan.
pub const fn trading_days(yuan: u64) -> u32 {
    match yuan {
        0..100_000 => 5,
        100_000..5_000_000 => 10,
        _ => 20,
    }
}
