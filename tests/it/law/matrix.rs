//! What `decide` answers to every command at every step and stage, kept as a file that people can read.
//!
//! `SANZI_UPDATE=1 cargo test` writes it anew.

use std::fmt::Write as _;

use sanzi::case::{CaseStatus, Command, Next, Stage, Subject, Verdict};
use sanzi::disclosure::{Receipt, Remark, Ruling};
use sanzi::dongsha::{Dongsha, Step};
use sanzi::flow::{Flow, StepId};
use sanzi::value::PersonId;

use super::{advance, answer, nobody, object, perform, publish, raise, recall, set_clock, terminate};
use crate::village::{Run, opening, person, receipts, record, responsible};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/matrix.md");

/// The stages of a step, as far as it has them.
fn stages(step: Step) -> Vec<(&'static str, Run)> {
    let mut run = Run::opened();
    run.to(step).wait_to_perform();
    let mut stages = vec![("pending", run.clone())];
    run.perform();
    stages.push(("performed", run.clone()));
    run.publish();
    if Dongsha::row(step).posts.period.is_none() {
        stages.push(("public", run));
        return stages;
    }
    stages.push(("public, period running", run.clone()));
    let mut over = run.clone();
    over.wait_to_leave();
    stages.push(("public, period over", over));
    if let Some(judge) = Dongsha::row(step).posts.objections_to {
        let mut paused = run.clone();
        paused.must(nobody(), object(Remark::Objection, None));
        let judge = if judge == sanzi::dongsha::Role::Supervisors { person("mai") } else { person("fang") };
        let mut upheld = paused.clone();
        upheld.must(judge, answer(1, Ruling::Upheld));
        let mut unanswered = paused.clone();
        unanswered.wait(10);
        stages.extend([("paused by an objection", paused), ("left unanswered", unanswered), ("to return", upheld)]);
    } else {
        run.must(responsible(step), recall(step, "wording"));
        stages.push(("to return", run));
    }
    stages
}

/// Each kind of command, as the right person would give it.
fn commands(run: &Run, step: Step) -> Vec<(&'static str, PersonId, Command<Dongsha>)> {
    let row = Dongsha::row(step);
    let (by, chen) = (responsible(step), person("chen"));
    let judge = if row.posts.objections_to == Some(sanzi::dongsha::Role::StreetOffice) { person("fang") } else { person("mai") };
    let noted: Vec<Receipt> = receipts(&run.case, Subject::Step, run.now).into_iter().take(1).collect();
    vec![
        ("open", chen, Command::Open(opening())),
        ("perform", by, perform(record(&run.case, step, run.today()))),
        ("note", by, Command::Note { of: Subject::Step, receipts: noted }),
        ("publish", by, publish(run, Subject::Step)),
        ("advance", by, advance(step)),
        ("comment", nobody(), object(Remark::Comment, None)),
        ("object", nobody(), object(Remark::Objection, None)),
        ("dismiss", judge, answer(1, Ruling::Dismissed)),
        ("uphold", judge, answer(1, Ruling::Upheld)),
        ("raise", nobody(), raise(1)),
        ("recall", by, recall(step, "wording")),
        ("withdraw", by, publish(run, Subject::Withdrawal)),
        ("terminate", chen, terminate()),
        ("publish termination", chen, publish(run, Subject::Termination)),
        ("set clock", person("fang"), set_clock()),
    ]
}

fn answered(run: &Run, who: PersonId, command: &Command<Dongsha>) -> String {
    match run.ask(who, command) {
        Verdict::Refused(refusal) => refusal.codes().join(", "),
        Verdict::Allowed { entries, .. } => {
            let mut case = run.case.clone();
            entries.iter().for_each(|entry| case.evolve(entry).unwrap());
            match case.status() {
                CaseStatus::At(place) => {
                    let stage = match place.stage {
                        Stage::Pending => "pending",
                        Stage::Performed => "performed",
                        Stage::Public => "public",
                    };
                    format!("→ {} {} {stage}", place.step.number(), place.step)
                }
                other => format!("→ {other:?}"),
            }
        }
    }
}

fn matrix() -> String {
    let mut out = String::from(
        "# Every command at every step and stage\n\nAsked of `decide`, each command by the right person. An arrow is where the case \
         stands afterwards; everything else is the list of reasons.\n",
    );
    for step in Step::ALL {
        writeln!(out, "\n## {} {step}\n", step.number()).unwrap();
        let stages = stages(*step);
        let names: Vec<&str> = stages.iter().map(|(name, _)| *name).collect();
        writeln!(out, "| | {} |\n|---|{}", names.join(" | "), "---|".repeat(names.len())).unwrap();
        let asked: Vec<Vec<(&str, String)>> = stages
            .iter()
            .map(|(_, run)| commands(run, *step).iter().map(|(name, who, command)| (*name, answered(run, *who, command))).collect())
            .collect();
        for (place, (name, _)) in asked[0].iter().enumerate() {
            let cells: Vec<&str> = asked.iter().map(|column| column[place].1.as_str()).collect();
            writeln!(out, "| {name} | {} |", cells.join(" | ")).unwrap();
        }
    }
    out
}

#[test]
fn the_answers_to_every_command_at_every_step_and_stage_are_the_ones_on_file() {
    let found = matrix();
    if std::env::var_os("SANZI_UPDATE").is_some() {
        std::fs::write(FILE, &found).unwrap();
    }
    let kept = std::fs::read_to_string(FILE).unwrap();
    for (number, (kept, found)) in kept.lines().zip(found.lines()).enumerate() {
        assert_eq!(kept, found, "line {}", number + 1);
    }
    assert_eq!(kept.len(), found.len());
}

/// Read off the table alone: a step is left only from public, and only the first way leads on.
#[test]
fn invariant_1_no_command_at_any_stage_leaves_a_step_forward_but_advance_from_public() {
    for step in Step::ALL {
        for (stage, run) in stages(*step) {
            for (name, who, command) in commands(&run, *step) {
                let Verdict::Allowed { entries, .. } = run.ask(who, &command) else { continue };
                let mut case = run.case.clone();
                entries.iter().for_each(|entry| case.evolve(entry).unwrap());
                let forward = Next::from(Dongsha::row(*step).outcomes[0].to);
                let went_on = match forward {
                    Next::Step(next) => case.place().is_some_and(|place| place.step == next),
                    Next::End => case.status() == CaseStatus::Closed,
                };
                assert!(!went_on || (name == "advance" && stage.starts_with("public")), "{step} {stage}: {name}");
            }
        }
    }
}
