//! Engine and audit agree on every random history: what the engine made has no breach, and an entry that it would have
//! refused has at least one.

use sanzi::audit::Audit;
use sanzi::ledger::Record;
use sanzi::value::Digest;

use super::*;

impl World {
    /// The entry that a refused command would have made, had nobody asked.
    pub fn forged(&self, who: PersonId, now: DateTime<Utc>, command: &Command<Dongsha>) -> Option<(usize, Entry<Dongsha>)> {
        let event = match command.clone() {
            Command::Open(_) => return None,
            Command::Perform { evidence, done } => Event::Performed {
                done: done.unwrap_or(self.reference.moment(now).at),
                notice: self.case.preview(&evidence).digest().unwrap(),
                evidence: std::sync::Arc::new(evidence),
            },
            Command::Note { of, receipts } => Event::Noted { of, receipts },
            Command::Publish { of, receipts } => Event::Published { of, receipts },
            Command::Advance { from } => {
                let way = &<Dongsha as sanzi::flow::Flow>::row(from).outcomes[0];
                Event::Advanced { from, outcome: way.id.to_owned(), to: Next::from(way.to), withdrawal: None }
            }
            Command::Object { kind, text, from } => {
                Event::Objected { number: u32::try_from(self.case.objections().len()).unwrap() + 1, kind, text, from }
            }
            Command::Answer { number, ruling, reply } => Event::Answered { number, ruling, reply },
            Command::Raise { number } => {
                let open = self.case.objections_here().iter().find(|open| open.number == number);
                let row = self.case.place().map(|place| <Dongsha as sanzi::flow::Flow>::row(place.step));
                let above = open.zip(row).and_then(|(open, row)| row.posts.rising.get(open.rises.len()));
                Event::Risen { number, to: above.copied().unwrap_or(Role::StreetDiscipline) }
            }
            Command::Recall { step, correction } => Event::Recalled { step, correction, outcome: "Corrected".to_owned() },
            Command::Terminate(termination) => Event::Terminated { termination, notice: (sanzi::disclosure::Channels::P, Digest::NONE) },
            Command::SetClock { reason } => Event::ClockSet { reason, back: TakenBack::Nothing },
        };
        let at = if matches!(event, Event::ClockSet { .. }) { now } else { self.reference.moment(now).at };
        Some((self.entries.len(), Entry { at, clock: now, by: who, event, signed: None }))
    }
}

pub fn sealed<'e>(case: CaseId, entries: impl IntoIterator<Item = &'e Entry<Dongsha>>) -> Vec<Record> {
    let org = OrgId::new("dongtang").unwrap();
    let mut records: Vec<Record> = Vec::new();
    for entry in entries {
        let record = match records.last() {
            None => Record::seal(org, case, 1, Digest::NONE, entry),
            Some(before) => before.next(entry),
        };
        records.push(record.unwrap());
    }
    records
}

#[test]
fn engine_and_audit_agree_on_every_random_history() {
    let config = Config {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(120),
        failure_persistence: None,
        ..Config::default()
    };
    let asked = RefCell::new((0_usize, 0_usize));
    TestRunner::new(config)
        .run(&wishes(), |wishes| {
            let mut world = World::new();
            for wish in &wishes {
                world.ask(wish, &mut Count::new())?;
            }
            let report = Audit::new(&world.office).records(&sealed(world.case.id(), &world.entries));
            let breaches: Vec<String> = report.breaches().map(|finding| finding.text(Lang::En)).collect();
            prop_assert!(breaches.is_empty(), "{:#?}", breaches);
            asked.borrow_mut().0 += 1;
            for (place, forged) in world.refused.iter().rev().take(12) {
                let entries = world.entries.iter().take(*place).chain([forged]);
                let report = Audit::new(&world.office).records(&sealed(world.case.id(), entries));
                prop_assert!(report.breaches().next().is_some(), "not found: {:?}", forged);
                asked.borrow_mut().1 += 1;
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    let (lawful, refused) = asked.into_inner();
    println!("{lawful} lawful histories, {refused} with a refused entry");
    assert!(refused > lawful, "too few refusals to say anything");
}
