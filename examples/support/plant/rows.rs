//! The same histories as another platform would have logged them, and the same faults put into its rows.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use sanzi::audit::Rule;
use sanzi::calendar::china_date;
use sanzi::case::{Entry, Event, EvidenceSet};
use sanzi::disclosure::{Channel, Receipt};
use sanzi::dongsha::*;
use sanzi::flow::Flow;

use super::{Answer, Fault};

/// The columns of the log, as its header names them.
pub const COLUMNS: [&str; 28] = [
    "项目编号",
    "环节",
    "动作",
    "办理时间",
    "录入时间",
    "经办人",
    "责任人",
    "渠道",
    "资产编号",
    "方案",
    "评估价",
    "评估有效期",
    "底价",
    "价格",
    "租期",
    "交易方式",
    "会议通知日",
    "表决主体",
    "应到",
    "实到",
    "同意",
    "低价表决",
    "签订日期",
    "竞投人",
    "保证金账户",
    "是否合格",
    "成交人",
    "备注",
];

/// The fields that the columns hold, in the same order; the last holds none.
const FIELDS: [&str; 27] = [
    "case",
    "step",
    "action",
    "time",
    "recorded",
    "person",
    "role",
    "channel",
    "asset",
    "plan",
    "valuation",
    "valid_until",
    "floor",
    "price",
    "term",
    "method",
    "called_on",
    "body",
    "eligible",
    "present",
    "in_favour",
    "below_voted",
    "signed_on",
    "bidder",
    "account",
    "qualified",
    "winner",
];

/// One row of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub [String; 28]);

impl Row {
    pub fn cell(&self, field: &str) -> &str {
        FIELDS.iter().position(|own| *own == field).and_then(|place| self.0.get(place)).map_or("", String::as_str)
    }

    pub fn set(&mut self, field: &str, text: impl ToString) {
        if let Some(cell) = FIELDS.iter().position(|own| *own == field).and_then(|place| self.0.get_mut(place)) {
            *cell = text.to_string();
        }
    }

    fn is(&self, step: Step, action: &str) -> bool {
        self.cell("step") == step.name().zh && self.cell("action") == action
    }
}

/// The mapping that belongs to these columns. `xes`: the columns are attributes.
pub fn mapping(format: &str) -> String {
    let columns: Vec<String> = FIELDS
        .iter()
        .zip(COLUMNS)
        .map(|(field, column)| {
            let column = match (format, *field) {
                ("xes", "case") => "case:concept:name",
                ("xes", "step") => "concept:name",
                ("xes", "time") => "time:timestamp",
                ("xes", "person") => "org:resource",
                ("xes", "role") => "org:role",
                _ => column,
            };
            format!("{field} = \"{column}\"")
        })
        .collect();
    format!(
        "format = \"{format}\"\nzone = \"+08:00\"\nkin = [[\"li\", \"jun\"]]\n\n[columns]\n{}\n\n[actions]\n\"执行\" = \"performed\"\n\
         \"公示\" = \"published\"\n\"撤下\" = \"removed\"\n\"更改\" = \"altered\"\n\"办结\" = \"left\"\n\"报名\" = \"registered\"\n\"出价\" = \"bid\"\n",
        columns.join("\n")
    )
}

fn local(at: DateTime<Utc>) -> String {
    (at + TimeDelta::hours(8)).format("%Y-%m-%d %H:%M:%S").to_string()
}

fn moment(text: &str) -> DateTime<Utc> {
    let naive = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap_or_default();
    naive.and_utc() - TimeDelta::hours(8)
}

fn channel(receipt: &Receipt) -> &'static str {
    match receipt.channel {
        Channel::Platform => "平台",
        Channel::Bulletin => "简报",
        Channel::WeChat => "公众号",
        Channel::Office => "办公点",
    }
}

