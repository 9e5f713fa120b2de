//! What `decide` made replays to the same state; what was edited is refused, and the entry is named.

use chrono::TimeDelta;
use sanzi::case::{Case, Correction, Entry, Event, Next, ReplayError, Subject, TakenBack};
use sanzi::disclosure::{Channels, Remark, Ruling, Status};
use sanzi::dongsha::{Dongsha, Role, Step};
use sanzi::flow::{Flow, RoleId, StepId};

use super::{answer, eventful, nobody, object, public_at, recall};
use crate::village::{Run, at, day, person, record, text};

type History = Vec<Entry<Dongsha>>;

fn replay(run: &Run, entries: &History) -> Result<Case<Dongsha>, u64> {
    Case::replay(run.case.id(), entries).map_err(|error| match error {
        ReplayError::CannotFollow { version, .. } | ReplayError::OtherProcedure { version, .. } => version,
        other => panic!("{other}"),
    })
}

fn number(place: usize) -> u64 {
    u64::try_from(place).unwrap() + 1
}

/// Each forgery of the entry at a place is refused, and that entry is named.
fn refused(run: &Run, place: usize, what: &str, forge: impl FnOnce(&mut Entry<Dongsha>)) {
    let mut forged = run.entries.clone();
    forge(&mut forged[place]);
    assert_ne!(forged[place], run.entries[place], "{what} changes nothing at {place}");
    assert_eq!(replay(run, &forged).err(), Some(number(place)), "{what}: {:?}", run.entries[place].event);
}

#[test]
fn what_was_decided_replays_to_the_same_state_at_every_version() {
    let run = eventful();
    let mut case = Case::unopened(run.case.id());
    for (place, entry) in run.entries.iter().enumerate() {
        case.evolve(entry).unwrap();
        assert_eq!(case, replay(&run, &run.entries[..=place].to_vec()).unwrap());
    }
    assert_eq!(case, run.case);
}

#[test]
fn an_entry_that_is_missing_is_noticed_unless_it_was_the_last() {
    let run = eventful();
    for place in 0..run.entries.len() - 1 {
        let mut cut = run.entries.clone();
        let lost = cut.remove(place);
        // Whose answer counts on a day is for whoever knows the calendar and the register: `decide`, and the audit.
        if matches!(lost.event, Event::Risen { .. }) {
            continue;
        }
        let found = replay(&run, &cut).err().unwrap_or_else(|| panic!("{:?} is not missed", lost.event));
        assert!(found >= number(place), "{:?}", lost.event);
    }
}

#[test]
fn two_entries_in_another_order_are_noticed_unless_they_do_not_depend_on_each_other() {
    let run = eventful();
    for first in 0..run.entries.len() {
        for second in first + 1..run.entries.len() {
            let mut swapped = run.entries.clone();
            swapped.swap(first, second);
            if swapped == run.entries {
                continue;
            }
            let Err(found) = replay(&run, &swapped) else {
                // At one moment: old notices are withdrawn before or after the step is done again, and an objection comes
                // before or after the last channel is up (no decision takes one before the first, but it harms nobody).
                let (one, other) = (&run.entries[first], &run.entries[second]);
                let independent = match (&one.event, &other.event) {
                    (Event::Published { of, .. }, Event::Performed { .. }) => *of == Subject::Withdrawal,
                    (Event::Published { of, .. }, Event::Objected { .. }) => *of == Subject::Step,
                    (one, other) => matches!((one, other), (Event::Answered { .. }, Event::Answered { .. })),
                };
                assert!(second == first + 1 && independent && one.at == other.at, "{one:?}\n{other:?}");
                continue;
            };
            assert!(found >= number(first));
        }
    }
}

#[test]
fn an_entry_that_comes_twice_is_noticed() {
    let run = eventful();
    for place in 0..run.entries.len() {
        let mut twice = run.entries.clone();
        twice.insert(place, twice[place].clone());
        assert_eq!(replay(&run, &twice).err(), Some(number(place + 1)), "{:?}", run.entries[place].event);
    }
}

