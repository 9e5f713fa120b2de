//! The gate: every state that anybody can bring a case into, with everything that anybody may try there.
//!
//! The engine decides; a monitor that knows only the plain table looks at what was allowed. Two walks: one of the whole
//! process (postings, objections, returns, rejections, defaults) with everybody trying, and one of the people, in which
//! it is part of the state who performed what.

mod cast;
mod collude;
mod monitor;
mod moves;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use chrono::{DateTime, Utc};
use sanzi::calendar::china_date;
use sanzi::case::*;
use sanzi::disclosure::Remark;
use sanzi::dongsha::*;
use sanzi::flow::{Flow, StepId, Target};
use sanzi::value::{CaseId, PersonId};

use self::cast::Cast;
use self::monitor::Monitor;
use self::moves::{Move, moves};
use crate::reference::table::line;
use crate::village::{at, day, responsible};

/// Who tries to perform each step in the second walk, beside the official.
const CANDIDATES: [&str; 3] = ["quan", "bo", "xiao"];
/// A walk follows no more rejections and defaults than this, taken together.
const UNLUCKY: usize = 3;

/// A case, its clock, and what the monitor knows of it.
#[derive(Clone)]
pub struct Node {
    case: Case<Dongsha>,
    now: DateTime<Utc>,
    monitor: Monitor,
    /// Floor in yuan of the plan that was rejected last.
    rejected_floor: Option<u64>,
}

/// What makes two cases the same for the walk.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Key {
    status: CaseStatus<Step>,
    seen: (u32, u32),
    up: Vec<String>,
    /// Kind, level, and whether its day is past.
    open: Vec<(Remark, usize, bool)>,
    forced: Option<usize>,
    /// Whether the notice was ever up: it can be objected to.
    read: bool,
    leads: usize,
    rejected: usize,
    stale: bool,
    defaulted: usize,
    /// How often a winner has defaulted, in this bidding or an earlier one.
    defaults: usize,
    performers: Vec<Option<PersonId>>,
}

impl Node {
    fn key(&self, people: bool) -> Key {
        let up = |of| self.case.posting(of).map_or(String::from("-"), |posting| posting.confirmed().to_string());
        let rejected = self.rejected();
        let stale = self.case.record::<PlanDraft>().is_some_and(|plan| Some(plan.floor.fen() / 100) == self.rejected_floor);
        Key {
            status: self.case.status(),
            seen: self.monitor.key(),
            up: [Subject::Step, Subject::Withdrawal, Subject::Termination].map(up).to_vec(),
            open: self.monitor.open.iter().map(|open| (open.kind, open.level(), china_date(self.now) > open.last_day())).collect(),
            forced: self.monitor.forced,
            read: self.monitor.seen,
            leads: if self.monitor.performed { self.monitor.leads } else { 0 },
            rejected: if people { 0 } else { rejected },
            stale: stale && !people,
            defaulted: self.monitor.defaulted.len(),
            defaults: if people { 0 } else { self.defaults() },
            performers: if people { self.performers() } else { Vec::new() },
        }
    }

    /// Who performed each step that a later row, or the same one after a return, looks back at.
    fn performers(&self) -> Vec<Option<PersonId>> {
        let looks_back = |step: &&Step| match step.number() {
            1 | 3 | 4 | 10 | 15 => true,
            5 => self.monitor.at <= 6,
            9 => self.monitor.at <= 10,
            _ => false,
        };
        Step::ALL.iter().filter(looks_back).map(|step| self.case.performer(*step)).collect()
    }

    fn defaults(&self) -> usize {
        self.case.voided_records::<ContractSigning>().count()
    }

    /// How often a plan was rejected by the vote.
    fn rejected(&self) -> usize {
        let rejected = |vote: &&VoteRecord| vote.tally.present().0 == 240 && vote.tally.in_favour() == 119;
        self.case.voided_records::<MemberVote>().filter(rejected).count()
    }
}

/// The result of a walk.
struct Walk {
    keys: Vec<Key>,
    /// From, to, by place in `keys`.
    ways: BTreeSet<(usize, usize)>,
    allowed: usize,
    refused: usize,
    /// Edges of the table that were taken: from, to (17 is the end).
    edges: BTreeMap<(usize, usize), usize>,
    /// How often a clock that was set right took the case back to each step.
    taken_back: BTreeMap<usize, usize>,
}

