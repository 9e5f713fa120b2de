//! What a row of a log can say.

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $key:literal, [$($word:literal),*];)+) => {
        /// What a column of a log can hold. The key is what a [`Mapping`](super::Mapping) calls it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {
            $($(#[$doc])* $name),+
        }

        impl Field {
            /// All of them.
            pub const ALL: &'static [Field] = &[$(Field::$name),+];

            /// The key, as in a mapping and in a report's list of missing fields.
            pub const fn key(self) -> &'static str {
                match self { $(Field::$name => $key),+ }
            }

            /// Its bit in a set of fields.
            pub(super) const fn bit(self) -> u64 {
                1 << self as u32
            }

            /// Words by which headers name it, the surest first; lower case.
            pub(super) const fn words(self) -> &'static [&'static str] {
                match self { $(Field::$name => &[$($word),*]),+ }
            }
        }
    };
}

fields! {
    /// The transaction.
    Case = "case", ["case", "case_id", "caseid", "case:concept:name", "transaction", "project", "项目编号", "交易编号", "案号", "项目", "编号"];
    /// The step, by any name the mapping knows.
    Step = "step", ["step", "activity", "concept:name", "环节", "步骤", "活动"];
    /// What happened at the step: performed, published, removed, altered, left, registered, bid, returned, objected,
    /// answered, terminated. Without it every row is a performance.
    Action = "action", ["action", "lifecycle", "lifecycle:transition", "event", "动作", "事项", "操作"];
    /// When it happened.
    Time = "time", ["time", "timestamp", "time:timestamp", "date", "时间", "日期", "办理时间"];
    /// When it was entered.
    Recorded = "recorded", ["recorded", "entered", "created", "录入时间", "登记时间"];
    /// Who did it.
    Person = "person", ["person", "resource", "org:resource", "user", "by", "经办人", "办理人", "姓名"];
    /// In which role.
    Role = "role", ["role", "org:role", "party", "角色", "责任人", "职务", "部门"];
    /// The channel of a publication, or several, separated by `;`, `、`, `,` or `|`.
    Channel = "channel", ["channel", "channels", "渠道", "公开渠道"];
    /// The digest or the number of the text that was published.
    Notice = "notice", ["notice", "notice_digest", "公告摘要"];
    /// The asset.
    Asset = "asset", ["asset", "asset_id", "资产编号", "资产"];
    /// The digest, the number or the version of the plan.
    Plan = "plan", ["plan", "plan_digest", "方案摘要", "方案编号", "方案"];
    /// The valuation, in the unit of the floor.
    Valuation = "valuation", ["valuation", "appraisal", "评估价", "估值"];
    /// The last day of the valuation.
    ValidUntil = "valid_until", ["valid_until", "有效期至", "评估有效期"];
    /// The floor price of a month, or of the whole.
    Floor = "floor", ["floor", "reserve_price", "底价", "起拍价"];
    /// A price: of a bid, of the result, of the contract.
    Price = "price", ["price", "amount", "成交价", "报价", "金额", "价格"];
    /// The term in months.
    Term = "term", ["term", "term_months", "months", "期限", "租期"];
    /// How it is traded: public bidding, or negotiation.
    Method = "method", ["method", "交易方式", "方式"];
    /// The day the meeting was called.
    CalledOn = "called_on", ["called_on", "通知日期", "会议通知日"];
    /// The body that voted: members or delegates.
    Body = "body", ["body", "表决主体", "会议类型"];
    /// How many may vote.
    Eligible = "eligible", ["eligible", "应到", "应到人数"];
    /// How many came.
    Present = "present", ["present", "实到", "实到人数"];
    /// How many voted for it.
    InFavour = "in_favour", ["in_favour", "in_favor", "yes", "同意", "同意票数"];
    /// Whether a floor below the valuation was voted as such.
    BelowVoted = "below_voted", ["below_voted", "低价专门表决"];
    /// The day the contract was signed.
    SignedOn = "signed_on", ["signed_on", "签订日期", "签约日期"];
    /// Who registered, or bids.
    Bidder = "bidder", ["bidder", "tenderer", "竞投人", "报名人", "投标人"];
    /// The account of the deposit.
    Account = "account", ["account", "保证金账户", "账户", "账号"];
    /// Whether they qualified.
    Qualified = "qualified", ["qualified", "资格", "是否合格"];
    /// Who won, or signed.
    Winner = "winner", ["winner", "supplier", "成交人", "中标人", "乙方"];
}
