//! The same random commands on memory, SQLite and PostgreSQL: the same answers, the same bytes, the same trees.
//!
//! `SANZI_COMMANDS` sets how many; 3,000 unless told. They come from a generator with a fixed seed.

use std::collections::HashMap;

use sanzi::ledger::{Head, KeyName, Record, Tip};
use sanzi::store::postgres::{Order, create_ledger};
use sanzi::store::{Answer, Append, Cases, Claim, Log, MemoryStore, Position, Receipt, SqliteStore, Store, StoreError, verify};
use sanzi::value::{AssetId, CaseId, Digest, OrgId};
use uuid::Uuid;

use super::{asset, case, key};

const ORGS: usize = 3;
/// How many cases of an organisation are at work at the same time, and how many assets they share.
const AT_WORK: u64 = 6;
const ASSETS: u64 = 5;

fn orgs() -> [OrgId; ORGS] {
    ["dongtang", "nanjiao", "hailong"].map(|name| OrgId::new(name).unwrap())
}

#[derive(Debug)]
enum Command {
    Append(Append),
    Recall(Uuid),
    Read(CaseId),
    Scan(Position, usize),
    Cases(Cases),
    Place(CaseId, u64),
    Last,
}

/// An answer, whole: two stores give the same one or they differ.
#[derive(Debug, PartialEq)]
enum Said {
    Append(Result<Answer, StoreError>),
    Recall(Result<Option<Receipt>, StoreError>),
    Records(Vec<(u64, String)>),
    Cases(Vec<CaseId>),
    Place(Option<Position>),
}

fn ask(store: &dyn Store, command: &Command) -> Said {
    match command {
        Command::Append(batch) => Said::Append(store.append(batch)),
        Command::Recall(key) => Said::Recall(store.recall(*key)),
        Command::Read(case) => {
            let records = store.read(*case).unwrap();
            Said::Records(records.iter().map(|record| (record.version(), record.as_str().to_owned())).collect())
        }
        Command::Scan(after, limit) => {
            let records = store.scan(*after, *limit).unwrap();
            Said::Records(records.iter().map(|(position, record)| (position.number(), record.as_str().to_owned())).collect())
        }
        Command::Cases(which) => Said::Cases(store.cases(*which).unwrap()),
        Command::Place(case, version) => Said::Place(store.position_of(*case, *version).unwrap()),
        Command::Last => Said::Place(Some(store.last().unwrap())),
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % limit.max(1)
    }
}

/// What an organisation's callers know.
struct Callers {
    org: OrgId,
    /// The newest case; those just before it are at work too.
    newest: u64,
    tips: HashMap<CaseId, Tip>,
    keys: u64,
    /// What was sent lately, whatever came of it.
    sent: Vec<Append>,
}

impl Callers {
    fn case(&self, random: &mut Random) -> CaseId {
        case(self.newest.saturating_sub(random.below(AT_WORK)))
    }

    fn asset(random: &mut Random) -> AssetId {
        asset(random.below(ASSETS))
    }

    fn earlier(&self, random: &mut Random) -> Option<&Append> {
        self.sent.get(usize::try_from(random.below(self.sent.len() as u64)).unwrap())
    }

    /// The next records of a case after `tip`, with a new key.
    fn batch(&mut self, case: CaseId, tip: Tip, random: &mut Random) -> Append {
        let mut records: Vec<Record> = Vec::new();
        for _ in 0..=random.below(3) {
            let text = "三资".repeat(usize::try_from(random.below(60)).unwrap());
            let body = serde_json::json!({"by": key(self.keys), "n": random.below(1_000), "text": text});
            let record = match records.last() {
                Some(last) => last.next(&body),
                None => Record::seal(self.org, case, tip.version + 1, tip.hash, &body),
            };
            records.push(record.unwrap());
        }
        self.keys += 1;
        Append::new(case, tip.version, key(self.keys), Digest::of_bytes(&random.below(u64::MAX).to_be_bytes()), records)
    }

    fn next(&mut self, random: &mut Random) -> Command {
        if random.below(40) == 0 {
            self.newest += 1;
        }
        let at = self.case(random);
        let tip = self.tips.get(&at).copied().unwrap_or(Tip::START);
        let stale = Tip { version: tip.version.saturating_sub(1 + random.below(2)), ..tip };
        let append = match random.below(100) {
            0..48 => {
                let claim = match random.below(6) {
                    0 | 1 => Claim::Take(Callers::asset(random)),
                    2 => Claim::Release,
                    _ => Claim::None,
                };
                self.batch(at, tip, random).with(claim)
            }
            // At a version that was, or that is not yet.
            48..55 => self.batch(at, stale, random),
            55..58 => self.batch(at, Tip { version: tip.version + 1 + random.below(3), ..tip }, random),
            // At the right version, and not after the right record.
            58..61 => self.batch(at, Tip { hash: Digest::of_bytes(b"another"), ..tip }, random),
            // The same again, and its key for something else.
            61..69 => match self.earlier(random) {
                Some(sent) => sent.clone(),
                None => return Command::Last,
            },
            69..73 => match self.earlier(random).map(|sent| sent.key) {
                Some(used) => Append { key: used, ..self.batch(at, tip, random) },
                None => return Command::Last,
            },
            // What no ledger takes.
            73..76 => {
                let mut batch = self.batch(at, tip, random);
                match random.below(3) {
                    0 => batch.records.clear(),
                    1 => batch.expected += 1,
                    _ => batch.case = case(999_999),
                }
                batch
            }
            76..82 => return Command::Recall(key(random.below(self.keys + 5))),
            82..90 => return Command::Read(at),
            90..94 => return Command::Scan(Position::new(random.below(self.keys + 9)), usize::try_from(random.below(20)).unwrap()),
            94..96 => return Command::Cases(Cases::Live),
            96 => return Command::Cases(Cases::OnAsset(Callers::asset(random))),
            97..99 => return Command::Place(at, random.below(tip.version + 3)),
            _ => return Command::Last,
        };
        self.sent.push(append.clone());
        if self.sent.len() > 200 {
            self.sent.remove(0);
        }
        Command::Append(append)
    }

