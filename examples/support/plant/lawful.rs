//! Lawful histories: every one different, every one the same again for the same number.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use sanzi::calendar::{china_date, china_midnight};
use sanzi::case::{Case, Command, Entry, Office, Opening, Stage, Subject, Verdict, decide};
use sanzi::dongsha::*;
use sanzi::flow::Flow;
use sanzi::policy::{AllMembers, Eligible, Present, Tally};
use sanzi::register::{Register, Term};
use sanzi::value::*;

use super::Fault;

pub type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// Who holds which role. `tan` keeps the books; `dual` holds two that must not meet; `jun` is kin of `li`.
pub const PEOPLE: [(&str, &[Role]); 18] = [
    ("chen", &[Role::Board]),
    ("liang", &[Role::BoardChair]),
    ("he", &[Role::PartyBranch]),
    ("pan", &[Role::Appraiser]),
    ("qiu", &[Role::Appraiser]),
    ("guan", &[Role::Supervisors]),
    ("yuan", &[Role::MemberAssembly]),
    ("zhong", &[Role::MemberAssembly]),
    ("li", &[Role::AssetClerk]),
    ("fang", &[Role::StreetOffice]),
    ("song", &[Role::TradingCentre]),
    ("xie", &[Role::LegalAdviser]),
    ("tan", &[Role::FinanceStaff]),
    ("wu", &[Role::Witness]),
    ("zheng", &[Role::Witness]),
    ("dual", &[Role::AssetClerk, Role::StreetOffice]),
    ("jun", &[Role::StreetOffice]),
    ("ring", &[]),
];
/// So many others bid.
pub const BIDDERS: u64 = 400;

pub fn person(id: &str) -> Fallible<PersonId> {
    Ok(PersonId::new(id)?)
}

pub fn bidder(n: u64) -> Fallible<PersonId> {
    person(&format!("b-{:03}", n % BIDDERS))
}

/// The office whose people act in all the histories.
pub fn office() -> Fallible<Office<Dongsha>> {
    let mut register = Register::new();
    for (id, roles) in PEOPLE {
        register.add(person(id)?, PersonName::new("某某某")?)?;
        for role in roles {
            register.appoint(person(id)?, *role, Term::since("2017-01-01".parse()?))?;
        }
    }
    for n in 0..BIDDERS {
        register.add(bidder(n)?, PersonName::new("竞投人")?)?;
    }
    register.declare_kin(person("li")?, person("jun")?)?;
    Ok(Office::new(OrgId::new("dongtang")?, register)?)
}

/// Numbers that look random and are always the same.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides.max(1)
    }
}

/// One transaction: what makes it different from the others.
pub struct Script {
    pub case: CaseId,
    pub asset: AssetId,
    start: NaiveDate,
    floor: Money,
    method: TradingMethod,
    registrants: Vec<(PersonId, bool)>,
    /// Bids in the order they are made.
    bids: Vec<(PersonId, Money)>,
}

fn yuan(yuan: u64) -> Fallible<Money> {
    Ok(Money::from_yuan(yuan)?)
}

impl Script {
    /// The `n`-th of all, with what its fault across cases needs; each of them is lawful by itself.
    pub fn new(n: u64, fault: Option<(Fault, u64)>) -> Fallible<Script> {
        let mut dice = Dice(n ^ 0x5a5a_0000);
        let case = CaseId::new(uuid::Uuid::from_u128(u128::from(n) | 7 << 76 | 2 << 62 | u128::from(dice.roll(1 << 30)) << 80));
        let (fault, group) = fault.map_or((None, n), |(fault, group)| (Some(fault), group));
        let place = n.saturating_sub(group);
        let mut start = NaiveDate::from_ymd_opt(2018, 1, 8).unwrap_or_default() + Days::new(dice.roll(2_300));
        let mut asset = AssetId::new(&format!("A-{n}"))?;
        let mut floor = yuan(if dice.roll(40) == 0 { 150_000 } else { 1_000 + 10 * dice.roll(1_500) })?;
        let mut method = TradingMethod::PublicBidding;
        if matches!(fault, Some(Fault::AssetBusy | Fault::Splitting)) {
            asset = AssetId::new(&format!("G-{group}"))?;
            let apart = if fault == Some(Fault::Splitting) { 150 } else { 20 };
            start = NaiveDate::from_ymd_opt(2019, 3, 4).unwrap_or_default() + Days::new(group % 900 + place * apart);
        }
        if fault == Some(Fault::Splitting) {
            (floor, method) = (yuan(200)?, TradingMethod::Negotiation);
        }
        let mut script = Script { case, asset, start, floor, method, registrants: Vec::new(), bids: Vec::new() };
        script.bid(fault, &mut dice)?;
        Ok(script)
    }

