//! What fuzzing starts from is what is written today: stale seeds would stop at the door.

use std::path::Path;

use sanzi::case::{Entry, Event, EvidenceSet};
use sanzi::dongsha::{Dongsha, Step};
use sanzi::flow::StepId;
use sanzi::ledger::Record;
use sanzi::value::{Digest, OrgId};

use crate::law::clock_ahead::set_right;
use crate::law::eventful;
use crate::snapshot::assert_kept;
use crate::village::Run;

fn kept(target: &str, name: &str, text: &str) {
    assert_kept(&format!("../../fuzz/seeds/{target}/{name}.json"), text);
}

#[test]
fn the_seeds_of_the_fuzz_targets_are_real_and_of_today() {
    if !Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").is_dir() {
        return;
    }
    let mut run = Run::opened();
    run.to(Step::Bidding).finish();
    let mut before: Option<Record> = None;
    for (n, entry) in run.entries.iter().enumerate() {
        let record = match &before {
            None => Record::seal(OrgId::new("dongtang").unwrap(), run.case.id(), 1, Digest::NONE, entry),
            Some(before) => before.next(entry),
        };
        let record = record.unwrap();
        match &entry.event {
            Event::Opened { .. } => kept("record", "opened", record.as_str()),
            Event::Performed { evidence, .. } => {
                kept("record", &format!("performed-{:02}", EvidenceSet::step(&**evidence).number()), record.as_str());
            }
            Event::Published { .. } if n < 4 => kept("record", "published", record.as_str()),
            Event::Advanced { .. } if n < 4 => kept("record", "advanced", record.as_str()),
            _ => {}
        }
        before = Some(record);
    }
    let entries = |entries: &[Entry<Dongsha>]| serde_json::to_string(entries).unwrap();
    kept("history", "first-step", &entries(&run.entries[..4]));
    kept("history", "whole-case", &entries(&run.entries));
    kept("history", "returns", &entries(&eventful().entries));
    kept("history", "clock-set", &entries(&set_right()));
}
