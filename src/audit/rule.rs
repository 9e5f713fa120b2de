//! The rules of the audit: few, stable, each with its source; the guard's codes belong to them.

use serde::{Serialize, Serializer};

use super::Severity;
use crate::case::ReasonCode;

crate::reason_codes! {
    /// What an audit asks of a log.
    #[derive(PartialOrd, Ord)]
    pub enum Rule {
        Record = "record", "记录不可读，或与所作决定不符" / "a record cannot be read, or is not what was decided", "只增不改 [I]" / "append only [I]";
        Chain = "chain", "记录被改动、缺失或重复" / "records were changed, are missing, or stand twice", "只增不改 [I]" / "append only [I]";
        Opened = "opened", "立案不合规" / "the case was not opened as it must be", "交易适用立案时的规则 [I]" / "a case keeps the policy of its opening [I]";
        Skipped = "step-skipped", "跳过环节" / "a step was skipped", "流程不可跳步 [I]" / "no step can be skipped [I]";
        Repeated = "step-repeated", "环节重复" / "a step was repeated without a return", "流程不可跳步 [I]" / "no step can be skipped [I]";
        Disordered = "step-out-of-order", "环节次序颠倒" / "a step came after one that must follow it", "流程不可跳步 [I]" / "no step can be skipped [I]";
        Return = "return", "退回、撤回、异议未依规处理" / "a return, a withdrawal or an objection was not handled as it must be", "只走表内的退回路径 [I]" / "only the table's returns [I]";
        Party = "wrong-party", "不是该环节的责任人" / "not the responsible party", "一环节一责任人 [I]" / "one responsible party for each step [I]";
        Duties = "conflicting-duties", "一人兼任不相容职务" / "one person in conflicting duties", "不相容职务分离；农村集体经济组织法第三十四条" / "separation of duties; RCEO art. 34";
        Kin = "kin", "近亲属未回避" / "close relatives in conflicting duties", "近亲属回避；农村集体经济组织法第三十四条" / "close relatives stay out; RCEO art. 34";
        Channels = "channel-missing", "公开渠道不全" / "a required channel is missing", "三个时点、四个渠道公开" / "disclosure at three moments on four channels";
        Period = "notice-too-short", "公示期不足" / "the notice was too short", "公示期满方可继续 [I]" / "the period must have run [I]";
        Standing = "notice-altered-or-removed", "公示期内公告被更改或撤下" / "the notice was altered or taken down within its period", "公开即已确认且仍在 [I]" / "published means confirmed and still there [I]";
        Call = "meeting-called-late", "会议通知不合规" / "the meeting was not called in time", "农村集体经济组织法第二十七条" / "RCEO art. 27";
        Quorum = "no-quorum", "未达法定人数" / "a vote without quorum", "农村集体经济组织法第二十七条" / "RCEO art. 27";
        Majority = "no-majority", "未达法定多数" / "a vote without majority", "农村集体经济组织法第二十七、二十八条" / "RCEO arts. 27, 28";
        Vote = "vote-faulty", "表决不合规" / "the vote was not held as it must be", "农村集体经济组织法第二十六至二十八条" / "RCEO arts. 26 to 28";
        Plan = "plan-changed", "表决、公示、申报、签订的不是同一方案" / "what was voted is not what was published, filed, traded or signed", "政务处分法第三十条" / "Law on Administrative Sanctions art. 30";
        Valuation = "valuation-expired", "使用过期评估" / "the valuation had expired", "过期报告不得使用 [I]" / "an expired report cannot be used [I]";
        Appraisal = "valuation-faulty", "评估不合规" / "the valuation is not as it must be", "两名评估人员签字、三家询价 [I]" / "two appraisers sign, three quotes [I]";
        BelowValue = "floor-below-valuation", "底价低于评估价" / "the floor is below the valuation without a vote on it", "低于评估价须专门表决 [I]" / "a floor below the valuation needs an explicit vote [I]";
        Price = "price-below-floor", "低于底价成交" / "sold below the floor", "不得低于底价成交 [I]" / "price at or above the floor [I]";
        Term = "term-too-long", "租期超过二十年" / "the term is over the cap", "民法典第七百零五条" / "Civil Code art. 705";
        Platform = "off-platform", "达到进场标准而未公开竞投" / "over the threshold, and not traded publicly", "进场交易 [I]" / "over the threshold on the platform [I]";
        Terms = "terms-faulty", "材料内容不合规" / "a record's terms are not as they must be", "一环节一材料 [I]" / "one record type for each step [I]";
        Bidders = "bidders-faulty", "报名、资格审查不合规" / "registration or eligibility is not as it must be", "报名与资格审查 [I]" / "registration and eligibility [I]";
        Bidding = "bidding-faulty", "竞投不合规" / "the bidding is not as it must be", "价高者得 [I]" / "the highest bid wins [I]";
        Contract = "contract-differs", "合同与成交结果或表决文本不一致" / "the contract is not as won or as voted", "民法典；合同与成交结果一致 [I]" / "the contract equals the result [I]";
        SignedLate = "contract-late", "逾期签约" / "the contract was signed late", "期限内签约 [I]" / "signed within the period [I]";
        BackDated = "back-dated", "倒填日期" / "back-dated, or dated ahead", "不得倒签 [I]" / "no back-dating [I]";
        Deadline = "deadline", "超过办理期限" / "after a deadline", "按期办理 [I]" / "deadlines [I]";
        Archive = "archive-faulty", "备案归档或退还保证金不合规" / "filing, archive or deposits are not as they must be", "一交易一档案 [I]" / "one complete archive for each transaction [I]";
        Ended = "after-the-end", "结束后仍有记录" / "something was recorded after the end", "流程不可跳步 [I]" / "no step can be skipped [I]";

        AssetBusy = "asset-busy", "同一资产同时有两宗交易" / "two live transactions on one asset", "一物一交易 [I]" / "one live transaction for one asset [I]";
        Splitting = "splitting", "化整为零规避进场" / "split to stay under the threshold", "禁止化整为零规避公开交易" / "no splitting to stay under the threshold";
        RepeatWinner = "repeat-winner", "同一人屡屡中标" / "the same winner again and again", "禁止串通投标" / "no bid rigging";
        RegularSteps = "regular-price-steps", "报价呈规律性递进" / "bids at regular distances", "禁止串通投标" / "no bid rigging";
        SharedAccount = "shared-deposit-account", "多人保证金出自同一账户" / "one deposit account for several bidders", "禁止串通投标" / "no bid rigging";
        OthersOut = "others-disqualified", "除中标人外全部不合格" / "all but the winner were disqualified", "禁止串通投标" / "no bid rigging";
        SilentBidder = "registered-and-silent", "屡次报名而不出价" / "registers again and again and does not bid", "禁止串通投标" / "no bid rigging";
    }
}

