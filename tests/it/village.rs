//! A village with everybody in place, whose records are good: what each test then breaks in one place.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use sanzi::calendar::{china_date, china_midnight};
use sanzi::case::*;
use sanzi::disclosure::{Proof, Receipt, Status};
use sanzi::dongsha::*;
use sanzi::flow::{Flow, StepId};
use sanzi::policy::{AllMembers, Eligible, Present, Tally};
use sanzi::register::{Register, Term};
use sanzi::value::*;

pub fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

pub fn person(id: &str) -> PersonId {
    PersonId::new(id).unwrap()
}

pub fn yuan(yuan: u64) -> Money {
    Money::from_yuan(yuan).unwrap()
}

pub fn day(day: &str) -> NaiveDate {
    day.parse().unwrap()
}

/// Nine in the morning in China.
pub fn at(date: NaiveDate) -> DateTime<Utc> {
    china_midnight(date) + TimeDelta::hours(9)
}

pub fn scan(name: &str) -> Digest {
    Digest::of_bytes(name.as_bytes())
}

/// Who holds which role.
pub const PEOPLE: [(&str, &str, &[Role]); 24] = [
    ("chen", "陈大文", &[Role::Board]),
    ("liang", "梁伯强", &[Role::BoardChair]),
    ("he", "何志明", &[Role::PartyBranch]),
    ("pan", "潘玉", &[Role::Appraiser]),
    ("qiu", "邱工", &[Role::Appraiser]),
    ("guan", "关小红", &[Role::Supervisors]),
    ("mai", "麦志成", &[Role::Supervisors]),
    ("yuan", "袁婉", &[Role::MemberAssembly]),
    ("zhong", "钟点票", &[Role::MemberAssembly]),
    ("li", "李管理", &[Role::AssetClerk]),
    ("fang", "方审核", &[Role::StreetOffice]),
    ("song", "宋主持", &[Role::TradingCentre]),
    ("xie", "谢律师", &[Role::LegalAdviser]),
    ("tan", "谭会计", &[Role::FinanceStaff]),
    ("wu", "吴廉", &[Role::Witness]),
    ("zheng", "郑廉", &[Role::Witness]),
    ("zhan", "詹站长", &[Role::IntegrityStation]),
    ("dang", "邓学文", &[Role::CommunityParty]),
    ("ji", "季立本", &[Role::StreetDiscipline]),
    ("qu", "瞿正", &[Role::DistrictDiscipline]),
    ("bidder-a", "甲公司", &[]),
    ("bidder-b", "乙公司", &[]),
    ("bidder-c", "丙公司", &[]),
    ("resident", "街坊", &[]),
];

pub fn register() -> Register<Role> {
    let mut register = Register::new();
    for (id, name, roles) in PEOPLE {
        register.add(person(id), PersonName::new(name).unwrap()).unwrap();
        for role in roles {
            register.appoint(person(id), *role, Term::since(day("2018-01-01"))).unwrap();
        }
    }
    register
}

pub fn office() -> Office<Dongsha> {
    Office::new(OrgId::new("dongtang").unwrap(), register()).unwrap()
}

/// The person who performs a step, posts its notice and leaves it.
pub fn responsible(step: Step) -> PersonId {
    let by = Dongsha::row(step).by;
    person(PEOPLE.iter().find(|(_, _, roles)| roles.contains(&by)).unwrap().0)
}

pub fn opening() -> Opening {
    Opening { asset: AssetId::new("DT-001").unwrap(), title: text("东侧一楼铺位出租"), intended_bidder: None }
}

pub fn plan() -> PlanRecord {
    PlanRecord {
        kind: DealKind::Lease,
        method: TradingMethod::PublicBidding,
        floor: yuan(2_000),
        term_months: 36,
        area_centi_m2: 8_000,
        usage: text("商铺"),
        deposit: yuan(4_000),
        increment: yuan(50),
        eligibility: text("年满十八周岁，无拖欠本社款项"),
        tenant_priority: true,
        min_bidders: 1,
        contract_text: scan("contract"),
        below_valuation: None,
    }
}

