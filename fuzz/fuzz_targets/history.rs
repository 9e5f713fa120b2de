//! Whatever entries someone hands in: a case that replays as closed has every one of its sixteen steps.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanzi::case::{Case, CaseStatus, Entry};
use sanzi::dongsha::{Dongsha, Step};
use sanzi::flow::StepId;
use sanzi::value::CaseId;

fuzz_target!(|text: &str| {
    let Ok(entries) = serde_json::from_str::<Vec<Entry<Dongsha>>>(text) else { return };
    let id: CaseId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().expect("a UUID");
    let Ok(case) = Case::replay(id, &entries) else { return };
    if case.status() == CaseStatus::Closed {
        assert!(Step::ALL.iter().all(|step| case.done(*step).is_some_and(|done| done.posting.missing().is_empty())));
    }
});