impl Rule {
    /// Its place in the table.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// How grave a breach is. What is found across cases is a suspicion, not a breach.
    pub const fn severity(self) -> Severity {
        use Rule as R;
        match self {
            R::AssetBusy | R::Record | R::Chain | R::Skipped | R::Quorum | R::Majority | R::Plan | R::Platform | R::Price | R::Contract => {
                Severity::Grave
            }
            R::RepeatWinner | R::RegularSteps | R::SharedAccount | R::OthersOut | R::SilentBidder | R::Splitting => Severity::Suspicion,
            R::SignedLate | R::Deadline | R::Archive | R::Terms => Severity::Minor,
            _ => Severity::Major,
        }
    }

    /// The number of the step from which on a case is asked for it; 0: always.
    pub(super) const fn due(self) -> usize {
        use Rule as R;
        match self {
            R::Skipped | R::Disordered => 2,
            R::Kin => 4,
            R::Duties => 4,
            R::Valuation | R::BelowValue | R::Term | R::Platform => 5,
            R::Appraisal | R::Period | R::Standing => 4,
            R::Plan | R::Call | R::Quorum | R::Majority | R::Vote => 7,
            R::Bidders => 12,
            R::Price | R::Bidding => 13,
            R::Contract | R::SignedLate => 15,
            R::Archive => 16,
            R::Party | R::Channels => 1,
            _ => 0,
        }
    }

    /// Whether it is about several cases together.
    pub const fn is_across(self) -> bool {
        self.index() >= Rule::AssetBusy.index()
    }

    /// The rule that a code of the guard belongs to.
    pub(super) fn of_code(code: &str) -> Rule {
        use Rule as R;
        match code {
            "case-not-opened" | "case-already-opened" | "no-policy" | "number-missing" | "other-asset" => R::Opened,
            "asset-busy" => R::AssetBusy,
            "case-ended" => R::Ended,
            "step-missing" | "not-performed" => R::Skipped,
            "step-done" | "already-performed" | "already-public" => R::Repeated,
            "out-of-order" => R::Disordered,
            "not-public" | "channel-missing" | "receipt-channel" | "photo-needs-two" | "not-verified" | "nothing-to-publish"
            | "too-many-receipts" => R::Channels,
            "receipt-of-other-notice" => R::Standing,
            "unknown-person" | "not-appointed" | "not-responsible" | "not-authority" => R::Party,
            "must-differ" | "bidder-conflict" | "witness-conflict" | "teller-of-board" | "signatories-tied" => R::Duties,
            "period-running" => R::Period,
            "objection-open" | "comment-open" | "withdrawal-owed" | "no-objections-here" | "no-such-objection" | "objection-closed"
            | "cannot-recall" | "already-returning" | "rushed" => R::Return,
            "dated-ahead" | "back-dated" | "clock-skew" | "clock-not-in-doubt" | "meeting-date" | "signed-when" | "filed-when"
            | "registration-date" => R::BackDated,
            "too-early" | "called-too-late" | "called-too-early" => R::Call,
            "late" | "deposit-late" | "lodged-too-late" => R::Deadline,
            "quotes-too-few" | "value-outside-quotes" | "zero-value" | "signatories-too-few" => R::Appraisal,
            "valuation-expired" => R::Valuation,
            "term-too-long" | "sale-has-term" | "no-term" => R::Term,
            "floor-below-valuation" | "below-valuation-not-voted" => R::BelowValue,
            "must-trade-publicly" => R::Platform,
            "splitting" => R::Splitting,
            "plan-differs" | "tally-differs" | "terms-differ" => R::Plan,
            "no-tellers" | "wrong-body" | "delegates-too-few" | "voted-before" => R::Vote,
            "registered-twice" | "wrong-deposit" | "same-preparer" | "bidder-in-arrears" | "bidders-too-few-planned" => R::Bidders,
            "same-account" => R::SharedAccount,
            "bid-below-floor" => R::Price,
            "regular-steps" => R::RegularSteps,
            "nobody-bid" => R::SilentBidder,
            "not-qualified" | "increment-too-small" | "wrong-winner" | "witnesses-too-few" => R::Bidding,
            "result-differs" | "contract-differs" | "not-the-winner" | "no-next-ranked" => R::Contract,
            "contract-late" => R::SignedLate,
            "deposit-owed" | "no-such-deposit" | "archive-incomplete" | "deposit-not-forfeited" => R::Archive,
            "wrong-evidence" | "calendar-unannounced" => R::Record,
            _ => R::Terms,
        }
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
