//! At the end: the log of what was acknowledged beside the ledgers of all three nodes.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::Duration;

use sanzi::store::postgres::Settings;
use sanzi::store::{Position, PostgresStore, Store, Verified, verify};
use sanzi::value::{CaseId, OrgId};
use uuid::Uuid;

use super::cluster::{Cluster, until};
use super::load::{Journal, orgs};

pub(crate) struct Found {
    pub lost: usize,
    records: u64,
    unheard: usize,
    recalled: usize,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Found { lost, records, unheard, recalled } = self;
        write!(
            f,
            "on each of three nodes {records} records, verified, the same roots; lost {lost} acknowledged appends, {unheard} there that \
             were said not to be; {recalled} recalled once more, the same receipts"
        )
    }
}

const LONG: Settings = Settings { connections: 1, deadline: Duration::from_secs(120) };

/// A batch as it stands in a ledger: of which case, its last version and position, and how many records of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Batch {
    case: CaseId,
    version: u64,
    position: Position,
    records: u64,
    due: u64,
}

#[derive(serde::Deserialize)]
struct Body {
    by: Uuid,
    of: u64,
}

fn batches(store: &PostgresStore) -> HashMap<Uuid, Batch> {
    let mut found: HashMap<Uuid, Batch> = HashMap::new();
    for (position, record) in store.scan(Position::START, usize::MAX).unwrap() {
        let Body { by, of } = record.body().unwrap();
        let before = found.get(&by).map_or(0, |batch| batch.records);
        let (case, version) = (record.case(), record.version());
        found.insert(by, Batch { case, version, position, records: before + 1, due: of });
    }
    found
}

fn missing(journal: &Journal, org: OrgId, there: &HashMap<Uuid, Batch>) -> usize {
    let of = journal.acks.iter().filter(|ack| ack.org == org);
    of.filter(|ack| {
        let found = there.get(&ack.key).map(|batch| (batch.case, batch.version, batch.position));
        found != Some((ack.receipt.case, ack.receipt.version, ack.receipt.position))
    })
    .count()
}

/// How many acknowledged appends the leader does not have.
pub(crate) fn lost(cluster: &Cluster, journal: &Journal) -> usize {
    let of = |org| missing(journal, org, &batches(&PostgresStore::with(&cluster.dsn("app"), org, LONG).unwrap()));
    orgs().into_iter().map(of).sum()
}

/// All three nodes hold the same ledgers, and in them all that was acknowledged.
pub(crate) fn everywhere(cluster: &Cluster, journal: &Journal) -> Found {
    let mut won = HashSet::new();
    for ack in &journal.acks {
        assert!(won.insert((ack.org, ack.receipt.case, ack.receipt.version)), "{ack:?} is not the only one");
    }
    cluster.whole();
    let mut sum = Found { lost: 0, records: 0, unheard: 0, recalled: 0 };
    for org in orgs() {
        let leader = PostgresStore::with(&cluster.dsn("app"), org, LONG).unwrap();
        let there = batches(&leader);
        for batch in there.values() {
            assert_eq!(batch.records, batch.due, "a batch is whole: {batch:?}");
        }
        let due: Verified = verify(&leader).unwrap();
        for node in ["n1", "n2", "n3"] {
            let store = PostgresStore::with(&cluster.dsn_of(node, "app"), org, LONG).unwrap();
            until("it has replayed everything", || store.last().unwrap() == leader.last().unwrap());
            assert_eq!(verify(&store).unwrap(), due, "{node}");
            sum.lost += missing(journal, org, &batches(&store));
        }
        sum.records += due.records;
        let absent = journal.absent.iter().filter(|(of, _)| *of == org);
        sum.unheard += absent.filter(|(_, key)| there.contains_key(key)).count();
        // All that were indeterminate, and the last ones.
        let mut acks: Vec<_> = journal.acks.iter().filter(|ack| ack.org == org).collect();
        let last = acks.split_off(acks.len().saturating_sub(200));
        for ack in acks.into_iter().filter(|ack| ack.recalled).chain(last) {
            let again = leader.recall(ack.key).unwrap().unwrap_or_else(|| panic!("{ack:?} was lost"));
            assert_eq!((again.case, again.version, again.position), (ack.receipt.case, ack.receipt.version, ack.receipt.position));
            sum.recalled += 1;
        }
    }
    assert_eq!(sum.unheard, 0, "what was said to be absent stays absent");
    sum
}