fn walk(cast: &Cast, people: bool) -> Walk {
    let office = cast.office();
    let case = Case::unopened(CaseId::new("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap()));
    let start = Node { case, now: at(day("2018-03-05")), monitor: Monitor::default(), rejected_floor: None };
    let mut walk = Walk {
        keys: vec![start.key(people)],
        ways: BTreeSet::new(),
        allowed: 0,
        refused: 0,
        edges: BTreeMap::new(),
        taken_back: BTreeMap::new(),
    };
    let mut places: HashMap<Key, usize> = HashMap::from([(start.key(people), 0)]);
    let mut queue = VecDeque::from([(0, start)]);
    while let Some((place, node)) = queue.pop_front() {
        for attempt in moves(&node, people) {
            let Some(next) = try_move(&node, &attempt, &office, cast, &mut walk) else { continue };
            if !followed(&attempt, people) || (!people && next.rejected() + next.defaults() > UNLUCKY) {
                continue;
            }
            let key = next.key(people);
            let known = places.len();
            let to = *places.entry(key.clone()).or_insert(known);
            if to == known {
                walk.keys.push(key);
                queue.push_back((to, next));
            }
            walk.ways.insert((place, to));
        }
    }
    walk
}

/// In the first walk only the officials' own acts are followed: who else may act is tried, and belongs to the second.
fn followed(attempt: &Move, people: bool) -> bool {
    match &attempt.command {
        Command::Perform { evidence, .. } if people => {
            let step = EvidenceSet::step(evidence);
            attempt.who == responsible(step) || matches!(step as usize + 1, 1 | 3 | 4 | 5 | 9 | 10 | 15)
        }
        Command::Perform { evidence, .. } => attempt.who == responsible(EvidenceSet::step(evidence)),
        _ => true,
    }
}

fn try_move(node: &Node, attempt: &Move, office: &Office<Dongsha>, cast: &Cast, walk: &mut Walk) -> Option<Node> {
    let entries = match decide(&node.case, &office.acting(attempt.who, attempt.when), &attempt.command) {
        Verdict::Refused(refusal) => {
            assert!(!refusal.reasons().is_empty(), "refused for no reason: {:?}", attempt.command);
            walk.refused += 1;
            return None;
        }
        Verdict::Allowed { entries, .. } => entries,
    };
    walk.allowed += 1;
    let mut next = Node { now: attempt.when, ..node.clone() };
    for entry in &entries {
        next.case.evolve(entry).unwrap_or_else(|error| panic!("allowed, but cannot follow: {error}: {entry:?}"));
        let from = next.monitor.at;
        next.monitor.see(entry, cast).unwrap_or_else(|wrong| panic!("{wrong}\nby {} at {}", attempt.who, attempt.when));
        if let Event::Advanced { to, .. } = &entry.event {
            *walk.edges.entry((from, next.monitor.at)).or_default() += 1;
            check_voided(&next, from, *to);
        }
        if let Event::ClockSet { back: TakenBack::Steps { from: to, .. }, .. } = &entry.event {
            *walk.taken_back.entry(to.number()).or_default() += 1;
            let stands = Step::ALL.iter().skip(to.index()).find(|step| next.case.done(**step).is_some());
            assert_eq!(stands, None, "still stands after the clock was set, {from} -> {to}");
            assert_eq!(next.case.withdrawal().is_some(), next.monitor.owed, "what is up is withdrawn");
        }
    }
    if next.rejected() > node.rejected() {
        next.rejected_floor = node.case.record::<PlanDraft>().map(|plan| plan.floor.fen() / 100);
    }
    Some(next)
}

/// After a return nothing stands from its target on, and the withdrawal is owed.
fn check_voided(node: &Node, from: usize, to: Next<Step>) {
    let Next::Step(to) = to else { return };
    for step in Step::ALL.iter().skip(to.index()) {
        assert!(node.case.done(*step).is_none(), "{step} still stands after {from} -> {to}");
        assert!(node.case.performer(*step).is_none(), "who performed {step} still stands after {from} -> {to}");
    }
    assert_eq!(node.case.withdrawal().is_some(), to.number() <= from, "a return, and only a return, owes a withdrawal");
}

/// The states from which one of these can be reached.
fn can_reach(walk: &Walk, goal: impl Fn(&Key) -> bool) -> BTreeSet<usize> {
    let mut back: HashMap<usize, Vec<usize>> = HashMap::new();
    for (from, to) in &walk.ways {
        back.entry(*to).or_default().push(*from);
    }
    let mut found: BTreeSet<usize> = (0..walk.keys.len()).filter(|place| goal(&walk.keys[*place])).collect();
    let mut queue: Vec<usize> = found.iter().copied().collect();
    while let Some(place) = queue.pop() {
        for from in back.get(&place).into_iter().flatten() {
            if found.insert(*from) {
                queue.push(*from);
            }
        }
    }
    found
}

fn table_edges() -> BTreeSet<(usize, usize)> {
    (1..=16).flat_map(|step| line(step).to.iter().map(move |to| (step, *to))).collect()
}

#[test]
fn the_rows_of_the_crate_are_those_of_the_paper() {
    let to = |to: &Target<Step>| if let Target::Step(step) = to { step.number() } else { 17 };
    let rows = Dongsha::ROWS.iter().flat_map(|row| row.outcomes.iter().map(move |way| (row.step.number(), to(&way.to))));
    assert_eq!(rows.collect::<BTreeSet<_>>(), table_edges());
    for row in Dongsha::ROWS {
        let line = line(row.step.number());
        assert_eq!((row.step.id(), sanzi::flow::RoleId::id(row.by)), (line.id, line.by));
        assert_eq!(row.posts.channels.to_string(), line.channels, "{}", line.id);
    }
}

/// Closed implies all sixteen, in order, public, after the last return (the monitor says so on every way); a return
/// voids; what is allowed can follow; from every state an end can be reached; the edges taken are those of the table.
#[test]
fn every_state_of_the_process_is_lawful() {
    let walk = walk(&Cast::village(), false);
    assert_eq!(walk.edges.keys().copied().collect::<BTreeSet<_>>(), table_edges());
    let ended = |key: &Key| matches!(key.status, CaseStatus::Closed | CaseStatus::Terminated);
    let ends = can_reach(&walk, ended);
    let stuck: Vec<&Key> = (0..walk.keys.len()).filter(|place| !ends.contains(place)).map(|p| &walk.keys[p]).collect();
    assert!(stuck.is_empty(), "no end can be reached from {:?}", &stuck[..1]);
    let closes = can_reach(&walk, |key| key.status == CaseStatus::Closed);
    // At the edge of the walk the next rejection or default is not followed, so nothing can be said there.
    let live = |key: &Key| matches!(key.status, CaseStatus::At(_)) && key.rejected + key.defaults < UNLUCKY;
    let hopeless: Vec<&Key> = (0..walk.keys.len()).filter(|p| live(&walk.keys[*p]) && !closes.contains(p)).map(|p| &walk.keys[p]).collect();
    println!(
        "process: {} states, {} ways, {} allowed, {} refused, {} hopeless",
        walk.keys.len(),
        walk.ways.len(),
        walk.allowed,
        walk.refused,
        hopeless.len()
    );
    assert!(hopeless.is_empty(), "no lawful close can be reached from {:?}", hopeless.first());
    println!("a clock set right takes back to {:?}", walk.taken_back);
    assert!([3, 5, 7, 8, 11, 14].iter().all(|step| walk.taken_back.contains_key(step)));
    assert_eq!((walk.keys.len(), walk.ways.len()), (12_737, 58_380));
}

/// The same with who performed what in the state: an official, someone who holds every role, someone who holds all but
/// board and finance, and kin of the second.
#[test]
fn every_combination_of_people_is_lawful() {
    let walk = walk(&Cast::village(), true);
    println!("people: {} states, {} ways, {} allowed, {} refused", walk.keys.len(), walk.ways.len(), walk.allowed, walk.refused);
    assert_eq!((walk.keys.len(), walk.ways.len()), (5_267, 6_192));
}
