//! Random commands, people, times and records, each verdict compared with a naive second reading of the rules.
//!
//! A sequence of wishes is turned into commands against the state they meet, so that it shrinks to few wishes. More cases
//! by `PROPTEST_CASES`.

mod ask;
mod audited;

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::{DateTime, Days, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sanzi::case::*;
use sanzi::disclosure::{Remark, Ruling};
use sanzi::dongsha::*;
use sanzi::flow::{RoleId, StepId};
use sanzi::register::{Register, Term};
use sanzi::value::*;

use crate::reference::table::line;
use crate::reference::{Life, People, Reference};
use crate::village::{PEOPLE, at, day, person};

/// What somebody wants, before it is known what state it meets.
#[derive(Clone, Debug)]
struct Wish {
    /// The responsible party, or somebody by place.
    who: Option<prop::sample::Index>,
    wait: Wait,
    act: Act,
}

#[derive(Clone, Copy, Debug)]
enum Wait {
    No,
    Hours(u8),
    /// Until the next lawful moment, or so many days around it.
    Lawful(i8),
    Back(u8),
    Far,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    /// Whatever is next.
    Next,
    /// The step's record, twisted, and dated back by hours.
    Perform(u8, u8),
    /// The step's good record after five days, dated back by hours.
    Dated(u8),
    OtherStep(u8),
    Post(Subject, u8, bool),
    Advance(u8),
    Object(Remark, bool),
    Answer(Ruling),
    Raise,
    Recall(u8),
    Terminate,
    Open,
    SetClock,
    /// The clock ran ahead by so many hours; now it is set right.
    SetBack(u16),
}

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    let who = prop_oneof![12 => Just(None), 2 => any::<prop::sample::Index>().prop_map(Some)];
    let wait = prop_oneof![
        4 => Just(Wait::No), 2 => (0_u8..30).prop_map(Wait::Hours), 30 => Just(Wait::Lawful(0)), 3 => (-2_i8..9).prop_map(Wait::Lawful),
        1 => (0_u8..10).prop_map(Wait::Back),
    ];
    let wait = prop_oneof![300 => wait, 1 => Just(Wait::Far)];
    let subject = prop_oneof![6 => Just(Subject::Step), 1 => Just(Subject::Withdrawal), 1 => Just(Subject::Termination)];
    let act = prop_oneof![
        160 => Just(Act::Next),
        20 => (any::<u8>(), prop_oneof![3 => Just(0_u8), 1 => any::<u8>()]).prop_map(|(twist, back)| Act::Perform(twist, back)),
        5 => (0_u8..125).prop_map(Act::Dated),
        3 => (0_u8..16).prop_map(Act::OtherStep),
        9 => (subject, any::<u8>(), any::<bool>()).prop_map(|(of, twist, note)| Act::Post(of, twist, note)),
        2 => (0_u8..16).prop_map(Act::Advance),
        12 => (prop_oneof![Just(Remark::Comment), Just(Remark::Objection)], any::<bool>()).prop_map(|(kind, own)| Act::Object(kind, own)),
        4 => prop_oneof![3 => Just(Ruling::Dismissed), 2 => Just(Ruling::Upheld)].prop_map(Act::Answer),
        8 => Just(Act::Raise),
        3 => (0_u8..3).prop_map(Act::Recall),
        1 => Just(Act::SetClock),
        3 => (1_u16..1_500).prop_map(Act::SetBack),
    ];
    let act = prop_oneof![400 => act, 1 => Just(Act::Terminate), 1 => Just(Act::Open)];
    let wish = (who, wait, act).prop_map(|(who, wait, act)| Wish { who, wait, act });
    prop::collection::vec(wish, 60..170)
}

/// The village, with kin in awkward places.
const KIN: [(&str, &str); 4] = [("chen", "mai"), ("li", "jun"), ("song", "zhen"), ("bidder-c", "lin")];

