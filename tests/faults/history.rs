//! A history of calls, and whether it is linearizable: whether each call can have happened at one moment between its invocation and its
//! response, all in one order, with the answers that were given.
//!
//! In general that is a search. Here it is not, because the ledger says in which order the appends took effect: by position. So each
//! answer only narrows the moments in which some append can have taken effect: an append to its own call; what a call has seen, to not
//! after the call's end; what it has not seen, to not before its beginning. The history is linearizable if and only if there are
//! moments within these limits in the order of the positions; the earliest possible ones are tried. Each call that only reads then finds
//! its moment between the append it has seen and the next one.

use std::collections::{BTreeMap, HashMap};

#[derive(Clone, Debug)]
pub struct Call {
    /// When it was made and when it was answered, in nanoseconds of one clock that all processes share.
    pub called: u64,
    pub returned: u64,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Append {
        case: u64,
        k: u64,
        expected: u64,
        answer: Said,
    },
    /// The case was read, and had this version.
    Read {
        case: u64,
        version: u64,
    },
    /// The ledger's last position.
    Last {
        position: u64,
    },
    /// What became of an append: its version and position.
    Recall {
        k: u64,
        found: Option<(u64, u64)>,
    },
}

#[derive(Clone, Copy, Debug)]
pub enum Said {
    Appended {
        version: u64,
        position: u64,
    },
    Conflict {
        actual: u64,
    },
    /// No answer came: it may have taken effect at any time since, or never.
    Unknown,
}

/// An append as it stands in the ledger at the end.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub k: u64,
    pub case: u64,
    /// The case's version before and after.
    pub from: u64,
    pub version: u64,
    /// The ledger's last position after.
    pub position: u64,
}

/// The moments in which an append can have taken effect.
struct Limits {
    earliest: u64,
    latest: u64,
    asked: bool,
}

struct Object<'l> {
    ledger: &'l [Entry],
    limits: Vec<Limits>,
    by_key: HashMap<u64, usize>,
    /// The states of each case, and of the ledger: its number, and the append that led there.
    cases: BTreeMap<u64, Vec<(u64, Option<usize>)>>,
    last: Vec<(u64, Option<usize>)>,
}

/// Says what is wrong with a history, beside the ledger in order of position.
pub fn check(calls: &[Call], ledger: &[Entry]) -> Result<(), String> {
    let mut object = Object::new(ledger)?;
    for call in calls {
        object.hear(call).map_err(|wrong| format!("{wrong}: {call:?}"))?;
    }
    if let Some((entry, _)) = ledger.iter().zip(&object.limits).find(|(_, limits)| !limits.asked) {
        return Err(format!("nobody has appended {entry:?}"));
    }
    let mut moment = 0;
    for (entry, limits) in ledger.iter().zip(&object.limits) {
        moment = limits.earliest.max(moment);
        if moment > limits.latest {
            return Err(format!("{entry:?} took effect after {moment}, and was known or had been answered by {}", limits.latest));
        }
    }
    Ok(())
}

