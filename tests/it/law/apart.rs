//! Separation of duties, row by row: whoever must differ is refused as the same person, as kin and as a stand-in, and
//! somebody unrelated is not.

use sanzi::case::{Case, Command, Opening};
use sanzi::dongsha::{Dongsha, Role, Step};
use sanzi::flow::{Apart, Flow};
use sanzi::register::{Delegation, Register, Term};
use sanzi::value::PersonId;

use crate::village::{PEOPLE, Run, day, office, opening, person, responsible};

/// A case with an intended bidder, pending at a step.
fn at_step(step: Step) -> Run {
    let mut run = Run::opened();
    run.case = Case::unopened(run.case.id());
    run.entries.clear();
    run.must(person("chen"), Command::Open(Opening { intended_bidder: Some(person("bidder-c")), ..opening() }));
    run.to(step).wait_to_perform();
    run
}

fn clashes(run: &Run, who: PersonId, change: impl FnOnce(&mut Register<Role>)) -> bool {
    let mut run = run.clone();
    change(&mut run.office.register);
    let decided = run.codes(who, &super::perform(run.good())).contains(&"must-differ".to_owned());
    let checked = run.case.check(run.step(), &run.office.acting(who, run.now));
    assert_eq!(decided, checked.is_err_and(|refusal| refusal.codes().contains(&"must-differ")), "check and decide agree");
    decided
}

#[test]
fn whoever_a_row_keeps_apart_is_refused_and_an_unrelated_person_is_not() {
    let mut tried = 0;
    for row in Dongsha::ROWS.iter().filter(|row| !row.apart.is_empty()) {
        let run = at_step(row.step);
        let actor = responsible(row.step);
        assert!(!clashes(&run, actor, |_| ()), "{}: {actor} has nothing to do with it", row.step);
        for apart in row.apart {
            let others: Vec<PersonId> = match apart {
                Apart::Step(step) => vec![run.case.performer(*step).unwrap()],
                Apart::Role(role) => PEOPLE.iter().filter(|(_, _, roles)| roles.contains(role)).map(|(id, ..)| person(id)).collect(),
                Apart::Bidder => run.case.bidders().to_vec(),
            };
            for other in others {
                let always = Term::since(day("2018-01-01"));
                let over = Term { from: day("2018-01-01"), to: Some(day("2018-01-02")) };
                let later = Term::since(day("2030-01-01"));
                let stands = |holder, stand_in, term| Delegation { holder, stand_in, role: Role::Witness, term };
                let what = format!("{}: {actor} and {other} by {apart:?}", row.step);
                assert!(clashes(&run, other, |r| drop(r.appoint(other, row.by, always).map(drop))), "{what}: the same person");
                assert!(clashes(&run, actor, |r| drop(r.declare_kin(actor, other).map(drop))), "{what}: kin");
                assert!(clashes(&run, actor, |r| drop(r.delegate(stands(other, actor, always)).map(drop))), "{what}: a stand-in");
                assert!(clashes(&run, actor, |r| drop(r.delegate(stands(other, actor, over)).map(drop))), "{what}: who was one once");
                assert!(clashes(&run, actor, |r| drop(r.delegate(stands(actor, other, over)).map(drop))), "{what}: whom they stood in for");
                assert!(!clashes(&run, actor, |r| drop(r.delegate(stands(other, actor, later)).map(drop))), "{what}: not yet");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 19, "the table's pairs, each with everyone it names");
}

#[test]
fn a_tie_holds_both_ways_through_a_stand_in_and_through_kin() {
    let mut register = office().register;
    let (holder, stand_in, kin, other) = (person("chen"), person("li"), person("tan"), person("wu"));
    let term = Term { from: day("2018-02-01"), to: Some(day("2018-02-28")) };
    register.delegate(Delegation { holder, stand_in, role: Role::Board, term }).unwrap();
    register.declare_kin(holder, kin).unwrap().declare_kin(stand_in, other).unwrap();
    let people = [holder, stand_in, kin, other];
    for date in ["2018-01-31", "2018-02-01", "2018-02-28", "2018-03-01", "2020-01-01"] {
        for one in people {
            for two in people {
                let tied = |a, b| register.actor(a, day(date)).unwrap().is_tied_to(b);
                assert_eq!(tied(one, two), tied(two, one), "{one} {two} {date}");
            }
        }
        let begun = date >= "2018-02-01";
        let actor = register.actor(kin, day(date)).unwrap();
        assert_eq!(actor.is_tied_to(stand_in), begun, "the kin of the holder and the stand-in, {date}");
        assert!(!actor.is_tied_to(other), "but not kin of kin");
        let holds = register.actor(stand_in, day(date)).unwrap().holds(Role::Board);
        assert_eq!(holds, ("2018-02-01"..="2018-02-28").contains(&date), "the role itself ends with the term");
    }
}

#[test]
fn a_role_is_held_within_its_term_only_and_nobody_unknown_acts() {
    let mut run = Run::opened();
    let term = Term { from: day("2018-03-06"), to: Some(day("2018-03-07")) };
    run.office.register.appoint(person("tan"), Role::Board, term).unwrap();
    let asked = |run: &Run, who| run.codes(person(who), &super::perform(run.good()));
    assert_eq!(asked(&run, "tan"), ["not-responsible"], "the day before");
    for allowed in [true, true, false] {
        run.wait(1);
        assert_eq!(asked(&run, "tan").is_empty(), allowed, "{}", run.today());
    }
    assert_eq!(asked(&run, "stranger"), ["unknown-person"]);
}