    fn bid(&mut self, fault: Option<Fault>, dice: &mut Dice) -> Fallible<()> {
        let first = dice.roll(BIDDERS);
        let count = match fault {
            Some(Fault::RegularSteps) => 6,
            Some(Fault::OthersOut) => 4,
            _ => 3,
        };
        let mut who: Vec<PersonId> = (0..count).map(|k| bidder(first + k * (1 + dice.roll(30)) + k * 40)).collect::<Result<_, _>>()?;
        who.sort_unstable();
        who.dedup();
        for turn in (1..who.len()).rev() {
            who.swap(turn, usize::try_from(dice.roll(turn as u64 + 1))?);
        }
        if let (Some(Fault::RepeatWinner), Some(last)) = (fault, who.last_mut()) {
            *last = person("ring")?;
        }
        let out = |k: usize| fault == Some(Fault::OthersOut) && k + 1 < who.len();
        self.registrants = who.iter().enumerate().map(|(k, who)| (*who, !out(k))).collect();
        let mut price = self.floor;
        for (k, who) in who.iter().enumerate() {
            let silent = fault == Some(Fault::SilentBidders) && k + 1 < self.registrants.len();
            if !out(k) && !silent {
                self.bids.push((*who, price));
            }
            price = price.plus(yuan(if fault == Some(Fault::RegularSteps) { 1_370 } else { 10 + 10 * dice.roll(300) })?)?;
        }
        Ok(())
    }
}

/// A history on its way.
struct Run<'o> {
    office: &'o Office<Dongsha>,
    script: &'o Script,
    case: Case<Dongsha>,
    entries: Vec<Entry<Dongsha>>,
    now: DateTime<Utc>,
}

/// The whole lawful history of a transaction, from its opening to its archive.
pub fn history(office: &Office<Dongsha>, script: &Script) -> Fallible<Vec<Entry<Dongsha>>> {
    let mut first = script.start;
    while !office.calendar.is_working(first)? {
        first = first + Days::new(1);
    }
    let now = china_midnight(first) + TimeDelta::hours(9);
    let mut run = Run { office, script, case: Case::unopened(script.case), entries: Vec::new(), now };
    let opening = Opening { asset: script.asset, title: Text::new("铺位出租")?, intended_bidder: None };
    run.act("chen", Command::Open(opening))?;
    while let Some(place) = run.case.place() {
        let plan = run.case.plan(&office.calendar, run.now)?;
        let next = plan.first().ok_or("no plan")?;
        let due = if place.stage == Stage::Public { next.leave.date() } else { next.perform.date() };
        let due = due.map(|day| china_midnight(day) + TimeDelta::hours(9));
        run.now = run.now.max(due.unwrap_or(run.now)) + TimeDelta::minutes(10);
        let by = responsible(place.step);
        match place.stage {
            Stage::Pending => run.act(by, Command::Perform { evidence: run.record(place.step)?, done: None })?,
            Stage::Performed => {
                let verifier = Dongsha::row(place.step).posts.verified_by.is_some().then(|| person("guan")).transpose()?;
                let posting = run.case.posting(Subject::Step).ok_or("no posting")?;
                let reference = Text::new("第一版")?;
                let receipts = posting.confirm_all(run.now, verifier, |_| reference.clone());
                run.act(by, Command::Publish { of: Subject::Step, receipts })?;
            }
            Stage::Public => run.act(by, Command::Advance { from: place.step })?,
        }
    }
    Ok(run.entries)
}

/// Who performs a step.
pub fn responsible(step: Step) -> &'static str {
    let by = Dongsha::row(step).by;
    PEOPLE.iter().find(|(_, roles)| roles.contains(&by)).map_or("chen", |(id, _)| id)
}

