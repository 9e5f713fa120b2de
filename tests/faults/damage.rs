//! One flipped bit in any page of any table or index, and last pages that were written in part: named, or nothing has changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sanzi::ledger::{Note, Signer, Tip, Trust};
use sanzi::store::sqlite::rusqlite::{Connection, types::Value};
use sanzi::store::{Answer, Claim, Damage, InvalidStore, Log, LogError, SqliteStore, Store, StoreError, verify};
use sanzi::value::AssetId;

use super::ledger::{Random, batch, case, fresh, open, org, signer, tip, told};

const PAGE: usize = 4_096;
const TABLES: [&str; 7] =
    ["sanzi_ledger", "sanzi_record", "sanzi_receipt", "sanzi_taken", "sanzi_released", "sanzi_tile", "sanzi_checkpoint"];

/// Every row of every table, read past the store and without an index.
type Rows = BTreeMap<&'static str, Vec<Vec<Value>>>;

struct Original {
    bytes: Vec<u8>,
    rows: Rows,
    /// The pages of each table and index.
    pages: BTreeMap<String, Vec<usize>>,
    trust: Trust,
}

fn rows(path: &Path) -> Result<Rows, Box<dyn std::error::Error>> {
    let conn = Connection::open(path)?;
    let mut all = Rows::new();
    for table in TABLES {
        let mut statement = conn.prepare(&format!("SELECT * FROM {table} NOT INDEXED"))?;
        let columns = statement.column_count();
        let read = statement.query_map((), |row| (0..columns).map(|at| row.get(at)).collect::<Result<Vec<Value>, _>>())?;
        all.insert(table, read.collect::<Result<_, _>>()?);
    }
    Ok(all)
}

/// A ledger with rows in every table: claims and releases, a full tile, two checkpoints.
fn original() -> Original {
    let (_folder, path) = fresh();
    let (store, signer) = (open(&path), signer());
    let log = Log::new(&store, signer.public().name().clone());
    for k in 0..150_u64 {
        let claim = if k / 7 % 2 == 0 { Claim::Take(AssetId::new(&format!("DT-{}", k % 7)).unwrap()) } else { Claim::Release };
        let sent = batch(case(k % 7), tip(&store, case(k % 7)), k).with(claim);
        assert!(matches!(store.append(&sent).unwrap(), Answer::Appended(_)));
        if k % 70 == 69 {
            log.seal(&signer, None).unwrap();
        }
    }
    log.seal(&signer, None).unwrap();
    drop(store);
    let rows = rows(&path).unwrap();
    assert!(rows.values().all(|rows| !rows.is_empty()), "every table has rows");
    let conn = Connection::open(&path).unwrap();
    let mut statement = conn.prepare("SELECT name, pageno FROM dbstat").unwrap();
    let mut pages: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut found = statement.query(()).unwrap();
    while let Some(row) = found.next().unwrap() {
        pages.entry(row.get(0).unwrap()).or_default().push(row.get::<_, i64>(1).unwrap().try_into().unwrap());
    }
    drop(found);
    drop(statement);
    drop(conn);
    Original { bytes: std::fs::read(&path).unwrap(), rows, pages, trust: Trust::log_only(signer.public().clone()) }
}

impl Original {
    /// Opens a damaged file and verifies it: what was noticed, in a word. What was not noticed must be as it was.
    fn examine(&self, bytes: &[u8], what: &str) -> &'static str {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        std::fs::write(&path, bytes).unwrap();
        let store = match SqliteStore::open(&path, org()) {
            Ok(store) => store,
            Err(StoreError::Corrupt(_) | StoreError::Invalid(_)) => return "refused when opened",
            Err(error) => panic!("{what}: {error}"),
        };
        match verify(&store) {
            Err(StoreError::Corrupt(damage)) => self.is_first(&path, &damage, what),
            Err(error) => panic!("{what}: {error}"),
            Ok(_) => {
                let found = rows(&path).unwrap();
                if found == self.rows {
                    return "no row has changed";
                }
                let signed = |row: &Vec<Value>| matches!(row.last(), Some(Value::Text(note)) if self.is_signed(note));
                assert!(!found["sanzi_checkpoint"].iter().all(signed), "{what}: a row has changed and nobody notices");
                let others = |rows: &Rows| TABLES[..6].iter().map(|table| rows[table].clone()).collect::<Vec<_>>();
                assert_eq!(others(&found), others(&self.rows), "{what}");
                "found by the signature"
            }
        }
    }

    fn is_signed(&self, note: &str) -> bool {
        let Ok(note) = Note::from_bytes(note.as_bytes()) else { return false };
        self.trust.examine(&note, chrono::DateTime::UNIX_EPOCH).is_ok()
    }

    /// Where verifying names a record, that is the first one that is not as it was.
    fn is_first(&self, path: &Path, damage: &Damage, what: &str) -> &'static str {
        let (Damage::Record { position, .. } | Damage::Misfiled { position, .. }) = damage else { return "named" };
        let Ok(found) = rows(path) else { return "record named" };
        let changed = self.rows["sanzi_record"].iter().zip(&found["sanzi_record"]).position(|(due, found)| due != found);
        let due = changed.map(|changed| changed as u64 + 1);
        assert!(due == Some(position.number()), "{what}: {damage}, and {due:?} is the first that was changed");
        "record named"
    }
}

type Seen = BTreeMap<&'static str, u32>;