    fn hear(&mut self, command: &Command, said: &Said) {
        if let (Command::Append(batch), Said::Append(Ok(Answer::Appended(receipt)))) = (command, said)
            && !receipt.repeated
        {
            self.tips.insert(batch.case, Tip::of(batch.records.last().unwrap()));
        }
    }
}

/// How often each kind of answer came.
fn kind(said: &Said) -> &'static str {
    match said {
        Said::Append(Ok(Answer::Appended(receipt))) if receipt.repeated => "repeated",
        Said::Append(Ok(Answer::Appended(_))) => "appended",
        Said::Append(Ok(Answer::Conflict { .. })) => "conflict",
        Said::Append(Ok(Answer::Refused(why))) => match why {
            sanzi::store::Refusal::AssetTaken { .. } => "asset taken",
            sanzi::store::Refusal::KeyReused { .. } => "key reused",
            _ => "malformed",
        },
        Said::Append(other) => panic!("{other:?}"),
        Said::Recall(Ok(Some(_))) => "recalled",
        Said::Recall(Ok(None)) => "not recalled",
        Said::Recall(Err(error)) => panic!("{error}"),
        Said::Records(_) | Said::Cases(_) | Said::Place(_) => "read",
    }
}

/// Asks all the commands of this store, and finds each answer as it was.
fn agrees(name: &str, stores: &[&dyn Store], asked: &[(usize, Command, Said)]) {
    for (n, (org, command, due)) in asked.iter().enumerate() {
        let said = ask(stores[*org], command);
        assert!(said == *due, "{name}, command {n} of {}: {command:?}\nsaid {said:?}\nmemory {due:?}", asked.len());
    }
}

/// Every record's bytes in order, and the tree over them.
fn content(store: &dyn Store) -> (Vec<String>, Head) {
    verify(store).unwrap();
    let (mut records, mut after) = (Vec::new(), Position::START);
    loop {
        let page = store.scan(after, 2_000).unwrap();
        let Some((last, _)) = page.last() else { break };
        after = *last;
        records.extend(page.iter().map(|(_, record)| record.as_str().to_owned()));
    }
    (records, Log::new(store, KeyName::new("dongtang.example/sanzi").unwrap()).head().unwrap())
}

#[test]
fn three_stores_say_and_keep_the_same() {
    let commands: usize = std::env::var("SANZI_COMMANDS").map_or(3_000, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let place = super::postgres::fresh();
    let memory = orgs().map(MemoryStore::new);
    let sqlite = orgs().map(|org| SqliteStore::create(folder.path().join(org.as_str()), org).unwrap());
    let first = place.store();
    let postgres = orgs().map(|org| {
        create_ledger(&place.dsn("postgres"), org, Order::Free).unwrap();
        first.ledger_of(org).unwrap()
    });
    let sqlite_stores: Vec<&dyn Store> = sqlite.iter().map(|store| store as &dyn Store).collect();
    let postgres_stores: Vec<&dyn Store> = postgres.iter().map(|store| store as &dyn Store).collect();

    let mut random = Random(2_018);
    let mut callers = orgs().map(|org| Callers { org, newest: 1, tips: HashMap::new(), keys: 0, sent: Vec::new() });
    let (mut counts, mut left) = (std::collections::BTreeMap::<&str, usize>::new(), commands);
    while left > 0 {
        let mut asked = Vec::new();
        for _ in 0..left.min(1_000) {
            let org = usize::try_from(random.below(ORGS as u64)).unwrap();
            let command = callers[org].next(&mut random);
            let said = ask(&memory[org], &command);
            callers[org].hear(&command, &said);
            *counts.entry(kind(&said)).or_default() += 1;
            asked.push((org, command, said));
        }
        left -= asked.len();
        std::thread::scope(|scope| {
            scope.spawn(|| agrees("SQLite", &sqlite_stores, &asked));
            scope.spawn(|| agrees("PostgreSQL", &postgres_stores, &asked));
        });
    }
    let mut records = 0;
    for org in 0..ORGS {
        let (due, root) = content(&memory[org]);
        for (name, store) in [("SQLite", sqlite_stores[org]), ("PostgreSQL", postgres_stores[org])] {
            let (found, same) = content(store);
            assert!(found == due, "{name}: other bytes");
            assert_eq!(same, root, "{name}: another root");
        }
        records += due.len();
    }
    println!(
        "{commands} commands on three stores of {ORGS} organisations, every answer the same: {counts:?}; {records} records, all bytes and roots the same"
    );
    let kinds = ["appended", "repeated", "conflict", "asset taken", "key reused", "malformed", "recalled", "not recalled", "read"];
    assert!(kinds.iter().all(|kind| counts.get(kind).is_some_and(|count| *count >= commands / 500)), "too few of some kind: {counts:?}");
}
