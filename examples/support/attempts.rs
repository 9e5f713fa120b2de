//! The attempts: each sets a lawful transaction up, and then does the one thing that it should not.

use chrono::TimeDelta;
use sanzi::case::{Command, Office, Opening, Stage, Subject};
use sanzi::disclosure::{Channel, Remark, Ruling, Status};
use sanzi::dongsha::*;
use sanzi::policy::{AllDirectors, Eligible, Present, Tally};
use sanzi::register::Term;
use sanzi::store::MemoryStore;
use sanzi::value::{AccountNumber, Digest, Money, PersonId, PersonName, Text};
use sanzi::{Engine, Error};

use super::drive::{Drive, DriveError};
use super::input::{Input, Transaction};
use super::ledger_attempts;

/// What came of an attempt.
pub(crate) enum Tried {
    Refused(Error),
    /// Refused by the file itself, in its own words.
    ByTheFile(String),
    Succeeded,
}

pub(crate) type Outcome = Result<Tried, Box<dyn std::error::Error>>;

pub(crate) struct Attempt {
    pub(crate) zh: &'static str,
    pub(crate) en: &'static str,
    pub(crate) run: fn(&Input) -> Outcome,
}

const fn attempt(zh: &'static str, en: &'static str, run: fn(&Input) -> Outcome) -> Attempt {
    Attempt { zh, en, run }
}

pub(crate) const ATTEMPTS: &[Attempt] = &[
    attempt("不开会、不表决，直接向平台立项", "no vote at all: the plan goes straight to the platform", no_vote),
    attempt("“两委”包办：理事会自己开会替成员表决", "two committees decide everything: the board votes in the members' place", board_votes),
    attempt("计票人是理事", "a member of the board counts the votes", board_counts),
    attempt("监事是理事的近亲属，照样审查", "a supervisor who is kin of the board reviews its plan", kin_reviews),
    attempt("一人两岗：自己申报，自己审核", "one person, two conflicting duties: files the project and approves it", one_person_two_duties),
    attempt(
        "私下低价：不进场，底价砍半，与熟人协商",
        "a low private price: half the valuation, negotiated with one friend",
        low_private_price,
    ),
    attempt("超长租期：一租三十年", "an over-long term: thirty years at once", over_long_term),
    attempt("化整为零：同一资产拆成两份小合同，逐份协商", "splitting: one asset in two small deals, each negotiated", splitting),
    attempt("场外交易：方案公示后不上平台，直接签合同", "off the platform: the contract is signed right after the vote", off_the_platform),
    attempt("偷改方案：表决的是一份，申报的是另一份", "the voted plan is changed: another one is filed", changed_plan),
    attempt("公告缩水：公告底价低于表决的底价", "the trading notice has a lower floor than the plan voted", lower_floor_announced),
    attempt("缩短公示：公告三天就开始报名", "a shortened notice: registration opens after three days", shortened_notice),
    attempt("会议通知前三天才发", "the meeting is called three days before it is held", called_too_late),
    attempt("倒签：会议记录补到十天以前", "back-dating: the minutes say that the meeting was ten days ago", back_dated),
    attempt("静悄悄公开：只在平台挂网，简报、公众号、公告栏都没有", "silent publication: on the platform alone", one_channel_only),
    attempt("贴一天就撕：公告从办公点拿掉，公示期照算", "the notice is taken off the board, and its period is counted on", removed_notice),
    attempt("自己的异议自己裁：理事会驳回对自己的异议", "the board dismisses an objection to its own notice", judge_in_own_matter),
    attempt(
        "围标串标：两家的保证金出自同一账户、标书出自一人之手",
        "bid rigging: two deposits from one account, two bids by one hand",
        bid_rigging,
    ),
    attempt("理事的亲属报名并被判合格", "a relative of the board bids and is declared qualified", kin_bids),
    attempt("资格不符的人中标", "someone who did not qualify wins", unqualified_winner),
    attempt("合同改价：签约价低于成交价", "the contract has a lower price than the bid that won", cheaper_contract),
    attempt("拨快时钟：把电脑日期调后一年，公示期“满了”", "the clock is set a year ahead, so that the period has run", clock_ahead),
    attempt("扣住保证金不退，先归档再说", "the file is archived while a loser's deposit is kept", deposit_kept),
    attempt("一物两卖：同一资产再立一宗", "one asset twice: a second transaction while the first is under way", asset_twice),
    attempt(
        "直接改账本：打开数据库改一条记录",
        "the ledger is changed by hand: an UPDATE in the database",
        ledger_attempts::update_refused,
    ),
    attempt(
        "拆掉触发器再改账本，然后装作没事",
        "the triggers are removed, the record is changed, the triggers are put back",
        ledger_attempts::forged_record,
    ),
];