/// `SANZI_FAULTS` says how many bits of each table and index; 12 unless told.
#[test]
fn a_flipped_bit_in_any_table_is_named_or_changes_nothing() {
    let (original, mut random) = (original(), Random(6));
    let flips = told("SANZI_FAULTS", 12);
    let mut all = Seen::new();
    for (name, pages) in &original.pages {
        let mut seen = Seen::new();
        for n in 0..flips {
            let page = pages[usize::try_from(random.below(pages.len() as u64)).unwrap()];
            let at = (page - 1) * PAGE + usize::try_from(random.below(PAGE as u64)).unwrap();
            let mut bytes = original.bytes.clone();
            bytes[at] ^= 1 << random.below(8);
            let outcome = original.examine(&bytes, &format!("{name}: flip {n} at byte {at}"));
            *seen.entry(outcome).or_default() += 1;
            *all.entry(outcome).or_default() += 1;
        }
        println!("  {name}, {} pages: {seen:?}", pages.len());
    }
    println!("{flips} flipped bits in each of {} tables and indexes: {all:?}", original.pages.len());
    assert!(all.len() > 2, "{all:?}");
}

/// Every column of the tables that hold the tree, changed on purpose by somebody who takes the guards away and puts them back.
#[test]
fn a_changed_tile_or_checkpoint_is_named() {
    let (original, folder) = (original(), tempfile::tempdir().unwrap());
    let path = folder.path().join("ledger.sqlite");
    for (table, change) in [
        ("tile", "hashes = CAST(x'0000' || substr(hashes, 3) AS BLOB)"),
        ("tile", "hashes = CAST(substr(hashes, 1, 8190) || x'0000' AS BLOB)"),
        ("checkpoint", "size = size - 1"),
        ("checkpoint", "id = id + 5"),
        ("checkpoint", "note = replace(note, 'dongtang.example/sanzi' || char(10), 'nanjiao.example/sanzi' || char(10))"),
        ("checkpoint", "note = replace(note, char(10) || size || char(10), char(10) || (size - 1) || char(10))"),
        ("checkpoint", "note = substr(note, 1, length(note) - 20) || 'AAAA' || substr(note, length(note) - 15)"),
    ] {
        std::fs::write(&path, &original.bytes).unwrap();
        let conn = Connection::open(&path).unwrap();
        let name = format!("sanzi_{table}_update");
        let guard: String = conn.query_row("SELECT sql FROM sqlite_schema WHERE name = ?1", [&name], |row| row.get(0)).unwrap();
        conn.execute_batch(&format!("DROP TRIGGER {name}; UPDATE sanzi_{table} SET {change}; {guard}")).unwrap();
        drop(conn);
        let outcome = original.examine(&std::fs::read(&path).unwrap(), change);
        assert!(outcome == "named" || outcome == "found by the signature", "{table}: {change}: {outcome}");
    }
}

/// The last page of the file and of the log, of which only the first sectors were written, over nothing or over something else.
#[test]
fn a_last_page_written_in_part_is_named_or_is_the_end_cut_off() {
    let original = original();
    let mut seen = Seen::new();
    for sectors in 0..8 {
        for before in [0, 0xff, 0x41] {
            let mut bytes = original.bytes.clone();
            let torn = bytes.len() - PAGE + sectors * 512;
            bytes[torn..].fill(before);
            *seen.entry(original.examine(&bytes, &format!("{sectors} sectors over {before:#x}"))).or_default() += 1;
        }
    }
    println!("last page of the file: {seen:?}");
    assert!(seen.keys().any(|outcome| *outcome != "no row has changed"));

    // The log: who is killed leaves it, and the file beside it.
    let (_folder, path) = fresh();
    let (store, mut end) = (open(&path), Tip::START);
    for k in 0..20 {
        let sent = batch(case(1), end, k);
        assert!(matches!(store.append(&sent).unwrap(), Answer::Appended(_)));
        end = Tip::of(sent.records.last().unwrap());
    }
    let note = Log::new(&store, signer().public().name().clone()).seal(&signer(), None).unwrap();
    let before = store.last().unwrap().number();
    let wal = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
    let due = verify(&store).unwrap();
    let kept = std::fs::read(wal(&path)).unwrap();
    assert!(matches!(store.append(&batch(case(1), end, 20)).unwrap(), Answer::Appended(_)));
    let (file, log) = (std::fs::read(&path).unwrap(), std::fs::read(wal(&path)).unwrap());
    drop(store);
    assert!(log.len() > kept.len());
    for sectors in 0..8 {
        for fill in [0, 0xff, 0x41] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ledger.sqlite");
            let mut torn = log.clone();
            let at = torn.len() - PAGE + sectors * 512;
            torn[at..].fill(fill);
            std::fs::write(&path, &file).unwrap();
            std::fs::write(wal(&path), &torn).unwrap();
            let store = open(&path);
            let found = verify(&store).unwrap();
            if torn != log {
                assert_eq!(found, due, "{sectors} sectors: the last append is gone, and all of it");
            }
            assert!(found.records >= before && Log::new(&store, signer().public().name().clone()).keep(&note).is_ok());
        }
    }
    // With the log cut further, what was kept elsewhere notices.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    std::fs::write(&path, &file).unwrap();
    std::fs::write(wal(&path), &log[..kept.len() / 2]).unwrap();
    let store = open(&path);
    verify(&store).unwrap();
    let noticed = Log::new(&store, signer().public().name().clone()).keep(&note);
    assert!(matches!(noticed, Err(LogError::CutOff { .. })), "{noticed:?}");
    assert!(!matches!(SqliteStore::open(&path, org()), Err(StoreError::Invalid(InvalidStore::Foreign(_)))));
}