pub fn registrant(id: &str) -> Registrant {
    let name = PEOPLE.iter().find(|(person, ..)| *person == id).unwrap().1;
    Registrant {
        bidder: person(id),
        name: PersonName::new(name).unwrap(),
        id_number: IdNumber::new(&format!("91440101MA5{id}")).unwrap(),
        account: AccountNumber::new(&format!("62220202{id}")).unwrap(),
        deposit: plan().deposit,
        prepared_by: PersonName::new(&format!("{name}经办")).unwrap(),
        in_arrears: false,
        qualified: true,
        reason: text("材料齐全"),
    }
}

pub fn tally() -> Tally {
    Tally::new(Eligible::Members(AllMembers(300)), Present(240), 220, 12, 8).unwrap()
}

/// Who has defaulted in the round of bidding that stands: a new registration begins a new one.
fn defaulted(case: &Case<Dongsha>) -> Vec<PersonId> {
    let mut out = Vec::new();
    for evidence in case.voided() {
        match evidence {
            Evidence::BidderRegistration(_) => out.clear(),
            Evidence::ContractSigning(ContractRecord::Defaulted(default)) if default.then == AfterDefault::NextRanked => {
                out.push(default.winner)
            }
            _ => {}
        }
    }
    out
}

/// A good record for a step of this case, done on a day.
pub fn record(case: &Case<Dongsha>, step: Step, done: NaiveDate) -> Evidence {
    let frozen = case.record::<PlanDraft>().and_then(|plan| plan.digest().ok()).unwrap_or(Digest::NONE);
    let terms = case.record::<PlanDraft>().cloned().unwrap_or_else(plan);
    match step {
        Step::AssetCheck => Evidence::AssetCheck(AssetCheckRecord {
            asset: case.opening().map_or(opening().asset, |opening| opening.asset),
            title: text("东侧一楼铺位"),
            area_centi_m2: 8_000,
            usage: text("商铺"),
            current_lease_ends: None,
            public_welfare: false,
        }),
        Step::PartyStudy => {
            Evidence::PartyStudy(PartyStudyRecord { minutes: scan("minutes-2"), endorsed: true, reason: text("符合集体利益") })
        }
        Step::IntentNotice => Evidence::IntentNotice(IntentRecord {
            purpose: text("盘活闲置铺位"),
            method: text("公开竞投"),
            term_months: 36,
            how_to_comment: text("对外办公点意见箱"),
        }),
        Step::Valuation => Evidence::Valuation(ValuationRecord {
            basis: ValuationBasis::Quotes(vec![yuan(1_900), yuan(2_000), yuan(2_100)]),
            amount: yuan(2_000),
            valid_until: done + Days::new(180),
            signatories: vec![person("pan"), person("qiu")],
        }),
        Step::PlanDraft => Evidence::PlanDraft(plan()),
        Step::PlanReview => Evidence::PlanReview(ReviewRecord {
            plan: frozen,
            opinion: scan("opinion"),
            legal_adviser: person("xie"),
            approved: true,
            reason: text("程序合规"),
        }),
        Step::MemberVote => Evidence::MemberVote(VoteRecord {
            plan: frozen,
            called_on: case.began(Step::MemberVote).map_or(done, china_date),
            held_on: done,
            tally: tally(),
            tellers: vec![person("zhong")],
            minutes: scan("minutes-7"),
            below_valuation_voted: terms.below_valuation.is_some(),
        }),
        Step::PlanNotice => Evidence::PlanNotice(PlanNoticeRecord {
            plan: frozen,
            tally: case.record::<MemberVote>().map_or_else(tally, |vote| vote.tally),
        }),
        Step::ProjectFiling => Evidence::ProjectFiling(FilingRecord { plan: frozen, filing_number: text("荔三资2018-001") }),
        Step::StreetReview => Evidence::StreetReview(StreetReviewRecord {
            plan: frozen,
            decision: StreetDecision::Approved,
            reason: text("材料齐备，程序完整"),
        }),
        Step::TradingNotice => Evidence::TradingNotice(TradingNoticeRecord {
            plan: frozen,
            floor: terms.floor,
            deposit: terms.deposit,
            term_months: terms.term_months,
            area_centi_m2: terms.area_centi_m2,
            eligibility: terms.eligibility.clone(),
            notice_number: text("公告2018-001"),
        }),
        Step::BidderRegistration => Evidence::BidderRegistration(RegistrationRecord {
            closed_on: done,
            registrants: ["bidder-a", "bidder-b", "bidder-c"].map(|id| Registrant { deposit: terms.deposit, ..registrant(id) }).to_vec(),
            after_failure: AfterFailure::AnnounceAgain,
        }),
        Step::Bidding => Evidence::Bidding(BiddingRecord {
            bids: vec![
                BidMade { bidder: person("bidder-a"), price: terms.floor },
                BidMade { bidder: person("bidder-b"), price: terms.floor.plus(yuan(100)).unwrap() },
                BidMade { bidder: person("bidder-a"), price: terms.floor.plus(yuan(250)).unwrap() },
            ],
            winner: Some(person("bidder-a")),
            witnesses: vec![person("wu"), person("zheng")],
            minutes: scan("minutes-13"),
            after_failure: AfterFailure::AnnounceAgain,
        }),
        Step::ResultNotice => {
            let bidding = case.record::<Bidding>();
            let defaulted = defaulted(case);
            let ranking = bidding.map(BiddingRecord::ranking).unwrap_or_default();
            let winner = ranking.iter().find(|bid| !defaulted.contains(&bid.bidder));
            Evidence::ResultNotice(ResultRecord {
                winner: winner.map_or(person("bidder-a"), |bid| bid.bidder),
                price: winner.map_or(terms.floor, |bid| bid.price),
                bidders: u32::try_from(ranking.len()).unwrap(),
                how_to_object: text("向街道“三资”办提出"),
            })
        }
        Step::ContractSigning => {
            let result = case.record::<ResultNotice>();
            Evidence::ContractSigning(ContractRecord::Signed(SignedContract {
                plan: frozen,
                with: result.map_or(person("bidder-a"), |result| result.winner),
                price: result.map_or(terms.floor, |result| result.price),
                term_months: terms.term_months,
                text: terms.contract_text,
                signed_on: done,
                checked_by: person("xie"),
            }))
        }
        Step::FilingAndArchive => {
            let winner = case.record::<ResultNotice>().map(|result| result.winner);
            let registrants = case.record::<BidderRegistration>().map(|record| record.registrants.clone()).unwrap_or_default();
            Evidence::FilingAndArchive(ArchiveRecord {
                contract_number: text("东塱合2018-001"),
                filed_on: done,
                deposits: registrants
                    .iter()
                    .filter(|registrant| Some(registrant.bidder) != winner && !defaulted(case).contains(&registrant.bidder))
                    .map(|registrant| DepositReturned { bidder: registrant.bidder, amount: registrant.deposit, on: done })
                    .collect(),
                archive: ArchiveItem::ALL.map(|item| Archived { item, digest: scan(&format!("{item:?}")) }).to_vec(),
            })
        }
    }
}