/// A lawful transaction on its way in a ledger of its own.
struct Village<'a> {
    engine: Engine<Dongsha, MemoryStore>,
    drive: Drive<'a>,
}

impl<'a> Village<'a> {
    /// A transaction of the file, brought lawfully to a step; the clock stands where the next thing may be done.
    fn at(input: &'a Input, step: Step, stage: Stage) -> Result<Village<'a>, Box<dyn std::error::Error>> {
        let engine = engine(input)?;
        let mut drive = Drive::new(input, chosen(input)?);
        drive.to(&engine, step, stage)?;
        drive.wait(&engine)?;
        Ok(Village { engine, drive })
    }

    fn try_as(&mut self, who: &str, command: &Command<Dongsha>) -> Outcome {
        tried(self.drive.act(&self.engine, person(who)?, command))
    }

    fn perform(&mut self, who: &str, evidence: Evidence) -> Outcome {
        self.try_as(who, &Command::Perform { evidence, done: None })
    }

    fn good(&self) -> Result<Evidence, DriveError> {
        self.drive.good(&self.engine)
    }

    /// The plan that would be drafted, with something changed.
    fn perform_plan(&mut self, change: impl FnOnce(&mut PlanRecord)) -> Outcome {
        let mut plan = self.drive.plan()?;
        change(&mut plan);
        self.perform("huang", Evidence::PlanDraft(plan))
    }
}

/// The register of the file, but `li` holds two duties that do not go together.
fn engine(input: &Input) -> Result<Engine<Dongsha, MemoryStore>, Box<dyn std::error::Error>> {
    let mut office = Office::<Dongsha>::new(input.organisation, input.register.clone())?;
    let since = input.transactions.iter().map(|transaction| transaction.opened).min().unwrap_or_default();
    office.register.appoint(person("li")?, Role::StreetOffice, Term::since(since))?;
    Ok(Engine::new(office, MemoryStore::new(input.organisation))?)
}

fn chosen(input: &Input) -> Result<&Transaction, &'static str> {
    let good = |transaction: &&Transaction| transaction.bidders.len() >= 3 && transaction.incident.is_none();
    input.transactions.iter().find(good).ok_or("the file has no transaction with three bidders")
}

fn tried<T>(acted: Result<T, DriveError>) -> Outcome {
    match acted {
        Ok(_) => Ok(Tried::Succeeded),
        Err(DriveError::Act(error)) => Ok(Tried::Refused(error)),
        Err(other) => Err(other.into()),
    }
}

fn person(id: &str) -> Result<PersonId, Error> {
    Ok(PersonId::new(id)?)
}

fn no_vote(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::MemberVote, Stage::Pending)?;
    let filing = FilingRecord { plan: village.drive.frozen()?, filing_number: Text::new("立项-2018-001")? };
    village.perform("li", Evidence::ProjectFiling(filing))
}

fn board_votes(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::MemberVote, Stage::Pending)?;
    let mut evidence = village.good()?;
    if let Evidence::MemberVote(vote) = &mut evidence {
        vote.tally = Tally::new(Eligible::Directors(AllDirectors(7)), Present(7), 7, 0, 0)?;
    }
    village.perform("huang", evidence)
}

fn board_counts(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::MemberVote, Stage::Pending)?;
    let mut evidence = village.good()?;
    if let Evidence::MemberVote(vote) = &mut evidence {
        vote.tellers = vec![person("huang")?];
    }
    village.perform("yuan", evidence)
}

