//! The stable codes of the reasons every procedure can give, each with its rule and its text in both languages.

use crate::value::Bilingual;

/// A code that stays the same from release to release, with its text and the rule behind it.
///
/// A procedure of your own brings its own with [`reason_codes!`](crate::reason_codes!).
pub trait ReasonCode: Copy {
    /// The stable code, such as `period-running`.
    fn code(self) -> &'static str;
    /// What is wrong.
    fn message(self) -> Bilingual;
    /// The rule that asks for it: a law's article, or this project's own construction `[I]`.
    fn rule(self) -> Bilingual;
}

/// Makes an enum of reason codes: `Name = "code", "中文" / "English", "规则" / "rule";`
#[macro_export]
macro_rules! reason_codes {
    ($(#[$doc:meta])* $vis:vis enum $Code:ident {
        $($name:ident = $code:literal, $zh:literal / $en:literal, $rule_zh:literal / $rule_en:literal;)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        $vis enum $Code {
            $(#[doc = concat!("`", $code, "`: ", $zh, " ", $en, ".")] $name),+
        }

        impl $Code {
            /// All of them, in the order of the table.
            pub const ALL: &'static [$Code] = &[$($Code::$name),+];
        }

        impl $crate::case::ReasonCode for $Code {
            fn code(self) -> &'static str {
                match self { $($Code::$name => $code),+ }
            }
            fn message(self) -> $crate::value::Bilingual {
                match self { $($Code::$name => $crate::value::Bilingual::new($zh, $en)),+ }
            }
            fn rule(self) -> $crate::value::Bilingual {
                match self { $($Code::$name => $crate::value::Bilingual::new($rule_zh, $rule_en)),+ }
            }
        }
    };
}

reason_codes! {
    /// Why a command was refused, whatever the procedure.
    pub enum Code {
        NotOpened = "case-not-opened", "交易尚未立案" / "the case has not been opened", "流程不可跳步 [I]" / "no step can be skipped [I]";
        AlreadyOpened = "case-already-opened", "交易已立案" / "the case is open already", "流程不可跳步 [I]" / "no step can be skipped [I]";
        Ended = "case-ended", "交易已结束" / "the case has ended", "流程不可跳步 [I]" / "no step can be skipped [I]";
        StepMissing = "step-missing", "此前环节尚未完成" / "an earlier step is not done", "流程不可跳步 [I]" / "no step can be skipped [I]";
        StepDone = "step-done", "该环节已经过去" / "the case is past this step", "流程不可跳步 [I]" / "no step can be skipped [I]";
        AlreadyPerformed = "already-performed", "该环节已执行，应予公开" / "the step is performed already; its publication is next", "先执行、再公开、后进入下一环节 [I]" / "perform, publish, advance [I]";
        NotPerformed = "not-performed", "该环节尚未执行" / "the step has not been performed", "先执行、再公开、后进入下一环节 [I]" / "perform, publish, advance [I]";
        NotPublic = "not-public", "该环节尚未在全部渠道公开" / "the step is not public on all its channels", "每一环节均须公开 [I]" / "every step has a required publication [I]";
        AlreadyPublic = "already-public", "该环节已公开" / "the step is public already", "先执行、再公开、后进入下一环节 [I]" / "perform, publish, advance [I]";
        WrongEvidence = "wrong-evidence", "材料不属于该环节" / "the evidence belongs to another step", "一环节一材料 [I]" / "one record type for each step [I]";

        UnknownPerson = "unknown-person", "查无此人" / "the person is not in the register", "须由登记在册的责任人执行 [I]" / "only people of the register act [I]";
        NotAppointed = "not-appointed", "当日未任任何职务" / "the person holds no role on that day", "须由登记在册的责任人执行 [I]" / "only people of the register act [I]";
        NotResponsible = "not-responsible", "不是该环节的责任人" / "the person does not hold the responsible role", "一环节一责任人 [I]" / "one responsible party for each step [I]";
        MustDiffer = "must-differ", "须回避：与前序环节或竞投人为同一人或近亲属" / "must be someone else, and no close relative", "不相容职务分离、近亲属回避 [I]" / "separation of duties, close relatives included [I]";
        NotVerified = "not-verified", "张贴未经核验" / "the posting was not verified by the role that must", "张贴人与核验人分离 [I]" / "poster and verifier differ [I]";
        NotAuthority = "not-authority", "无权作此决定" / "the person has no authority for this decision", "只有规定的机构可以裁决 [I]" / "only the named authority decides [I]";

        ChannelMissing = "channel-missing", "尚缺公开渠道" / "a required channel is missing", "三个时点、四个渠道公开" / "disclosure at three moments on four channels";
        ReceiptOfOtherNotice = "receipt-of-other-notice", "回执与公告内容不符" / "the receipt confirms another text", "公开即已确认且仍在 [I]" / "published means confirmed and still there [I]";
        ReceiptChannel = "receipt-channel", "该公告不要求此渠道" / "the notice is not for this channel", "三个时点、四个渠道公开" / "disclosure at three moments on four channels";
        PhotoNeedsTwo = "photo-needs-two", "照片须有拍摄人与见证人两人" / "a photo needs two different people of the register", "人工凭证须两人 [I]" / "manual proof takes two people [I]";
        NothingToPublish = "nothing-to-publish", "没有待公开的公告" / "no such notice is waiting", "先执行、再公开、后进入下一环节 [I]" / "perform, publish, advance [I]";
        TooManyReceipts = "too-many-receipts", "回执过多" / "too many receipts at once", "一次最多 64 份 [I]" / "at most 64 at a time [I]";
        PeriodRunning = "period-running", "公示期未满" / "the notice period is still running", "公示期满方可继续 [I]" / "the period must have run [I]";
        ObjectionOpen = "objection-open", "异议尚未处理" / "an objection waits for its decision", "异议期间暂停计时 [I]" / "an objection stops the clock [I]";
        CommentOpen = "comment-open", "意见尚未答复" / "a comment waits for its reply", "每条意见均须答复 [I]" / "every comment is answered [I]";
        WithdrawalOwed = "withdrawal-owed", "已退回，撤回公告尚未发布" / "the notices of the voided steps have not been withdrawn in public", "退回须公告撤回 [I]" / "a return is published too [I]";
        NoObjectionsHere = "no-objections-here", "该环节此时不受理异议" / "no objection can be made here now", "公示期内受理异议 [I]" / "objections are made within the notice period [I]";
        NoSuchObjection = "no-such-objection", "没有该编号的意见或异议" / "there is no such comment or objection", "逐件编号 [I]" / "each has a number [I]";
        HasRisen = "has-risen", "逾期未答复，已上升一级" / "left unanswered in its period, it has risen a level", "五级监督，逾期逐级上升 [I]" / "five levels of supervision; unanswered, it rises [I]";
        AnswerDue = "answer-due", "答复期限未过，尚不上升" / "the period to answer it still runs, so it does not rise yet", "五级监督，逾期逐级上升 [I]" / "five levels of supervision; unanswered, it rises [I]";
        NoHigherLevel = "no-higher-level", "不再上升：意见只作答复，异议已至最高一级" / "it rises no further: a comment is only replied to, and an objection stands at its highest level", "五级监督，逾期逐级上升 [I]" / "five levels of supervision; unanswered, it rises [I]";
        ObjectionClosed = "objection-closed", "该意见或异议已处理" / "it has been dealt with already", "逐件编号 [I]" / "each has a number [I]";
        CannotRecall = "cannot-recall", "该环节不能更正或撤回" / "this step cannot be corrected or recalled", "只走表内的退回路径 [I]" / "only the table's returns [I]";
        AlreadyReturning = "already-returning", "已决定退回，须先退回" / "a return is decided already; carry it out", "只走表内的退回路径 [I]" / "only the table's returns [I]";

        DatedAhead = "dated-ahead", "日期晚于当前时间" / "dated after now", "不得预填日期 [I]" / "nothing is dated after now [I]";
        BackDated = "back-dated", "倒填日期" / "back-dated beyond the tolerance", "不得倒签 [I]" / "no back-dating [I]";
        OutOfOrder = "out-of-order", "日期早于前序环节" / "dated before the step began", "流程不可跳步 [I]" / "no step can be skipped [I]";
        ClockSkew = "clock-skew", "时钟不可信" / "the clock cannot be trusted", "依赖时间的判断须时钟可信 [I]" / "decisions on time need a plausible clock [I]";
        Rushed = "rushed", "时钟超前，期限未满即已通过；自该环节起作废重做" / "by a clock that ran ahead the step was let pass before its time had run: all from it on is void and must be done again", "公示期满方可继续 [I]" / "the period must have run [I]";
        ClockNotInDoubt = "clock-not-in-doubt", "时钟并无可疑" / "the clock is not in doubt", "时钟存疑时方可校正 [I]" / "the clock is set only while it is in doubt [I]";
        CalendarUnannounced = "calendar-unannounced", "该日期的工作日安排尚未公布" / "the working days of that date are not announced", "国务院节假日安排；民法典第二百零三条" / "State Council notices; Civil Code art. 203";
        TooEarly = "too-early", "期限未到" / "the lead time has not run", "农村集体经济组织法第二十七条" / "RCEO art. 27";
        Late = "late", "超过期限" / "after the deadline", "按期办理 [I]" / "deadlines [I]";
        NoPolicy = "no-policy", "没有适用于该日的规则" / "no policy is valid on this day", "交易适用立案时的规则 [I]" / "a case keeps the policy of its opening [I]";
        NumberMissing = "number-missing", "规则缺少所需数值" / "the policy lacks a number that the procedure needs", "数值即规则 [I]" / "the numbers are policy data [I]";
        AssetBusy = "asset-busy", "该资产另有进行中的交易" / "the asset is in another live transaction", "一物一交易 [I]" / "one live transaction for one asset [I]";
    }
}