impl<'l> Object<'l> {
    fn new(ledger: &'l [Entry]) -> Result<Object<'l>, String> {
        let limits = ledger.iter().map(|_| Limits { earliest: 0, latest: u64::MAX, asked: false }).collect();
        let mut object = Object { ledger, limits, by_key: HashMap::new(), cases: BTreeMap::new(), last: vec![(0, None)] };
        for (at, entry) in ledger.iter().enumerate() {
            let case = object.cases.entry(entry.case).or_insert_with(|| vec![(0, None)]);
            if case.last().is_none_or(|(version, _)| *version != entry.from) {
                return Err(format!("two winners of one version, or none: {entry:?}"));
            }
            case.push((entry.version, Some(at)));
            object.last.push((entry.position, Some(at)));
            if object.by_key.insert(entry.k, at).is_some() {
                return Err(format!("it was appended twice: {entry:?}"));
            }
        }
        Ok(object)
    }

    fn hear(&mut self, call: &Call) -> Result<(), String> {
        match call.what {
            What::Append { case, k, expected, answer } => self.hear_append(call, (case, k, expected), answer),
            What::Read { case, version } => {
                let states = self.cases.get(&case).cloned().unwrap_or_else(|| vec![(0, None)]);
                self.see(call, &states, version)
            }
            What::Last { position } => {
                let states = self.last.clone();
                self.see(call, &states, position)
            }
            What::Recall { k, found } => match (found, self.by_key.get(&k)) {
                (None, None) => Ok(()),
                (None, Some(at)) => {
                    self.not_before(*at, call);
                    Ok(())
                }
                (Some(_), None) => Err("it recalls what is not there".to_owned()),
                (Some(found), Some(at)) => {
                    let entry = &self.ledger[*at];
                    self.not_after(*at, call);
                    if found == (entry.version, entry.position) { Ok(()) } else { Err(format!("it is another one: {entry:?}")) }
                }
            },
        }
    }

    fn hear_append(&mut self, call: &Call, (case, k, expected): (u64, u64, u64), answer: Said) -> Result<(), String> {
        let at = self.by_key.get(&k).copied();
        match (answer, at) {
            (Said::Conflict { .. }, Some(_)) => Err("it was a conflict, and was appended".to_owned()),
            (Said::Conflict { actual }, None) if actual == expected => Err("a conflict with what was expected".to_owned()),
            (Said::Conflict { actual }, None) => {
                let states = self.cases.get(&case).cloned().unwrap_or_else(|| vec![(0, None)]);
                self.see(call, &states, actual)
            }
            (Said::Appended { .. }, None) => Err("it was lost".to_owned()),
            (Said::Unknown, None) => Ok(()),
            (Said::Unknown | Said::Appended { .. }, Some(at)) => {
                let entry = &self.ledger[at];
                if (entry.case, entry.from) != (case, expected) {
                    return Err(format!("it was appended elsewhere: {entry:?}"));
                }
                self.limits[at].asked = true;
                self.not_before(at, call);
                if let Said::Appended { version, position } = answer {
                    if (version, position) != (self.ledger[at].version, self.ledger[at].position) {
                        return Err(format!("it is another one: {:?}", self.ledger[at]));
                    }
                    self.not_after(at, call);
                }
                Ok(())
            }
        }
    }

    /// A call has seen the state with this number: what led there was before its end, what led on from there after its beginning.
    fn see(&mut self, call: &Call, states: &[(u64, Option<usize>)], number: u64) -> Result<(), String> {
        let place = states.iter().position(|(found, _)| *found == number).ok_or("it saw a state that never was")?;
        if let (_, Some(at)) = states[place] {
            self.not_after(at, call);
        }
        if let Some((_, Some(next))) = states.get(place + 1) {
            self.not_before(*next, call);
        }
        Ok(())
    }

    fn not_before(&mut self, at: usize, call: &Call) {
        self.limits[at].earliest = self.limits[at].earliest.max(call.called);
    }

    fn not_after(&mut self, at: usize, call: &Call) {
        self.limits[at].latest = self.limits[at].latest.min(call.returned);
    }
}

fn call(called: u64, returned: u64, what: What) -> Call {
    Call { called, returned, what }
}

fn appended(k: u64, expected: u64, version: u64, position: u64) -> What {
    What::Append { case: 1, k, expected, answer: Said::Appended { version, position } }
}

fn entry(k: u64, case: u64, from: u64, version: u64, position: u64) -> Entry {
    Entry { k, case, from, version, position }
}

/// The checker itself: what can be in order is accepted, and each lie beside it is seen.
#[test]
fn a_lie_is_seen() {
    let ledger = [entry(1, 1, 0, 2, 2), entry(2, 1, 2, 3, 3)];
    let both = [call(10, 20, appended(1, 0, 2, 2)), call(15, 30, appended(2, 2, 3, 3))];
    let with = |what: What, called, returned| check(&[both[0].clone(), both[1].clone(), call(called, returned, what)], &ledger);
    let read = |version| What::Read { case: 1, version };
    let conflict = |actual| What::Append { case: 1, k: 9, expected: 7, answer: Said::Conflict { actual } };
    let recall = |k, found| What::Recall { k, found };
    assert_eq!(check(&both, &ledger), Ok(()));
    for (what, called, returned, true_one) in [
        (read(0), 0, 5, true),
        (read(0), 5, 19, true),
        (read(0), 21, 25, false),
        (read(2), 11, 29, true),
        (read(2), 31, 35, false),
        (read(2), 0, 9, false),
        (read(1), 11, 29, false),
        (read(3), 14, 40, true),
        (read(3), 0, 14, false),
        (What::Last { position: 3 }, 16, 17, true),
        (What::Last { position: 2 }, 31, 32, false),
        (What::Last { position: 4 }, 31, 32, false),
        (conflict(3), 20, 21, true),
        (conflict(3), 11, 14, false),
        (conflict(2), 31, 32, false),
        (conflict(7), 20, 21, false),
        (recall(1, Some((2, 2))), 11, 12, true),
        (recall(1, Some((2, 2))), 0, 9, false),
        (recall(1, Some((3, 3))), 21, 22, false),
        (recall(1, None), 21, 22, false),
        (recall(1, None), 11, 12, true),
        (recall(3, Some((4, 4))), 11, 12, false),
    ] {
        assert_eq!(with(what.clone(), called, returned).is_ok(), true_one, "{what:?} from {called} to {returned}");
    }
    // Two answers that could each be true alone.
    let torn = [both[0].clone(), both[1].clone(), call(12, 13, read(3)), call(16, 17, read(0))];
    assert!(check(&torn, &ledger).is_err(), "seen, and then not seen");
    // Against real time, across cases: whoever has an answer stands before whoever asks later.
    let across = [entry(1, 1, 0, 1, 1), entry(2, 2, 0, 1, 2)];
    let second = |called, returned| {
        let what = What::Append { case: 2, k: 2, expected: 0, answer: Said::Appended { version: 1, position: 2 } };
        check(&[call(10, 20, appended(1, 0, 1, 1)), call(called, returned, what)], &across)
    };
    assert!(second(30, 40).is_ok() && second(5, 12).is_ok() && second(1, 9).is_err());
    // Lost, unasked, twice, two winners.
    assert!(check(&both, &ledger[..1]).is_err() && check(&both[..1], &ledger).is_err());
    assert!(check(&both, &[ledger[0], ledger[0]]).is_err());
    assert!(check(&both, &[ledger[0], entry(2, 1, 0, 3, 3)]).is_err());
    let unknown = What::Append { case: 1, k: 2, expected: 2, answer: Said::Unknown };
    assert!(check(&[both[0].clone(), call(15, 16, unknown.clone())], &ledger).is_ok(), "it took effect later");
    assert!(check(&[both[0].clone(), call(15, 16, unknown)], &ledger[..1]).is_ok(), "or never");
}
