//! How long a question takes, and a decision, beside a match written by hand and two libraries that check nothing of ours.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    missing_docs,
    dropping_copy_types,
    clippy::drop_non_drop,
    reason = "a bench that cannot go on stops"
)]

#[path = "common/bare.rs"]
mod bare;
#[path = "common/mod.rs"]
mod common;
#[path = "../tests/it/village.rs"]
#[allow(dead_code, unreachable_pub, clippy::wrong_self_convention)]
mod village;

use std::hint::black_box;
use std::time::Instant;

use bare::{Asker, Bare};
use chrono::NaiveDate;
use common::{Contender, Random, compare, sized};
use sanzi::case::{Acting, Case, Command, Stage, Subject, Verdict, decide};
use sanzi::disclosure::Notice;
use sanzi::dongsha::{Dongsha, Step};
use sanzi::flow::StepId;
use sanzi::value::{Digest, PersonId};
use village::{PEOPLE, Run, receipts, responsible};

/// The case at every stage of every step, each at a moment when the next move is lawful.
fn snapshots() -> Vec<Run> {
    let mut run = Run::opened();
    let mut all = Vec::new();
    while run.case.place().is_some() {
        run.wait_to_perform();
        all.push(run.clone());
        run.perform();
        all.push(run.clone());
        run.publish();
        run.wait_to_leave();
        all.push(run.clone());
        run.advance();
    }
    all
}

/// One question: which case, which step, who asks.
struct Question {
    case: usize,
    step: Step,
    asker: usize,
}

fn main() {
    let snapshots = snapshots();
    check_beside_bare(&snapshots);
    machines();
    decisions(&snapshots);
}

fn check_beside_bare(snapshots: &[Run]) {
    let many = sized(65_536, 256);
    let mut random = Random(7);
    let number = |person: PersonId| PEOPLE.iter().zip(1..).find(|((id, ..), _)| *id == person.as_str()).unwrap().1;
    let vote = snapshots.iter().find(|run| run.step() == Step::MemberVote).unwrap();
    let lead_over = |run: &Run| if run.step() == Step::MemberVote { vote.today() } else { NaiveDate::MIN };

    // One asker for each snapshot and person, as a host resolves them once for a request.
    let askers: Vec<Acting<'_, Dongsha>> =
        snapshots.iter().flat_map(|run| PEOPLE.iter().map(|(id, ..)| snapshots[0].office.acting(village::person(id), run.now))).collect();
    let bare_asker = |acting: &Acting<'_, Dongsha>| {
        let actor = acting.office().register.actor(acting.person(), sanzi::calendar::china_date(acting.now())).unwrap();
        Asker::of(&actor, &number, acting.now())
    };
    let bare_askers: Vec<Asker> = askers.iter().map(bare_asker).collect();

    let pending: Vec<usize> = (0..snapshots.len()).filter(|at| snapshots[*at].case.place().unwrap().stage == Stage::Pending).collect();
    for (title, count, allowed) in
        [("check, all allowed", many, true), ("check, all allowed, in cache", 64, true), ("check, nearly all refused", many, false)]
    {
        let repeats = many / count;
        let (mut cases, mut bares, mut questions) = (Vec::new(), Vec::new(), Vec::new());
        for case in 0..count {
            let at = if allowed { pending[random.below(pending.len())] } else { random.below(snapshots.len()) };
            let run = &snapshots[at];
            cases.push(run.case.clone());
            bares.push(Bare::of(&run.case, lead_over(run), &number));
            let step = if allowed { run.step() } else { Step::ALL[random.below(16)] };
            let person = if allowed { number(responsible(step)) as usize - 1 } else { random.below(PEOPLE.len()) };
            questions.push(Question { case, step, asker: at * PEOPLE.len() + person });
        }
        random.shuffle(&mut questions);
        for Question { case, step, asker } in &questions {
            let yes = cases[*case].check(*step, &askers[*asker]).is_ok();
            assert_eq!(yes, bares[*case].check(step.index() as u8, &bare_askers[*asker]), "the two check the same");
            assert!(yes || !allowed);
        }
        let ours = |Question { case, step, asker }: &Question| cases[*case].check(*step, &askers[*asker]).is_ok();
        let bare = |Question { case, step, asker }: &Question| bares[*case].check(step.index() as u8, &bare_askers[*asker]);
        let sum = |ask: &dyn Fn() -> usize| (0..repeats).for_each(|_| drop(black_box(ask())));
        compare(
            &format!("{title}: {count} random cases in shuffled order"),
            31,
            vec![
                Contender::new("a match written by hand, yes or no", many, || sum(&|| questions.iter().filter(|q| bare(q)).count())),
                Contender::new("Case::check, with every reason", many, || sum(&|| questions.iter().filter(|q| ours(q)).count())),
            ],
        );
    }
}

rust_fsm::state_machine! {
    stages(Pending)
    Pending(Perform) => Performed,
    Performed(Publish) => Public,
    Public(Advance) => Pending
}

#[derive(Default)]
struct Stages;

enum Move {
    Perform,
    Publish,
    Advance,
}

#[statig::prelude::state_machine(initial = "State::pending()")]
impl Stages {
    #[state]
    fn pending(event: &Move) -> statig::Outcome<State> {
        if matches!(event, Move::Perform) { statig::Outcome::Transition(State::performed()) } else { statig::Outcome::Super }
    }
    #[state]
    fn performed(event: &Move) -> statig::Outcome<State> {
        if matches!(event, Move::Publish) { statig::Outcome::Transition(State::public()) } else { statig::Outcome::Super }
    }
    #[state]
    fn public(event: &Move) -> statig::Outcome<State> {
        if matches!(event, Move::Advance) { statig::Outcome::Transition(State::pending()) } else { statig::Outcome::Super }
    }
}

