//! The reasons of the sixteen steps' own rules, each with its source.

crate::reason_codes! {
    /// Why a record of the sixteen steps was refused.
    pub enum DongshaCode {
        OtherAsset = "other-asset", "核查的不是立案的资产" / "the asset checked is not the one the case was opened for", "一物一交易 [I]" / "one live transaction for one asset [I]";
        PublicWelfare = "public-welfare", "公益设施不得交易" / "a public-welfare facility cannot be traded", "农村集体资产交易：公益性资产除外 [I]" / "public-welfare assets are excluded [I]";
        LeaseRunning = "lease-running", "现有租约尚未到期" / "the current lease is still running", "不得自动续租、一物两租 [I]" / "no silent renewal, no double lease [I]";
        NoArea = "no-area", "面积不得为零" / "the area is zero", "台账须载明面积 [I]" / "the ledger states the area [I]";
        AreaTooLarge = "area-too-large", "面积不合理" / "the area is beyond belief", "不超过一万平方公里 [I]" / "at most 10,000 km² [I]";
        NoTerm = "no-term", "期限不得为零" / "the term is zero", "须载明期限 [I]" / "the term must be stated [I]";

        QuotesTooFew = "quotes-too-few", "询价不足三家" / "fewer than three quotes", "三家询价 [I]" / "three quotes [I]";
        ValueOutsideQuotes = "value-outside-quotes", "估值不在询价区间内" / "the value is outside the quotes", "三家询价 [I]" / "three quotes [I]";
        ZeroValue = "zero-value", "金额不得为零" / "the amount is zero", "须有真实估值 [I]" / "a real value [I]";
        SignatoriesTooFew = "signatories-too-few", "签字评估人员不足" / "too few appraisers signed", "两名评估人员签字 [I]" / "two appraisers sign [I]";
        SignatoriesTied = "signatories-tied", "签字评估人员为同一人或近亲属" / "the signatories are one person, or kin", "两名评估人员签字 [I]" / "two appraisers sign [I]";
        ValuationExpired = "valuation-expired", "评估已过有效期" / "the valuation has expired", "过期报告不得使用 [I]" / "an expired report cannot be used [I]";

        SaleHasTerm = "sale-has-term", "出让不得有期限（以出让之名出租）" / "a sale has no term: this is a lease under another name", "以出让规避租期上限 [I]" / "no lease over the cap as a sale [I]";
        TermTooLong = "term-too-long", "租期超过二十年" / "the term is over the cap", "民法典第七百零五条" / "Civil Code art. 705";
        FloorBelowValuation = "floor-below-valuation", "底价低于评估价而未说明理由" / "the floor is below the valuation without a reason", "低于评估价须专门表决 [I]" / "a floor below the valuation needs an explicit vote [I]";
        BelowValuationNotVoted = "below-valuation-not-voted", "低于评估价未专门表决" / "the floor below the valuation was not put to the vote", "低于评估价须专门表决 [I]" / "a floor below the valuation needs an explicit vote [I]";
        ZeroDeposit = "zero-deposit", "保证金不得为零" / "the deposit is zero", "保证金约束竞投 [I]" / "the deposit binds the bidders [I]";
        MustTradePublicly = "must-trade-publicly", "达到进场标准，须公开竞投" / "over the threshold: public bidding on the platform is required", "进场交易 [I]" / "over the threshold on the platform [I]";
        Splitting = "splitting", "与同一资产的其他交易合计达到进场标准（化整为零）" / "with other deals on the same asset it is over the threshold (splitting)", "禁止化整为零规避公开交易" / "no splitting to stay under the threshold";
        BiddersTooFewPlanned = "bidders-too-few-planned", "方案的最低竞投人数低于规定" / "the plan's minimum number of bidders is under the policy's", "最低竞投人数 [I]" / "minimum number of bidders [I]";

        NoDocument = "no-document", "缺少原始文件摘要值" / "the digest of the document is missing", "一环节一材料 [I]" / "each record has its document [I]";
        TooManyEntries = "too-many-entries", "名单过长" / "the list is too long", "一份名单至多五百项 [I]" / "at most 500 entries in a list [I]";
        PlanDiffers = "plan-differs", "方案与冻结的方案不一致" / "the plan is not the frozen one", "表决什么、公示什么、签什么；政务处分法第三十条" / "what was voted is what is published, filed, traded and signed; Law on Administrative Sanctions art. 30";
        CalledTooLate = "called-too-late", "会议通知不足法定天数" / "the meeting was called too late", "农村集体经济组织法第二十七条" / "RCEO art. 27";
        CalledTooEarly = "called-too-early", "审查通过前即发会议通知" / "the meeting was called before the plan had been reviewed", "先审查后表决 [I]" / "review comes before the vote [I]";
        MeetingDate = "meeting-date", "会议日期与执行日期不符" / "the meeting was not held on the day it is recorded for", "不得倒签 [I]" / "no back-dating [I]";
        NoTellers = "no-tellers", "没有计票人" / "nobody counted", "计票人与理事会分离 [I]" / "tellers are not of the board [I]";
        TellerOfBoard = "teller-of-board", "计票人属理事会或其近亲属" / "a teller is of the board, or kin", "计票人与理事会分离 [I]" / "tellers are not of the board [I]";
        WrongBody = "wrong-body", "该事项不能由此会议表决" / "this body cannot decide this matter", "农村集体经济组织法第二十六至二十八条" / "RCEO arts. 26 to 28";
        DelegatesTooFew = "delegates-too-few", "成员代表人数不足" / "too few delegates for a delegates' assembly", "农村集体经济组织法第二十八条" / "RCEO art. 28";
        VotedBefore = "voted-before", "该方案已被否决，不得原样再表决" / "this very plan was rejected before", "被否决的方案不得原样再表决 [I]" / "the same digest cannot be voted again [I]";
        TallyDiffers = "tally-differs", "公示的计票与表决记录不符" / "the tally is not that of the vote", "表决什么、公示什么 [I]" / "what was voted is what is published [I]";

        LodgedTooLate = "lodged-too-late", "方案报送后未满法定工作日" / "the plan was lodged too few working days before", "土地管理法实施条例第四十条" / "Regulations on the Land Administration Law art. 40";
        TermsDiffer = "terms-differ", "公告条款与表决方案不一致" / "the terms are not those of the plan", "公告与方案一致 [I]" / "the notice equals the plan [I]";
        RegistrationDate = "registration-date", "报名截止日期不符" / "registration closed on a wrong day", "公告期满方可截止报名 [I]" / "registration closes after the notice period [I]";
        RegisteredTwice = "registered-twice", "重复报名" / "registered twice", "一人一席 [I]" / "each bidder once [I]";
        WrongDeposit = "wrong-deposit", "合格者的保证金与方案不符" / "a qualified bidder's deposit is not the plan's", "保证金与方案一致 [I]" / "deposits as planned [I]";
        SameAccount = "same-account", "多人保证金出自同一账户（串通投标）" / "several deposits from one account (bid rigging)", "禁止串通投标" / "no bid rigging";
        SamePreparer = "same-preparer", "多份报名材料由同一人编制（串通投标）" / "several bids prepared by one person (bid rigging)", "禁止串通投标" / "no bid rigging";
        BidderConflict = "bidder-conflict", "竞投人为经办人或其近亲属" / "a qualified bidder took part in the procedure, or is kin", "近亲属回避 [I]" / "close relatives stay out [I]";
        BidderInArrears = "bidder-in-arrears", "欠款人不得合格" / "a bidder in arrears was qualified", "拖欠集体款项者不得竞投 [I]" / "no bidding while in arrears [I]";

        NotQualified = "not-qualified", "出价人未合格" / "a bid by someone who did not qualify", "从合格者中产生 [I]" / "the winner is among the qualified [I]";
        BidBelowFloor = "bid-below-floor", "出价低于底价" / "a bid below the floor", "不得低于底价成交 [I]" / "price at or above the floor [I]";
        IncrementTooSmall = "increment-too-small", "加价不足" / "a bid is not over the one before by the increment", "按方案增价幅度竞投 [I]" / "bids rise by the plan's increment [I]";
        RegularSteps = "regular-steps", "报价呈规律性递进（疑似串通投标）" / "the bids rise in regular steps (suspected bid rigging)", "禁止串通投标" / "no bid rigging";
        NobodyBid = "nobody-bid", "已合格而不出价（陪标嫌疑）" / "qualified, and then did not bid", "禁止串通投标" / "no bid rigging";
        WrongWinner = "wrong-winner", "成交人不是最高出价者" / "the winner is not the highest bidder", "价高者得 [I]" / "the highest bid wins [I]";
        WitnessesTooFew = "witnesses-too-few", "现场见证人不足" / "too few witnesses on site", "廉情监督员现场见证" / "integrity messengers witness on site";
        WitnessConflict = "witness-conflict", "见证人与主持人或竞投人为同一人或近亲属" / "a witness is the host or a bidder, or kin", "见证人独立 [I]" / "witnesses are independent [I]";

        ResultDiffers = "result-differs", "公示结果与竞投结果不一致" / "the result is not that of the bidding", "公示与成交一致 [I]" / "the result published is the result [I]";
        ContractDiffers = "contract-differs", "合同与成交结果或表决文本不一致" / "the contract is not as won or as voted", "民法典；合同与成交结果一致 [I]" / "the contract equals the result [I]";
        ContractLate = "contract-late", "超过签约期限" / "signed after the deadline", "期限内签约 [I]" / "signed within the period [I]";
        SignedWhen = "signed-when", "签订日期不符" / "the day of signing is not believable", "不得倒签 [I]" / "no back-dating [I]";
        NotTheWinner = "not-the-winner", "弃标人不是成交人" / "whoever defaults is not the winner", "弃标没收保证金 [I]" / "a default forfeits the deposit [I]";
        DepositNotForfeited = "deposit-not-forfeited", "弃标未没收全部保证金" / "the defaulter's deposit is not forfeited in full", "弃标没收保证金 [I]" / "a default forfeits the deposit [I]";
        NoNextRanked = "no-next-ranked", "没有次高竞投人" / "there is no next-ranked bidder", "顺延次高 [I]" / "next-ranked after a default [I]";

        DepositOwed = "deposit-owed", "未成交者的保证金未退还" / "a loser's deposit has not been returned", "按期退还保证金 [I]" / "deposits go back in time [I]";
        DepositLate = "deposit-late", "保证金逾期退还" / "a deposit went back late", "按期退还保证金 [I]" / "deposits go back in time [I]";
        NoSuchDeposit = "no-such-deposit", "退还的款项没有对应的保证金，或该保证金已没收、已退还" / "money went back that is no deposit, or one forfeited or returned already", "按期退还保证金 [I]" / "deposits go back in time [I]";
        ArchiveIncomplete = "archive-incomplete", "归档清单不完整" / "the archive list is incomplete", "一交易一档案 [I]" / "one complete archive for each transaction [I]";
        FiledWhen = "filed-when", "备案日期不符" / "the day of filing is not believable", "不得倒签 [I]" / "no back-dating [I]";
    }
}