fn people() -> People {
    let mut people: People = PEOPLE.iter().map(|(id, _, roles)| (*id, roles.iter().map(|role| role.id()).collect(), Vec::new())).collect();
    people.push(("jun", vec!["StreetOffice"], vec![]));
    people.push(("lin", vec!["Witness"], vec![]));
    people.push(("zhen", vec!["Witness"], vec![]));
    people.push(("quan", Role::ALL.iter().map(|role| role.id()).collect(), vec![]));
    people.push((
        "bo",
        Role::ALL.iter().filter(|role| !matches!(role, Role::Board | Role::FinanceStaff)).map(|role| role.id()).collect(),
        vec![],
    ));
    for (id, _, kin) in &mut people {
        kin.extend(KIN.iter().filter(|(one, _)| one == id).map(|(_, other)| *other));
    }
    people
}

fn office() -> Office<Dongsha> {
    let mut register = Register::new();
    for (id, roles, _) in people() {
        register.add(person(id), PersonName::new("某人").unwrap()).unwrap();
        for role in Role::ALL.iter().filter(|role| roles.contains(&role.id())) {
            register.appoint(person(id), *role, Term::since(day("2018-01-01"))).unwrap();
        }
    }
    for (one, other) in KIN {
        register.declare_kin(person(one), person(other)).unwrap();
    }
    Office::new(OrgId::new("dongtang").unwrap(), register).unwrap()
}

struct World {
    office: Office<Dongsha>,
    case: Case<Dongsha>,
    entries: Vec<Entry<Dongsha>>,
    reference: Reference,
    now: DateTime<Utc>,
    /// After how many entries, and what entry, the engine would not have made.
    refused: Vec<(usize, Entry<Dongsha>)>,
}

type Count = BTreeMap<String, usize>;