/// The three verbs in two libraries for state machines, without people, evidence, publication or time.
fn machines() {
    use statig::prelude::IntoStateMachineExt as _;
    let count = sized(65_536, 256);
    let mut order: Vec<usize> = (0..count).collect();
    Random(11).shuffle(&mut order);
    let mut statigs: Vec<_> = (0..count).map(|_| Stages.uninitialized_state_machine().init()).collect();
    let mut fsms: Vec<_> = (0..count).map(|_| stages::StateMachine::new()).collect();
    let mut bares = vec![0_u8; count];
    compare(
        &format!("three moves of {count} machines that check nothing of ours"),
        31,
        vec![
            Contender::new("a match written by hand", count * 3, || {
                for kind in 0..3_u8 {
                    order.iter().for_each(|at| bares[*at] = if bares[*at] == black_box(kind) { (kind + 1) % 3 } else { bares[*at] });
                }
            }),
            Contender::new("statig 0.4", count * 3, || {
                for event in [Move::Perform, Move::Publish, Move::Advance] {
                    order.iter().for_each(|at| statigs[*at].handle(black_box(&event)));
                }
            }),
            Contender::new("rust-fsm 0.8", count * 3, || {
                for event in [stages::Input::Perform, stages::Input::Publish, stages::Input::Advance] {
                    order.iter().for_each(|at| drop(black_box(fsms[*at].consume(black_box(&event)))));
                }
            }),
        ],
    );
}

fn decided(case: &Case<Dongsha>, acting: &Acting<'_, Dongsha>, command: &Command<Dongsha>) -> Vec<sanzi::case::Entry<Dongsha>> {
    match decide(case, acting, command) {
        Verdict::Allowed { entries, .. } => entries,
        Verdict::Refused(refusal) => panic!("{refusal}"),
    }
}

/// `decide` and `evolve` over all sixteen steps, and of what they are made.
fn decisions(snapshots: &[Run]) {
    let repeats = sized(8, 1);
    for (title, stage) in [("perform", Stage::Pending), ("publish", Stage::Performed), ("advance", Stage::Public)] {
        let moves: Vec<(&Run, Acting<'_, Dongsha>, Command<Dongsha>)> = snapshots
            .iter()
            .filter(|run| run.case.place().unwrap().stage == stage)
            .map(|run| {
                let command = match stage {
                    Stage::Pending => Command::Perform { evidence: run.good(), done: None },
                    Stage::Performed => Command::Publish { of: Subject::Step, receipts: receipts(&run.case, Subject::Step, run.now) },
                    Stage::Public => Command::Advance { from: run.step() },
                };
                (run, run.office.acting(responsible(run.step()), run.now), command)
            })
            .collect();
        let notices: Vec<Notice> = moves.iter().filter_map(|(run, _, command)| preview(run, command)).collect();
        let texts: Vec<Vec<u8>> = notices.iter().map(Notice::canonical).collect();
        let all = moves.len() * repeats;
        let mut contenders = vec![
            Contender::timed("decide and evolve", all, || {
                // The case that changes is cloned outside the time: a host has it already.
                let mut after: Vec<Case<Dongsha>> = (0..repeats).flat_map(|_| &moves).map(|(run, ..)| run.case.clone()).collect();
                let start = Instant::now();
                for (case, (_, acting, command)) in after.iter_mut().zip((0..repeats).flat_map(|_| &moves)) {
                    for entry in decided(case, acting, command) {
                        case.evolve(&entry).unwrap();
                    }
                }
                start.elapsed()
            }),
            Contender::new("decide alone", all, || {
                for (run, acting, command) in (0..repeats).flat_map(|_| &moves) {
                    black_box(decide(&run.case, acting, command)).is_allowed();
                }
            }),
        ];
        if stage == Stage::Pending {
            contenders.push(Contender::new("  the notice: made, written, hashed", all, || {
                (0..repeats).flat_map(|_| &moves).for_each(|(run, _, command)| {
                    black_box(preview(run, command).map(|notice| notice.digest()));
                });
            }));
            contenders.push(Contender::new("  the notice: made", all, || {
                (0..repeats).flat_map(|_| &moves).for_each(|(run, _, command)| drop(black_box(preview(run, command))));
            }));
            contenders.push(Contender::new("  the notice: written", all, || {
                (0..repeats).flat_map(|_| &notices).for_each(|notice| drop(black_box(notice.canonical())));
            }));
            contenders.push(Contender::new("  the notice: its bytes hashed (the floor)", all, || {
                (0..repeats).flat_map(|_| &texts).for_each(|text| drop(black_box(Digest::of_bytes(text))));
            }));
        }
        if let Some(bytes) = texts.iter().map(Vec::len).sum::<usize>().checked_div(texts.len()) {
            println!("\na notice has {bytes} bytes, mean over the {} steps", texts.len());
        }
        compare(&format!("{title}, mean over the sixteen steps"), 101, contenders);
    }
}

fn preview(run: &Run, command: &Command<Dongsha>) -> Option<Notice> {
    match command {
        Command::Perform { evidence, .. } => Some(run.case.preview(evidence)),
        _ => None,
    }
}