impl Run<'_> {
    fn act(&mut self, who: &str, command: Command<Dongsha>) -> Fallible<()> {
        match decide(&self.case, &self.office.acting(person(who)?, self.now), &command) {
            Verdict::Allowed { entries, .. } => {
                for entry in entries {
                    self.case.evolve(&entry)?;
                    self.entries.push(entry);
                }
                Ok(())
            }
            Verdict::Refused(refusal) => Err(refusal.into()),
        }
    }

    fn scan(&self, name: &str) -> Digest {
        Digest::of_bytes(format!("{} {name}", self.script.case).as_bytes())
    }

    fn plan(&self) -> Fallible<PlanRecord> {
        Ok(PlanRecord {
            kind: DealKind::Lease,
            method: self.script.method,
            floor: self.script.floor,
            term_months: 36,
            area_centi_m2: 8_000,
            usage: Text::new("商铺")?,
            deposit: yuan(4_000)?,
            increment: yuan(10)?,
            eligibility: Text::new("年满十八周岁")?,
            tenant_priority: false,
            min_bidders: 1,
            contract_text: self.scan("contract"),
            below_valuation: None,
        })
    }

    fn record(&self, step: Step) -> Fallible<Evidence> {
        let text = |text: &str| Text::new(text);
        let done = china_date(self.now);
        let plan = self.plan()?;
        let digest = plan.digest()?;
        let tally = Tally::new(Eligible::Members(AllMembers(300)), Present(240), 220, 20, 0)?;
        let best = self.script.bids.last().copied().ok_or("nobody bids")?;
        Ok(match step {
            Step::AssetCheck => Evidence::AssetCheck(AssetCheckRecord {
                asset: self.script.asset,
                title: text("铺位")?,
                area_centi_m2: 8_000,
                usage: text("商铺")?,
                current_lease_ends: None,
                public_welfare: false,
            }),
            Step::PartyStudy => {
                Evidence::PartyStudy(PartyStudyRecord { minutes: self.scan("minutes"), endorsed: true, reason: text("同意")? })
            }
            Step::IntentNotice => Evidence::IntentNotice(IntentRecord {
                purpose: text("盘活铺位")?,
                method: text("公开竞投")?,
                term_months: 36,
                how_to_comment: text("意见箱")?,
            }),
            Step::Valuation => Evidence::Valuation(ValuationRecord {
                basis: ValuationBasis::Report(self.scan("report")),
                amount: self.script.floor,
                valid_until: done + Days::new(180),
                signatories: vec![person("pan")?, person("qiu")?],
            }),
            Step::PlanDraft => Evidence::PlanDraft(plan),
            Step::PlanReview => Evidence::PlanReview(ReviewRecord {
                plan: digest,
                opinion: self.scan("opinion"),
                legal_adviser: person("xie")?,
                approved: true,
                reason: text("合规")?,
            }),
            Step::MemberVote => Evidence::MemberVote(VoteRecord {
                plan: digest,
                called_on: self.case.began(Step::MemberVote).map_or(done, china_date),
                held_on: done,
                tally,
                tellers: vec![person("zhong")?],
                minutes: self.scan("vote"),
                below_valuation_voted: false,
            }),
            Step::PlanNotice => Evidence::PlanNotice(PlanNoticeRecord { plan: digest, tally }),
            Step::ProjectFiling => Evidence::ProjectFiling(FilingRecord { plan: digest, filing_number: text("立项-1")? }),
            Step::StreetReview => {
                Evidence::StreetReview(StreetReviewRecord {
                    plan: digest, decision: StreetDecision::Approved, reason: text("材料齐备")?
                })
            }
            Step::TradingNotice => Evidence::TradingNotice(TradingNoticeRecord {
                plan: digest,
                floor: plan.floor,
                deposit: plan.deposit,
                term_months: plan.term_months,
                area_centi_m2: plan.area_centi_m2,
                eligibility: plan.eligibility,
                notice_number: text("公告-1")?,
            }),
            Step::BidderRegistration => Evidence::BidderRegistration(RegistrationRecord {
                closed_on: done,
                registrants: self.registrants(plan.deposit)?,
                after_failure: AfterFailure::AnnounceAgain,
            }),
            Step::Bidding => Evidence::Bidding(BiddingRecord {
                bids: self.script.bids.iter().map(|(bidder, price)| BidMade { bidder: *bidder, price: *price }).collect(),
                winner: Some(best.0),
                witnesses: vec![person("wu")?, person("zheng")?],
                minutes: self.scan("session"),
                after_failure: AfterFailure::AnnounceAgain,
            }),
            Step::ResultNotice => Evidence::ResultNotice(ResultRecord {
                winner: best.0,
                price: best.1,
                bidders: u32::try_from(self.script.bids.len())?,
                how_to_object: text("向街道提出")?,
            }),
            Step::ContractSigning => Evidence::ContractSigning(ContractRecord::Signed(SignedContract {
                plan: digest,
                with: best.0,
                price: best.1,
                term_months: plan.term_months,
                text: plan.contract_text,
                signed_on: done,
                checked_by: person("xie")?,
            })),
            Step::FilingAndArchive => Evidence::FilingAndArchive(ArchiveRecord {
                contract_number: text("合同-1")?,
                filed_on: done,
                deposits: self
                    .script
                    .registrants
                    .iter()
                    .filter(|(who, _)| *who != best.0)
                    .map(|(who, _)| DepositReturned { bidder: *who, amount: plan.deposit, on: done })
                    .collect(),
                archive: ArchiveItem::ALL.map(|item| Archived { item, digest: self.scan(&format!("{item:?}")) }).to_vec(),
            }),
        })
    }

    fn registrants(&self, deposit: Money) -> Fallible<Vec<Registrant>> {
        let one = |(n, (who, qualified)): (usize, &(PersonId, bool))| {
            Ok(Registrant {
                bidder: *who,
                name: PersonName::new("竞投人")?,
                id_number: IdNumber::new(&format!("ID{who}"))?,
                // A shared account is put in afterwards: see the faults.
                account: AccountNumber::new(&format!("62220202{who}"))?,
                deposit,
                prepared_by: PersonName::new(&format!("经办{n}"))?,
                in_arrears: false,
                qualified: *qualified,
                reason: Text::new("已审")?,
            })
        };
        self.script.registrants.iter().enumerate().map(one).collect()
    }
}