/// The rows of a lawful history.
pub fn rows(case: &str, entries: &[Entry<Dongsha>]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut at_step = Step::AssetCheck;
    let mut asset = String::new();
    for entry in entries {
        let row = |step: Step, action: &str, at: DateTime<Utc>| {
            let mut row = Row(std::array::from_fn(|_| String::new()));
            row.set("case", case);
            row.set("step", step.name().zh);
            row.set("action", action);
            row.set("time", local(at));
            row.set("recorded", local(entry.at));
            row.set("person", entry.by);
            row.set("role", Dongsha::row(step).by.name().zh);
            row
        };
        match &entry.event {
            Event::Opened { opening, .. } => asset = opening.asset.to_string(),
            Event::Performed { evidence, done, .. } => {
                at_step = evidence.step();
                let mut one = row(at_step, "执行", *done);
                said(&mut one, evidence, &asset);
                rows.push(one);
                if let Evidence::BidderRegistration(record) = evidence.as_ref() {
                    for registrant in &record.registrants {
                        let mut one = row(at_step, "报名", *done);
                        one.set("bidder", registrant.bidder);
                        one.set("account", registrant.account.reveal());
                        one.set("qualified", if registrant.qualified { "合格" } else { "不合格" });
                        rows.push(one);
                    }
                }
                if let Evidence::Bidding(record) = evidence.as_ref() {
                    for bid in &record.bids {
                        let mut one = row(at_step, "出价", *done);
                        one.set("bidder", bid.bidder);
                        one.set("price", bid.price);
                        rows.push(one);
                    }
                }
            }
            Event::Published { receipts, .. } => {
                for receipt in receipts {
                    let mut one = row(at_step, "公示", receipt.at);
                    one.set("channel", channel(receipt));
                    rows.push(one);
                }
            }
            Event::Advanced { from, .. } => rows.push(row(*from, "办结", entry.at)),
            _ => {}
        }
    }
    rows
}

fn said(row: &mut Row, evidence: &Evidence, asset: &str) {
    match evidence {
        Evidence::AssetCheck(_) => row.set("asset", asset),
        Evidence::Valuation(record) => {
            row.set("valuation", record.amount);
            row.set("valid_until", record.valid_until);
        }
        Evidence::PlanDraft(record) => {
            row.set("plan", record.digest().map(|digest| digest.short()).unwrap_or_default());
            row.set("floor", record.floor);
            row.set("term", record.term_months);
            row.set("method", if record.method == TradingMethod::Negotiation { "协商" } else { "公开竞投" });
        }
        Evidence::PlanReview(record) => row.set("plan", record.plan.short()),
        Evidence::MemberVote(record) => {
            row.set("plan", record.plan.short());
            row.set("called_on", record.called_on);
            row.set("body", "成员大会");
            row.set("eligible", record.tally.eligible().count());
            row.set("present", record.tally.present().0);
            row.set("in_favour", record.tally.in_favour());
            row.set("below_voted", "否");
        }
        Evidence::PlanNotice(record) => row.set("plan", record.plan.short()),
        Evidence::ProjectFiling(record) => row.set("plan", record.plan.short()),
        Evidence::TradingNotice(record) => row.set("plan", record.plan.short()),
        Evidence::ResultNotice(record) => {
            row.set("winner", record.winner);
            row.set("price", record.price);
        }
        Evidence::ContractSigning(ContractRecord::Signed(contract)) => {
            row.set("plan", contract.plan.short());
            row.set("winner", contract.with);
            row.set("price", contract.price);
            row.set("term", contract.term_months);
            row.set("signed_on", contract.signed_on);
        }
        _ => {}
    }
}

fn place(rows: &[Row], step: Step, action: &str) -> Option<usize> {
    rows.iter().position(|row| row.is(step, action))
}

fn edit(rows: &mut [Row], step: Step, action: &str, change: impl FnOnce(&mut Row)) {
    if let Some(row) = rows.iter_mut().find(|row| row.is(step, action)) {
        change(row);
    }
}

fn later(rows: &mut [Row], from: usize, days: i64) {
    for row in rows.iter_mut().skip(from) {
        for field in ["time", "recorded"] {
            row.set(field, local(moment(row.cell(field)) + TimeDelta::days(days)));
        }
        if let Ok(day) = row.cell("signed_on").parse::<NaiveDate>() {
            row.set("signed_on", day + TimeDelta::days(days));
        }
    }
}

