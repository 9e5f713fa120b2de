//! The lines of a ledger: findings or unreadable lines, never a panic.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sanzi::audit::Audit;
use sanzi::case::{Entry, Office};
use sanzi::dongsha::Dongsha;
use sanzi::ledger::Record;
use sanzi::register::Register;
use sanzi::value::{CaseId, Digest, OrgId};

static OFFICE: LazyLock<Office<Dongsha>> =
    LazyLock::new(|| Office::new(OrgId::new("dongtang").expect("it is one"), Register::new()).expect("the built-in policies read"));

fuzz_target!(|bytes: &[u8]| {
    let report = Audit::new(&OFFICE).ledger(bytes);
    assert_eq!(Audit::new(&OFFICE).threads(2).ledger(bytes), report);
    // A list of entries, sealed: forged histories must be judged to their end too.
    let Ok(entries) = serde_json::from_slice::<Vec<Entry<Dongsha>>>(bytes) else { return };
    let mut records: Vec<Record> = Vec::new();
    for entry in &entries {
        let case = CaseId::new("01890a5d-ac96-774b-bcce-b302099a8057".parse().expect("it is one"));
        let next = records.last().map_or_else(|| Record::seal(OFFICE.org, case, 1, Digest::NONE, entry), |before| before.next(entry));
        let Ok(next) = next else { return };
        records.push(next);
    }
    let _ = Audit::new(&OFFICE).records(&records);
});