#[test]
fn where_a_step_led_cannot_be_changed() {
    let run = eventful();
    for (place, entry) in run.entries.iter().enumerate() {
        let Event::Advanced { from, outcome, to, .. } = &entry.event else { continue };
        let ends = Step::ALL.iter().map(|step| Next::Step(*step)).chain([Next::End]);
        for other in ends.filter(|other| other != to) {
            refused(&run, place, "another target", |entry| {
                let Event::Advanced { to, .. } = &mut entry.event else { unreachable!() };
                *to = other;
            });
        }
        for way in Dongsha::row(*from).outcomes.iter().filter(|way| way.id != outcome) {
            refused(&run, place, "another outcome, with its own target", |entry| {
                let Event::Advanced { outcome, to, withdrawal, .. } = &mut entry.event else { unreachable!() };
                (*outcome, *to) = (way.id.to_owned(), Next::from(way.to));
                *withdrawal = withdrawal.filter(|_| way.id != Dongsha::row(*from).outcomes[0].id);
            });
        }
        for other in Step::ALL.iter().filter(|step| *step != from) {
            refused(&run, place, "another step", |entry| {
                let Event::Advanced { from, .. } = &mut entry.event else { unreachable!() };
                *from = *other;
            });
        }
        refused(&run, place, "another withdrawal", |entry| {
            let Event::Advanced { withdrawal, .. } = &mut entry.event else { unreachable!() };
            *withdrawal = match withdrawal {
                Some((_, digest)) => Some((Channels::NONE, *digest)),
                None => Some((Channels::P, sanzi::value::Digest::NONE)),
            };
        });
    }
}

#[test]
fn what_was_performed_cannot_become_another_step_or_another_time() {
    let run = eventful();
    for (place, entry) in run.entries.iter().enumerate() {
        let Event::Performed { evidence, .. } = &entry.event else { continue };
        let step = sanzi::case::EvidenceSet::step(evidence.as_ref());
        for other in Step::ALL.iter().filter(|other| **other != step) {
            refused(&run, place, "a record of another step", |entry| {
                let Event::Performed { evidence, .. } = &mut entry.event else { unreachable!() };
                *evidence = std::sync::Arc::new(record(&run.case, *other, day("2018-03-05")));
            });
        }
        for moment in [entry.at + TimeDelta::milliseconds(1), at(day("2018-03-04"))] {
            refused(&run, place, "done at another time", |entry| {
                let Event::Performed { done, .. } = &mut entry.event else { unreachable!() };
                *done = moment;
            });
        }
    }
}

#[test]
fn what_was_published_cannot_lose_a_channel_a_confirmation_or_its_text() {
    let run = eventful();
    for (place, entry) in run.entries.iter().enumerate() {
        let Event::Published { receipts, .. } = &entry.event else { continue };
        let edit = |what: &str, forge: &dyn Fn(&mut Vec<sanzi::disclosure::Receipt>)| {
            refused(&run, place, what, |entry| {
                let Event::Published { receipts, .. } = &mut entry.event else { unreachable!() };
                forge(receipts);
            });
        };
        for at in 0..receipts.len() {
            edit("a receipt less", &|receipts| drop(receipts.remove(at)));
            edit("only requested", &|receipts| receipts[at].status = Status::Requested);
            edit("removed", &|receipts| receipts[at].status = Status::Removed);
            edit("of another text", &|receipts| receipts[at].notice = sanzi::value::Digest::NONE);
            edit("dated ahead", &|receipts| receipts[at].at += TimeDelta::days(1));
            edit("from before there was a notice", &|receipts| receipts[at].at -= TimeDelta::days(365));
        }
    }
}

#[test]
fn no_moment_can_be_moved_without_its_clock_and_none_back() {
    let run = eventful();
    for place in 0..run.entries.len() {
        refused(&run, place, "later than its clock", |entry| entry.at += TimeDelta::seconds(1));
        refused(&run, place, "earlier than its clock", |entry| entry.at -= TimeDelta::seconds(1));
        // An entry at the moment of the one before it could have been made by a clock far ahead: that moves no time.
        if place == 0 || run.entries[place].at > run.entries[place - 1].at {
            refused(&run, place, "a clock far ahead", |entry| entry.clock += TimeDelta::days(2000));
        }
        if place > 0 {
            refused(&run, place, "before the entry before it", |entry| {
                entry.at -= TimeDelta::days(400);
                entry.clock -= TimeDelta::days(400);
            });
        }
    }
}