fn kin_reviews(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::PlanReview, Stage::Pending)?;
    let evidence = village.good()?;
    village.perform("mai", evidence)
}

fn one_person_two_duties(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::StreetReview, Stage::Pending)?;
    let evidence = village.good()?;
    village.perform("li", evidence)
}

fn low_private_price(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::PlanDraft, Stage::Pending)?;
    village.perform_plan(|plan| {
        plan.method = TradingMethod::Negotiation;
        plan.floor = Money::from_fen(plan.floor.fen() / 2).unwrap_or_default();
    })
}

fn over_long_term(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::PlanDraft, Stage::Pending)?;
    village.perform_plan(|plan| plan.term_months = 360)
}

/// Each part stays under the threshold; together they are over it.
fn splitting(input: &Input) -> Outcome {
    let engine = engine(input)?;
    let mut part = chosen(input)?.clone();
    let just_under = Money::from_yuan(9_999)?;
    part.terms.term_months = u32::try_from(just_under.fen() / part.terms.floor.fen().max(1))?;
    let mut first = Drive::new(input, &part);
    while first.next_moment(&engine.office().calendar)?.is_some() {
        first.turn(&engine)?;
    }
    let mut second = Drive::new(input, &part);
    second.now = first.now + TimeDelta::days(1);
    second.to(&engine, Step::PlanDraft, Stage::Pending)?;
    second.wait(&engine)?;
    Village { engine, drive: second }.perform_plan(|plan| plan.method = TradingMethod::Negotiation)
}

fn off_the_platform(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::ProjectFiling, Stage::Pending)?;
    let terms = village.drive.plan()?;
    let bidder = village.drive.transaction.bidders.first().copied().ok_or("no bidder")?;
    let contract = SignedContract {
        plan: village.drive.frozen()?,
        with: bidder,
        price: terms.floor,
        term_months: terms.term_months,
        text: village.drive.case.record::<PlanDraft>().map_or(terms.contract_text, |plan| plan.contract_text),
        signed_on: sanzi::calendar::china_date(village.drive.now),
        checked_by: person("xie")?,
    };
    village.perform("liang", Evidence::ContractSigning(ContractRecord::Signed(contract)))
}

fn changed_plan(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::ProjectFiling, Stage::Pending)?;
    let mut other = village.drive.plan()?;
    other.tenant_priority = true;
    let filing = FilingRecord { plan: other.digest()?, filing_number: Text::new("立项-2018-001")? };
    village.perform("li", Evidence::ProjectFiling(filing))
}

fn lower_floor_announced(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::TradingNotice, Stage::Pending)?;
    let mut evidence = village.good()?;
    if let Evidence::TradingNotice(notice) = &mut evidence {
        notice.floor = Money::from_fen(notice.floor.fen() / 2)?;
    }
    village.perform("song", evidence)
}

fn shortened_notice(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::TradingNotice, Stage::Performed)?;
    village.drive.turn(&village.engine)?;
    village.drive.now += TimeDelta::days(3);
    village.try_as("song", &Command::Advance { from: Step::TradingNotice })
}

fn called_too_late(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::MemberVote, Stage::Pending)?;
    let mut evidence = village.good()?;
    if let Evidence::MemberVote(vote) = &mut evidence {
        vote.called_on = vote.held_on - TimeDelta::days(3);
    }
    village.perform("yuan", evidence)
}

fn back_dated(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::MemberVote, Stage::Pending)?;
    let mut evidence = village.good()?;
    let done = village.drive.now - TimeDelta::days(10);
    if let Evidence::MemberVote(vote) = &mut evidence {
        vote.held_on = sanzi::calendar::china_date(done);
    }
    village.try_as("yuan", &Command::Perform { evidence, done: Some(done) })
}

fn one_channel_only(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::IntentNotice, Stage::Performed)?;
    let poster = person("huang")?;
    let mut receipts = village.drive.receipts(&village.engine, Subject::Step, poster)?;
    receipts.retain(|receipt| receipt.channel == Channel::Platform);
    village.try_as("huang", &Command::Publish { of: Subject::Step, receipts })
}