impl World {
    fn new() -> World {
        let case = Case::unopened(CaseId::new("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap()));
        World {
            office: office(),
            case,
            entries: Vec::new(),
            reference: Reference::new(people()),
            now: at(day("2018-03-05")),
            refused: Vec::new(),
        }
    }

    fn ask(&mut self, wish: &Wish, count: &mut Count) -> Result<(), TestCaseError> {
        let wait = match (wish.act, wish.wait) {
            (Act::Object(..) | Act::Recall(_), Wait::Lawful(0)) => Wait::No,
            (Act::Dated(_), Wait::Lawful(_)) => Wait::Lawful(5),
            (_, wait) => wait,
        };
        let now = match wish.act {
            Act::SetBack(hours) => (self.now - TimeDelta::hours(hours.into())).max(at(day("2018-01-08"))),
            act => self.moment(act, wait),
        };
        let (command, official) = self.command(wish.act, now);
        let people = people();
        let who = wish.who.map_or(official, |index| if index.index(40) == 0 { person("nobody") } else { person(index.get(&people).0) });
        let text = match &command {
            Command::Note { of, .. } | Command::Publish { of, .. } => self.case.posting(*of).map(|posting| posting.notice()),
            _ => None,
        };
        let expected = self.reference.judge(who, now, &command, text);
        let verdict = decide(&self.case, &self.office.acting(who, now), &command);
        let name = format!("{command:?}").split([' ', '(', '{']).next().unwrap_or_default().to_owned();
        let why = verdict.refusal().map(|refusal| refusal.codes().join(" "));
        prop_assert_eq!(
            expected.is_ok(),
            verdict.is_allowed(),
            "{} at step {} says {:?}, the engine {:?}\n{:?}",
            who,
            self.reference.at,
            expected,
            why,
            command
        );
        *count.entry(format!("{name} {}", if expected.is_ok() { "allowed" } else { "refused" })).or_default() += 1;
        if let Err(why) = expected {
            *count.entry(format!("  refused as: {why}")).or_default() += 1;
        }
        // A clock that jumps does not go on jumping; a refused wait has still passed.
        self.now = if matches!(wish.wait, Wait::Far | Wait::Back(_)) { self.now } else { self.now.max(now) };
        let Verdict::Allowed { entries, .. } = verdict else {
            self.refused.extend(self.forged(who, now, &command));
            return Ok(());
        };
        for entry in entries {
            self.case.evolve(&entry).map_err(|error| TestCaseError::fail(format!("cannot follow: {error}")))?;
            self.entries.push(entry);
        }
        let before = (self.reference.at, self.reference.life);
        self.reference.apply(who, now, &command);
        if matches!(command, Command::SetClock { .. }) {
            self.now = now;
            *count.entry(format!("clock set, {} to {}", before.0, self.reference.at)).or_default() += 1;
        }
        self.now = self.now.max(self.reference.last);
        if self.reference.at < before.0
            || matches!(command, Command::Advance { .. }) && self.reference.at == before.0 && self.reference.life == Life::Live
        {
            *count.entry(format!("returned {} to {}", before.0, self.reference.at)).or_default() += 1;
        }
        self.compare()
    }

    fn compare(&self) -> Result<(), TestCaseError> {
        let (life, step, stage) = match self.case.status() {
            CaseStatus::Unopened => (Life::Unopened, 0, 0),
            CaseStatus::At(place) => (Life::Live, place.step.number(), place.stage as u8),
            CaseStatus::Terminating => (Life::Terminating, 0, 0),
            CaseStatus::Terminated => (Life::Terminated, 0, 0),
            CaseStatus::Closed => (Life::Closed, 0, 0),
        };
        let expected = (self.reference.at, self.reference.stage);
        prop_assert_eq!(life, self.reference.life);
        prop_assert_eq!((step, stage), if life == Life::Live { expected } else { (0, 0) });
        for step in Step::ALL {
            prop_assert_eq!(self.case.performer(*step), self.reference.did.get(&step.number()).map(|did| did.by));
        }
        Ok(())
    }

    /// When it is tried.
    fn moment(&self, act: Act, wait: Wait) -> DateTime<Utc> {
        match wait {
            Wait::No => self.now,
            Wait::Hours(hours) => self.now + TimeDelta::hours(hours.into()),
            Wait::Back(days) => self.now - TimeDelta::days(days.into()) - TimeDelta::minutes(4),
            Wait::Far => self.now + TimeDelta::days(200),
            Wait::Lawful(days) => {
                let risen = self.reference.open().filter(|_| matches!(act, Act::Raise));
                let lawful = match (self.reference.at, self.reference.stage) {
                    _ if risen.is_some() => risen.and_then(|said| Some(said.last_days().nth(said.level())? + Days::new(1))),
                    (7, 0) => self.reference.meeting_day(),
                    (at, 2) if line(at).stays > 0 => self.reference.last_day().map(|last| last + Days::new(1)),
                    _ => None,
                };
                let days = TimeDelta::days(days.into());
                lawful.map_or(self.now, at).max(self.now).checked_add_signed(days).unwrap_or(self.now).max(self.now)
            }
        }
    }
}

/// What a history is must not depend on who looks: replayed, or written out and read back, it is the same case.
fn same_again(world: &World) -> Result<(), TestCaseError> {
    let replayed = Case::replay(world.case.id(), &world.entries).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(&replayed, &world.case);
    for entry in &world.entries {
        let json = serde_json::to_string(entry).unwrap();
        let back: Entry<Dongsha> = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&back, entry);
        prop_assert_eq!(serde_json::to_string(&back).unwrap(), json);
    }
    Ok(())
}

#[test]
fn the_engine_and_a_naive_reading_of_the_rules_agree() {
    let count = RefCell::new(Count::new());
    let config = Config {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(900),
        failure_persistence: None,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&wishes(), |wishes| {
        let mut world = World::new();
        let mut seen = Count::new();
        for wish in &wishes {
            world.ask(wish, &mut seen)?;
            *seen.entry(format!("reached step {:02}", world.reference.at)).or_insert(1) = 1;
        }
        same_again(&world)?;
        *seen.entry(format!("ended {:?}", world.reference.life)).or_default() += 1;
        let mut count = count.borrow_mut();
        seen.into_iter().for_each(|(what, times)| *count.entry(what).or_default() += times);
        Ok(())
    });
    let count = count.into_inner();
    count.iter().for_each(|(what, times)| println!("{times:8} {what}"));
    result.unwrap_or_else(|failure| panic!("{failure}"));
    let seen = |what: &str| count.keys().any(|key| key.starts_with(what));
    for what in ["ended Closed", "ended Terminat", "returned", "clock set, 4 to 3", "clock set, 8 to 7"] {
        assert!(seen(what), "{what}: never");
    }
    (1..=16).for_each(|step| assert!(seen(&format!("reached step {step:02}")), "step {step}: never"));
    for command in ["Open", "Perform", "Note", "Publish", "Advance", "Object", "Answer", "Raise", "Recall", "Terminate", "SetClock"] {
        assert!(seen(&format!("{command} refused")), "{command}: never refused");
    }
}