/// Good receipts for every channel on which a notice is still missing.
pub fn receipts(case: &Case<Dongsha>, of: Subject, moment: DateTime<Utc>) -> Vec<Receipt> {
    let Some(posting) = case.posting(of) else { return Vec::new() };
    let verifier = case.place().and_then(|place| Dongsha::row(place.step).posts.verified_by);
    let confirm = |channel| Receipt {
        channel,
        notice: posting.notice(),
        status: Status::Confirmed,
        at: moment,
        proof: Proof::Reference(text("第一版")),
        verified_by: verifier.filter(|_| of == Subject::Step).map(|_| person("guan")),
    };
    posting.missing().iter().map(confirm).collect()
}

/// A case on its way, with the clock that goes with it.
#[derive(Clone)]
pub struct Run {
    pub office: Office<Dongsha>,
    pub case: Case<Dongsha>,
    pub entries: Vec<Entry<Dongsha>>,
    pub now: DateTime<Utc>,
}

impl Run {
    /// Opened on a Monday in March 2018.
    pub fn opened() -> Run {
        Run::opened_on(day("2018-03-05"))
    }

    pub fn opened_on(date: NaiveDate) -> Run {
        Run::with(office(), date)
    }

    pub fn with(office: Office<Dongsha>, date: NaiveDate) -> Run {
        let id = CaseId::new("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap());
        let mut run = Run { office, case: Case::unopened(id), entries: Vec::new(), now: at(date) };
        run.must(responsible(Step::AssetCheck), Command::Open(opening()));
        run
    }

    /// Asks without doing.
    pub fn ask(&self, who: PersonId, command: &Command<Dongsha>) -> Verdict<Dongsha> {
        decide(&self.case, &self.office.acting(who, self.now), command)
    }

    /// Does what must be allowed.
    pub fn must(&mut self, who: PersonId, command: Command<Dongsha>) -> &mut Run {
        match self.ask(who, &command) {
            Verdict::Allowed { entries, .. } => {
                for entry in entries {
                    self.case.evolve(&entry).unwrap();
                    self.entries.push(entry);
                }
            }
            Verdict::Refused(refusal) => panic!("{command:?}\n{refusal}"),
        }
        self
    }

    /// The codes for which a command is refused; none if it is allowed.
    pub fn codes(&self, who: PersonId, command: &Command<Dongsha>) -> Vec<String> {
        self.ask(who, command).refusal().map(|r| r.codes().iter().map(ToString::to_string).collect()).unwrap_or_default()
    }

    pub fn step(&self) -> Step {
        self.case.place().expect("the case is live").step
    }

    pub fn today(&self) -> NaiveDate {
        china_date(self.now)
    }

    /// Lets whole days pass.
    pub fn wait(&mut self, days: u64) -> &mut Run {
        self.now += TimeDelta::days(i64::try_from(days).unwrap());
        self
    }

    /// Waits until the current step can lawfully be performed.
    pub fn wait_to_perform(&mut self) -> &mut Run {
        let first = self.case.plan(&self.office.calendar, self.now).unwrap()[0].perform.date().unwrap();
        self.now = self.now.max(at(first));
        self
    }

    /// Waits until the current step can lawfully be left.
    pub fn wait_to_leave(&mut self) -> &mut Run {
        let first = self.case.plan(&self.office.calendar, self.now).unwrap()[0].leave.date().unwrap();
        self.now = self.now.max(at(first));
        self
    }

    /// A good record for the current step.
    pub fn good(&self) -> Evidence {
        record(&self.case, self.step(), self.today())
    }

    pub fn perform(&mut self) -> &mut Run {
        self.wait_to_perform();
        let evidence = self.good();
        self.perform_with(evidence)
    }

    pub fn perform_with(&mut self, evidence: Evidence) -> &mut Run {
        self.must(responsible(self.step()), Command::Perform { evidence, done: None })
    }

    pub fn publish(&mut self) -> &mut Run {
        let receipts = receipts(&self.case, Subject::Step, self.now);
        self.must(responsible(self.step()), Command::Publish { of: Subject::Step, receipts })
    }

    pub fn withdraw(&mut self) -> &mut Run {
        let receipts = receipts(&self.case, Subject::Withdrawal, self.now);
        self.must(responsible(self.step()), Command::Publish { of: Subject::Withdrawal, receipts })
    }

    pub fn advance(&mut self) -> &mut Run {
        self.wait_to_leave();
        let from = self.step();
        self.must(responsible(from), Command::Advance { from })
    }

    /// Performs, publishes and leaves the current step.
    pub fn do_step(&mut self) -> &mut Run {
        if self.case.withdrawal().is_some() {
            self.withdraw();
        }
        self.perform().publish().advance()
    }

    /// Goes on until the case stands at a step, pending.
    pub fn to(&mut self, step: Step) -> &mut Run {
        while self.step() != step {
            assert!(self.step().index() < step.index(), "{step} is behind");
            self.do_step();
        }
        self
    }

    /// Goes on to the end.
    pub fn finish(&mut self) -> &mut Run {
        while self.case.place().is_some() {
            self.do_step();
        }
        self
    }
}
