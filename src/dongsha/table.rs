//! The sixteen rows. Everything else in this crate reads them.
//!
//! Channels: P platform, B bulletin, W WeChat account, O office points. P1 to P8 are numbers of the policy. An objection left
//! unanswered rises along the five levels of Zhanqian Street's supervision (站前街五级监督); one that the street left
//! unanswered, to the levels above it.

use super::evidence::*;

crate::flow! {
    /// The sixteen steps of Dongsha (东塱十六环节): a reconstruction, see [`crate::dongsha`].
    pub procedure Dongsha = "dongsha" version 1, "村集体“三资”交易十六环节" / "sixteen steps of a village collective's transaction";
    pub step Step;
    pub evidence Evidence;
    pub current Current;
    pub role Role {
        Board          "理事会" / "board",
        BoardChair     "理事长" / "chair of the board",
        PartyBranch    "党支部" / "Party branch",
        Appraiser      "评估机构" / "appraiser",
        Supervisors    "监事会" / "supervisors",
        MemberAssembly "成员（股东）代表会议" / "member assembly",
        AssetClerk     "三资管理员" / "asset clerk",
        StreetOffice   "街道“三资”办" / "street office",
        TradingCentre  "交易服务中心" / "trading centre",
        LegalAdviser   "法律顾问" / "legal adviser",
        FinanceStaff   "财务人员" / "finance staff",
        Witness        "网格廉情监督员（现场见证）" / "grid integrity messenger (witness)",
        IntegrityStation   "社区廉情监督站" / "community integrity station",
        CommunityParty     "社区党组织" / "community Party organisation",
        StreetDiscipline   "街道纪检监察工委" / "street discipline committee",
        DistrictDiscipline "区纪委监委" / "district discipline commission",
    }
    terminated by [Board, StreetOffice];
    clock by [StreetOffice, Supervisors];
    needs [
        "majorities.assembly", "amounts.public-trading-from", "amounts.small-below", "amounts.large-from",
        "at_least.bidders", "at_least.witnesses", "at_least.appraisers", "at_most.lease-years", "at_most.splitting-window-days",
    ];

    phase "交易方案生成前" / "before the plan is formed" {
        1 AssetCheck(AssetCheckRecord) {
            name  "资产核查与交易动议" / "asset check and motion",
            does  "核对台账、面积、用途和现有租约，确认非公益设施、无其他进行中的交易，提出动议" / "check ledger, area, use and current lease; not a public-welfare facility, no other live transaction; move the transaction",
            by    Board,
            posts "交易动议" / "motion" on [P],
            then  PartyStudy,
        }
        2 PartyStudy(PartyStudyRecord) {
            name  "党组织前置研究" / "prior study by the Party branch",
            does  "会议研究，形成纪要，同意或不同意提交" / "study in a meeting with minutes; endorse or not",
            by    PartyBranch,
            apart [bidder],
            posts "研究结论" / "conclusion" on [P],
            then  Studied {
                Endorsed    "同意" / "endorsed" => IntentNotice,
                NotEndorsed "不同意" / "not endorsed" => AssetCheck,
            },
        }
        3 IntentNotice(IntentRecord) {
            name  "交易意向公开与意见征询" / "notice of intent and consultation",
            does  "公开目的、拟定方式和期限，征询意见并逐条答复" / "publish purpose, method and term; ask for comments and answer each",
            by    Board,
            posts "交易意向（第一次公开）" / "intent (moment 1)" on [P B W O] for P1 verified by Supervisors objections to Supervisors
                rising [Witness IntegrityStation CommunityParty StreetDiscipline DistrictDiscipline],
            then  Consulted {
                Undisputed "无异议" / "undisputed" => Valuation,
                Upheld     "异议成立" / "objection upheld" => AssetCheck,
            },
        }
        4 Valuation(ValuationRecord) {
            name  "评估询价" / "valuation",
            does  "出具评估报告或三家询价，两名评估人员签字，注明有效期" / "report or three quotes, two signatories, valid until",
            by    Appraiser,
            apart [step AssetCheck, bidder],
            posts "评估结果摘要" / "summary of the valuation" on [P],
            then  PlanDraft,
        }
    }

    phase "交易方案生成后" / "after the plan is formed" {
        5 PlanDraft(PlanRecord) {
            name  "拟订交易方案与合同文本" / "draft plan and contract",
            does  "拟订底价、期限、方式、保证金、增价幅度、资格和合同文本，冻结方案摘要值" / "floor, term, method, deposit, increment, eligibility and contract text; the digest is frozen",
            by    Board,
            apart [step Valuation],
            posts "交易方案草案" / "draft plan" on [P],
            then  PlanReview,
        }
        6 PlanReview(ReviewRecord) {
            name  "监督与法律审查" / "supervisory and legal review",
            does  "监事会与法律顾问对同一方案签署意见" / "supervisors and legal adviser sign an opinion on that plan",
            by    Supervisors,
            apart [step AssetCheck, step IntentNotice, step PlanDraft, role Board, role FinanceStaff],
            posts "审查意见" / "opinion" on [P],
            then  Reviewed {
                Approved    "通过" / "approved" => MemberVote,
                NotApproved "不通过" / "not approved" => PlanDraft,
            },
        }
        7 MemberVote(VoteRecord) {
            name  "会议通知与民主表决" / "meeting notice and vote",
            does  "提前通知，按法定人数和比例表决，公开计票" / "call the meeting in time, vote by the lawful quorum and majority, count in public",
            by    MemberAssembly,
            after P2,
            posts "表决计票" / "tally" on [P],
            then  Voted {
                Passed   "通过" / "passed" => PlanNotice,
                Rejected "未通过" / "rejected" => PlanDraft,
                NoQuorum "未达法定人数" / "no quorum" => MemberVote,
            },
        }
        8 PlanNotice(PlanNoticeRecord) {
            name  "表决结果与方案公示" / "notice of the vote and the plan",
            does  "公示计票结果和通过的方案，公示稿与表决稿一致" / "publish the tally and the adopted plan; what is published is what was voted",
            by    Board,
            posts "表决结果与方案（第二次公开）" / "vote and plan (moment 2)" on [P B W O] for P3 verified by Supervisors objections to Supervisors
                rising [Witness IntegrityStation CommunityParty StreetDiscipline DistrictDiscipline],
            then  Noticed {
                Undisputed "无异议" / "undisputed" => ProjectFiling,
                Upheld     "异议成立" / "objection upheld" => PlanDraft,
            },
        }
        9 ProjectFiling(FilingRecord) {
            name  "平台立项申报" / "filing with the platform",
            does  "按表决通过的方案申报立项" / "file the plan that was voted",
            by    AssetClerk,
            posts "立项编号" / "filing number" on [P],
            then  StreetReview,
        }
        10 StreetReview(StreetReviewRecord) {
            name  "街道审核" / "review by the street",
            does  "审核，同意或说明理由退回" / "approve, or return with reasons",
            by    StreetOffice,
            apart [step ProjectFiling],
            within P4,
            posts "审核决定及理由" / "decision and reasons" on [P],
            then  Decided {
                Approved             "同意" / "approved" => TradingNotice,
                ReturnedForForm      "形式退回" / "returned for form" => ProjectFiling,
                ReturnedForSubstance "实质退回" / "returned for substance" => PlanDraft,
            },
        }
        11 TradingNotice(TradingNoticeRecord) {
            name  "发布交易公告" / "trading notice",
            does  "公告底价、保证金、期限、面积、资格，与表决方案一致" / "floor, deposit, term, area and eligibility as voted",
            by    TradingCentre,
            apart [step StreetReview],
            posts "交易公告" / "trading notice" on [P O] for P5,
            then  Announced {
                Stands    "公告期满" / "notice stands" => BidderRegistration,
                Corrected "更正后重新公告" / "corrected, posted again" => TradingNotice,
                Changed   "实质变更" / "material change" => PlanDraft,
            },
        }
        12 BidderRegistration(RegistrationRecord) {
            name  "报名、资格审查、保证金" / "registration, eligibility, deposits",
            does  "登记报名、审查资格、核对保证金，身份封存至竞投" / "register, decide eligibility, check deposits; identities sealed until the bidding",
            by    TradingCentre,
            apart [role Board],
            posts "报名截止及人数" / "closing and count" on [P],
            then  Registered {
                Enough           "合格人数足够" / "enough qualified" => Bidding,
                TooFew           "流标，重新公告" / "too few, announced again" => TradingNotice,
                TooFewLowerFloor "流标，调整底价" / "too few, lower floor" => PlanDraft,
            },
        }
        13 Bidding(BiddingRecord) {
            name  "组织竞投、确认成交" / "bidding",
            does  "现场竞投，见证人在场，当场确认成交" / "bid on site before witnesses; the outcome is confirmed on the spot",
            by    TradingCentre,
            apart [role Board, step StreetReview, bidder],
            posts "现场成交结果" / "outcome on the spot" on [P],
            then  Bid {
                Won             "成交" / "won" => ResultNotice,
                NoBid           "流标，重新公告" / "no bid, announced again" => TradingNotice,
                NoBidLowerFloor "流标，调整底价" / "no bid, lower floor" => PlanDraft,
            },
        }
    }

    phase "交易完成后" / "after the transaction is completed" {
        14 ResultNotice(ResultRecord) {
            name  "成交结果公示" / "notice of the result",
            does  "公示成交人、成交价、竞投人数和异议途径" / "winner, price, number of bidders, how to object",
            by    TradingCentre,
            posts "成交结果（第三次公开开始）" / "result (moment 3 opens)" on [P B W O] for P6 objections to StreetOffice rising [StreetDiscipline DistrictDiscipline],
            then  Resulted {
                Undisputed "无异议" / "undisputed" => ContractSigning,
                Upheld     "异议成立" / "objection upheld" => TradingNotice,
            },
        }
        15 ContractSigning(ContractRecord) {
            name  "签订合同" / "signing the contract",
            does  "按成交结果和表决文本签约；弃标的没收保证金" / "sign as won and as voted; a winner who defaults forfeits the deposit",
            by    BoardChair,
            within P7,
            posts "合同主要条款" / "key terms" on [P],
            then  Signed {
                Signed           "已签订" / "signed" => FilingAndArchive,
                DefaultedToNext  "弃标，顺延次高" / "defaulted, next-ranked" => ResultNotice,
                DefaultedToRerun "弃标，重新公告" / "defaulted, announced again" => TradingNotice,
            },
        }
        16 FilingAndArchive(ArchiveRecord) {
            name  "备案、公开与归档" / "filing, disclosure, archive",
            does  "合同报街道备案，退还保证金，公开并归档" / "file the contract with the street, return the deposits, publish and archive",
            by    AssetClerk,
            apart [step ContractSigning],
            within P8,
            posts "备案与归档（第三次公开结束）" / "filing and archive (moment 3 closes)" on [P B W O],
            then  End,
        }
    }
}