/// Puts a fault into the rows of a case, and says what is to be found.
pub fn plant(fault: Fault, rows: &mut Vec<Row>) -> Option<Answer> {
    let case = rows.first()?.cell("case").to_owned();
    let mut also = Vec::new();
    match fault {
        Fault::Skipped => rows.retain(|row| row.cell("step") != Step::PartyStudy.name().zh),
        Fault::Repeated => {
            let again = rows[place(rows, Step::ProjectFiling, "执行")?].clone();
            let after = place(rows, Step::ProjectFiling, "办结")?;
            let mut again = again;
            let at = rows[after].cell("time").to_owned();
            again.set("time", &at);
            again.set("recorded", at);
            rows.insert(after + 1, again);
        }
        Fault::Disordered => {
            let (from, to, end) =
                (place(rows, Step::PlanReview, "执行")?, place(rows, Step::PlanReview, "办结")?, place(rows, Step::MemberVote, "办结")?);
            let at = rows[end].cell("time").to_owned();
            let moved: Vec<Row> = rows.drain(from..=to).collect();
            let after = end - moved.len();
            let moved = moved.into_iter().map(|mut row| {
                row.set("time", &at);
                row.set("recorded", &at);
                row
            });
            let moved: Vec<Row> = moved.collect();
            rows.splice(after + 1..after + 1, moved);
            also.push(Rule::BackDated);
        }
        Fault::WrongParty => edit(rows, Step::StreetReview, "执行", |row| {
            row.set("role", Role::FinanceStaff.name().zh);
            row.set("person", "tan");
        }),
        Fault::Duties => {
            edit(rows, Step::ProjectFiling, "执行", |row| row.set("person", "dual"));
            edit(rows, Step::StreetReview, "执行", |row| row.set("person", "dual"));
        }
        Fault::Kin => edit(rows, Step::StreetReview, "执行", |row| row.set("person", "jun")),
        Fault::Channel => {
            let gone = rows.iter().position(|row| row.is(Step::PlanNotice, "公示") && row.cell("channel") == "公众号")?;
            rows.remove(gone);
        }
        Fault::TooShort => {
            let since = moment(rows[place(rows, Step::PlanNotice, "公示")?].cell("time"));
            edit(rows, Step::PlanNotice, "办结", |row| {
                row.set("time", local(since + TimeDelta::days(1)));
                row.set("recorded", local(since + TimeDelta::days(1)));
            });
        }
        Fault::Removed => lost(rows, Step::PlanNotice, "撤下")?,
        Fault::Altered => lost(rows, Step::IntentNotice, "更改")?,
        Fault::CalledLate => edit(rows, Step::MemberVote, "执行", |row| {
            let held = china_date(moment(row.cell("time")));
            row.set("called_on", held - Days::new(4));
        }),
        Fault::NoQuorum => edit(rows, Step::MemberVote, "执行", |row| {
            row.set("present", 100);
            row.set("in_favour", 95);
        }),
        Fault::NoMajority => edit(rows, Step::MemberVote, "执行", |row| row.set("in_favour", 90)),
        Fault::PlanChanged => edit(rows, Step::MemberVote, "执行", |row| row.set("plan", "another")),
        Fault::ValuationExpired => edit(rows, Step::Valuation, "执行", |row| {
            let day = china_date(moment(row.cell("time")));
            row.set("valid_until", day - Days::new(20));
        }),
        Fault::BelowValue => edit(rows, Step::Valuation, "执行", |row| row.set("valuation", "9,000,000.00")),
        Fault::BelowFloor => edit(rows, Step::Bidding, "出价", |row| row.set("price", "1.00")),
        Fault::TermTooLong => {
            edit(rows, Step::PlanDraft, "执行", |row| row.set("term", 252));
            edit(rows, Step::ContractSigning, "执行", |row| row.set("term", 252));
            // Some deals become large by it, and a large one is announced for longer.
            also.push(Rule::Period);
        }
        Fault::OffPlatform => edit(rows, Step::PlanDraft, "执行", |row| row.set("method", "协商")),
        Fault::ContractDiffers => edit(rows, Step::ContractSigning, "执行", |row| row.set("price", "1.00")),
        Fault::ContractLate => {
            let from = place(rows, Step::ContractSigning, "执行")?;
            later(rows, from, 40);
        }
        Fault::BackDated => {
            let from = place(rows, Step::FilingAndArchive, "执行")?;
            let said = rows[from].cell("time").to_owned();
            later(rows, from, 20);
            rows[from].set("time", said);
        }
        Fault::AfterTheEnd => {
            let mut more = rows.last()?.clone();
            more.set("action", "公示");
            rows.push(more);
        }
        Fault::SharedAccount => {
            for row in rows.iter_mut().filter(|row| row.is(Step::BidderRegistration, "报名")).take(2) {
                row.set("account", format!("9999{case}"));
            }
        }
        Fault::RegularSteps | Fault::OthersOut | Fault::SilentBidders | Fault::AssetBusy | Fault::Splitting | Fault::RepeatWinner => {}
    }
    let (rule, step) = fault.planted();
    Some(Answer { cases: vec![case], step, rule, also })
}

fn lost(rows: &mut Vec<Row>, step: Step, action: &str) -> Option<()> {
    let last = rows.iter().rposition(|row| row.is(step, "公示"))?;
    let mut gone = rows.get(last)?.clone();
    let at = local(moment(gone.cell("time")) + TimeDelta::days(1));
    gone.set("action", action);
    gone.set("time", &at);
    gone.set("recorded", at);
    rows.insert(last + 1, gone);
    Some(())
}