fn removed_notice(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::PlanNotice, Stage::Performed)?;
    let poster = person("huang")?;
    let posted = village.drive.receipts(&village.engine, Subject::Step, poster)?;
    village.drive.act(&village.engine, poster, &Command::Publish { of: Subject::Step, receipts: posted.clone() })?;
    village.drive.now += TimeDelta::days(1);
    let gone = posted.into_iter().filter(|receipt| receipt.channel == Channel::Office);
    let gone = gone.map(|receipt| sanzi::disclosure::Receipt { at: village.drive.now, ..receipt.with_status(Status::Removed) }).collect();
    village.drive.act(&village.engine, poster, &Command::Note { of: Subject::Step, receipts: gone })?;
    village.drive.now += TimeDelta::days(14);
    village.try_as("huang", &Command::Advance { from: Step::PlanNotice })
}

fn judge_in_own_matter(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::PlanNotice, Stage::Public)?;
    village.drive.now -= TimeDelta::days(1);
    let (resident, text) = (person("resident-01")?, Text::new("公示的底价与会上说的不一样")?);
    village.drive.act(&village.engine, resident, &Command::Object { kind: Remark::Objection, text, from: Some(resident) })?;
    let reply = Text::new("异议不成立")?;
    village.try_as("huang", &Command::Answer { number: 1, ruling: Ruling::Dismissed, reply })
}

fn bid_rigging(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::BidderRegistration, Stage::Pending)?;
    let mut evidence = village.good()?;
    if let Evidence::BidderRegistration(record) = &mut evidence {
        for registrant in record.registrants.iter_mut().take(2) {
            registrant.account = AccountNumber::new("6222020200011234567")?;
            registrant.prepared_by = PersonName::new("中介老钱")?;
        }
    }
    village.perform("song", evidence)
}

fn kin_bids(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::BidderRegistration, Stage::Pending)?;
    let mut evidence = village.good()?;
    if let Evidence::BidderRegistration(record) = &mut evidence
        && let Some(first) = record.registrants.first_mut()
    {
        first.bidder = person("bidder-07")?;
    }
    village.perform("song", evidence)
}

fn unqualified_winner(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::Bidding, Stage::Pending)?;
    let mut evidence = village.good()?;
    if let Evidence::Bidding(record) = &mut evidence
        && let Some(best) = record.ranking().first().map(|bid| bid.price)
    {
        let friend = person("bidder-07")?;
        record.bids.push(BidMade { bidder: friend, price: best.plus(Money::from_yuan(1_000)?)? });
        record.winner = Some(friend);
    }
    village.perform("song", evidence)
}

fn cheaper_contract(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::ContractSigning, Stage::Pending)?;
    let mut evidence = village.good()?;
    if let Evidence::ContractSigning(ContractRecord::Signed(contract)) = &mut evidence {
        contract.price = Money::from_fen(contract.price.fen() / 2)?;
        contract.text = Digest::of_bytes("另一份合同".as_bytes());
    }
    village.perform("liang", evidence)
}

fn clock_ahead(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::PlanNotice, Stage::Public)?;
    village.drive.now += TimeDelta::days(365);
    village.try_as("huang", &Command::Advance { from: Step::PlanNotice })
}

fn deposit_kept(input: &Input) -> Outcome {
    let mut village = Village::at(input, Step::FilingAndArchive, Stage::Pending)?;
    let mut evidence = village.good()?;
    if let Evidence::FilingAndArchive(record) = &mut evidence {
        record.deposits.clear();
        record.archive.retain(|archived| archived.item != ArchiveItem::Notices);
    }
    village.perform("li", evidence)
}

fn asset_twice(input: &Input) -> Outcome {
    let village = Village::at(input, Step::TradingNotice, Stage::Pending)?;
    let transaction = village.drive.transaction;
    let opening = Opening { asset: transaction.asset, title: Text::new("同一资产，再租一次")?, intended_bidder: None };
    tried(village.engine.open(&village.engine.acting(person("huang")?, village.drive.now), opening).map_err(DriveError::from))
}