#[test]
fn remarks_cannot_be_renumbered_or_ruled_otherwise() {
    let run = eventful();
    for (place, entry) in run.entries.iter().enumerate() {
        match &entry.event {
            Event::Objected { .. } => refused(&run, place, "another number", |entry| {
                let Event::Objected { number, .. } = &mut entry.event else { unreachable!() };
                *number += 1;
            }),
            Event::Answered { .. } => refused(&run, place, "another number", |entry| {
                let Event::Answered { number, .. } = &mut entry.event else { unreachable!() };
                *number += 5;
            }),
            Event::Risen { .. } => {
                refused(&run, place, "another number", |entry| {
                    let Event::Risen { number, .. } = &mut entry.event else { unreachable!() };
                    *number += 1;
                });
                for role in Role::ALL.iter().filter(|role| **role != Role::Witness) {
                    refused(&run, place, "to somebody else", |entry| {
                        let Event::Risen { to, .. } = &mut entry.event else { unreachable!() };
                        *to = *role;
                    });
                }
            }
            Event::Recalled { .. } => {
                for way in ["Stands", "Changed", "Upheld"] {
                    refused(&run, place, "another way", |entry| {
                        let Event::Recalled { outcome, .. } = &mut entry.event else { unreachable!() };
                        way.clone_into(outcome);
                    });
                }
            }
            _ => {}
        }
    }
}

#[test]
fn invariant_10_a_case_opened_under_other_rows_is_not_replayed_as_if_under_these() {
    let run = eventful();
    for forge in [
        (|name, _, _| *name = "other".to_owned()) as fn(&mut String, &mut u32, &mut sanzi::value::Digest),
        |_, version, _| *version += 1,
        |_, _, digest| *digest = sanzi::value::Digest::NONE,
    ] {
        refused(&run, 0, "another procedure", |entry| {
            let Event::Opened { procedure, procedure_version, procedure_digest, .. } = &mut entry.event else { unreachable!() };
            forge(procedure, procedure_version, procedure_digest);
        });
    }
}

/// One more entry, of whoever, at the run's moment.
fn follows(run: &Run, event: Event<Dongsha>) -> bool {
    let entry = Entry { at: run.now, clock: run.now, by: nobody(), event, signed: None };
    run.case.clone().evolve(&entry).is_ok()
}

#[test]
fn nothing_is_handed_in_where_no_notice_takes_it() {
    let said = |run: &Run, kind| {
        let number = u32::try_from(run.case.objections().len()).unwrap() + 1;
        follows(run, Event::Objected { number, kind, text: text("有意见"), from: None })
    };
    let (mut pending, mut without) = (Run::opened(), Run::opened());
    pending.to(Step::IntentNotice);
    without.to(Step::Valuation).perform().publish();
    let public = public_at(Step::IntentNotice);
    let mut upheld = public.clone();
    upheld.must(nobody(), object(Remark::Objection, None)).must(person("mai"), answer(1, Ruling::Upheld));
    for kind in [Remark::Comment, Remark::Objection] {
        assert!(said(&public, kind));
        assert!(!said(&pending, kind), "there is no notice yet");
        assert!(!said(&without, kind), "its notice takes none");
        assert!(!said(&upheld, kind), "it goes back");
    }
}

#[test]
fn what_goes_back_is_not_recalled_and_a_recall_is_one_of_its_record() {
    let mut run = public_at(Step::TradingNotice);
    let recalled = |run: &Run, outcome: &str| {
        let correction = Correction { changes: vec![text("wording")], reason: text("笔误") };
        follows(run, Event::Recalled { step: Step::TradingNotice, correction, outcome: outcome.to_owned() })
    };
    assert!(recalled(&run, "Corrected"));
    assert!(!recalled(&run, "Changed"), "its record leads elsewhere");
    run.must(person("song"), recall(Step::TradingNotice, "wording"));
    assert!(!recalled(&run, "Corrected"), "it goes back already");
}

#[test]
fn the_clock_is_set_right_only_in_doubt_and_only_under_way() {
    let set = |run: &Run| follows(run, Event::ClockSet { reason: text("时钟"), back: TakenBack::Unasked });
    let mut live = public_at(Step::IntentNotice);
    let mut closed = eventful();
    assert!(!set(&live) && !set(&closed), "nobody doubts it");
    live.wait(200);
    closed.wait(200);
    assert!(set(&live), "the twin");
    assert!(!set(&closed), "nothing is under way");
}
