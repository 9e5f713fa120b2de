//! Who holds which role when, who stands in for whom, and who counts as one with whom.

use sanzi::dongsha::Role;
use sanzi::register::{Delegation, Register, RegisterError, Term};
use sanzi::value::{PersonId, PersonName};

use crate::village::{day, person};

/// Some people, without roles.
fn people(ids: &[&str]) -> Register<Role> {
    let mut register = Register::new();
    for id in ids {
        register.add(person(id), PersonName::new("陈大文").unwrap()).unwrap();
    }
    register
}

fn term(from: &str, to: &str) -> Term {
    Term { from: day(from), to: Some(day(to)) }
}

fn whole_year() -> Term {
    term("2018-01-01", "2018-12-31")
}

#[test]
fn who_is_not_there_has_no_role_no_stand_in_and_no_kin() {
    let mut register = people(&["a"]);
    let (a, x) = (person("a"), person("x"));
    assert_eq!(register.appoint(x, Role::Board, whole_year()).err(), Some(RegisterError::Unknown(x)));
    let delegation = |holder, stand_in| Delegation { holder, stand_in, role: Role::Board, term: whole_year() };
    assert_eq!(register.delegate(delegation(a, x)).err(), Some(RegisterError::Unknown(x)));
    assert_eq!(register.delegate(delegation(x, a)).err(), Some(RegisterError::Unknown(x)));
    assert_eq!(register.delegate(delegation(a, a)).err(), Some(RegisterError::Self_(a)));
    assert_eq!(register.declare_kin(a, x).err(), Some(RegisterError::Unknown(x)));
    assert_eq!(register.declare_kin(x, a).err(), Some(RegisterError::Unknown(x)));
    assert_eq!(register.declare_kin(a, a).err(), Some(RegisterError::Self_(a)));
    assert_eq!(register.add(a, PersonName::new("李").unwrap()).err(), Some(RegisterError::Taken(a)));
    assert_eq!(register.actor(x, day("2018-01-02")).err(), Some(RegisterError::Unknown(x)));
    assert_eq!(register, people(&["a"]), "nothing of it was kept");
}

#[test]
fn a_term_begins_before_it_ends_and_covers_both_days() {
    let mut register = people(&["a", "b"]);
    let (a, b) = (person("a"), person("b"));
    let reversed = term("2018-03-02", "2018-03-01");
    let error = RegisterError::TermReversed { person: a, from: day("2018-03-02"), to: day("2018-03-01") };
    assert_eq!(register.appoint(a, Role::Board, reversed).err(), Some(error.clone()));
    let delegation = Delegation { holder: b, stand_in: a, role: Role::Board, term: reversed };
    assert_eq!(register.delegate(delegation).err(), Some(error));
    register.appoint(a, Role::Board, term("2018-03-01", "2018-03-01")).unwrap();
    let on = |date| register.actor(a, day(date)).unwrap().holds(Role::Board);
    assert_eq!(["2018-02-28", "2018-03-01", "2018-03-02"].map(on), [false, true, false], "one day is a term");
}

#[test]
fn two_appointments_to_one_role_are_not_none() {
    let mut register = people(&["a", "b"]);
    let (a, b, today) = (person("a"), person("b"), day("2018-06-01"));
    register.appoint(a, Role::Board, whole_year()).unwrap();
    register.appoint(a, Role::Board, term("2018-05-01", "2018-07-01")).unwrap();
    assert!(register.actor(a, today).unwrap().holds(Role::Board), "twice of their own");
    register.appoint(b, Role::Board, whole_year()).unwrap();
    register.delegate(Delegation { holder: b, stand_in: a, role: Role::Board, term: whole_year() }).unwrap();
    assert!(register.actor(a, today).unwrap().holds(Role::Board), "twice of their own, and once for another");
    assert_eq!(register.holders(Role::Board, today), [a, b]);
    assert_eq!(register.holders(Role::Supervisors, today), []);
}

#[test]
fn a_stand_in_has_what_the_holder_has_and_was_given_and_nothing_more() {
    let mut register = people(&["chair", "clerk", "idle"]);
    let (chair, clerk, idle, today) = (person("chair"), person("clerk"), person("idle"), day("2018-06-01"));
    register.appoint(chair, Role::BoardChair, whole_year()).unwrap();
    register.appoint(chair, Role::Board, whole_year()).unwrap();
    register.appoint(clerk, Role::AssetClerk, whole_year()).unwrap();
    let given = |stand_in, role| Delegation { holder: chair, stand_in, role, term: term("2018-05-01", "2018-07-01") };
    register.delegate(given(clerk, Role::BoardChair)).unwrap();
    register.delegate(given(idle, Role::Supervisors)).unwrap();
    let actor = register.actor(clerk, today).unwrap();
    assert!(actor.holds(Role::BoardChair) && actor.holds(Role::AssetClerk) && !actor.holds(Role::Board));
    let actor = register.actor(idle, today).unwrap();
    assert!(!actor.is_appointed() && !actor.holds(Role::Supervisors), "nobody gives what they do not have");
    assert!(!register.actor(clerk, day("2018-07-02")).unwrap().holds(Role::BoardChair), "the time is over");
    assert_eq!(register.holders(Role::BoardChair, today), [chair, clerk]);
}

#[test]
fn kin_and_stand_ins_count_as_one_and_roles_of_two_kin_do_not_cancel() {
    let mut register = people(&["a", "b", "c", "d", "e", "x"]);
    let [a, b, c, d, e, x] = ["a", "b", "c", "d", "e", "x"].map(person);
    let today = day("2018-06-01");
    register.declare_kin(a, b).unwrap();
    register.declare_kin(a, c).unwrap();
    for holder in [b, c, x] {
        register.appoint(holder, Role::Supervisors, whole_year()).unwrap();
    }
    register.delegate(Delegation { holder: d, stand_in: b, role: Role::Board, term: whole_year() }).unwrap();
    register.delegate(Delegation { holder: e, stand_in: a, role: Role::Board, term: term("2017-01-01", "2017-02-01") }).unwrap();
    let actor = register.actor(a, today).unwrap();
    assert_eq!(actor.tied(), [b, c, d, e], "kin, for whom kin stands in, and for whom they once stood in");
    assert!([a, b, c, d, e].into_iter().all(|one| actor.is_tied_to(one)) && !actor.is_tied_to(x));
    assert!(actor.is_tied_to_role(Role::Supervisors) && !actor.is_tied_to_role(Role::Board));
    assert!(register.actor(b, today).unwrap().is_tied_to_role(Role::Supervisors), "their own role, and that of kin, do not cancel");
    assert!(!register.actor(x, today).unwrap().is_tied_to(a));
    let mut of_both = register.clone();
    of_both.declare_kin(x, c).unwrap();
    assert!(of_both.actor(x, today).unwrap().is_tied_to_role(Role::Supervisors), "they hold it, and so does their kin");
    let before = register.actor(a, day("2016-12-31")).unwrap();
    assert_eq!(before.tied(), [b, c], "before anyone stood in");
    assert!(!before.is_tied_to_role(Role::Supervisors));
    let _: PersonId = actor.person();
    assert_eq!(actor.day(), today);
}
