//! One batch, or several of one ledger, in one transaction.

use postgres::{Row, Transaction};
use uuid::Uuid;

use super::error::undecided;
use super::pool::Outcome;
use super::session::{Session, unconfirmed};
use crate::ledger::Tip;
use crate::store::{Answer, Append, Claim, Damage, Position, Receipt, Refusal, StoreError};
use crate::value::{CaseId, Digest, OrgId};

/// Batches side by side: their records stand in one list, each batch's from `low` to `high`.
const TOGETHER: &str = "SELECT a.answer, a.of_case, a.version, a.position, a.digest
   FROM unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::bytea[], $6::integer[], $7::integer[], $8::text[], $9::boolean[])
     AS b (case_id, expected, key, request, low, high, take, release)
   CROSS JOIN LATERAL sanzi.append($1, b.case_id, b.expected, b.key, b.request, ($10::text[])[b.low:b.high], b.take, b.release) AS a";

/// Appends a batch inside a transaction of yours, so that your own rows and ours are committed together or not at all.
///
/// [`Answer::Appended`] becomes true with your COMMIT; who appends to the same ledger waits for it, so make it soon. On
/// every other answer, and on an error, nothing of the batch is in the transaction, and the transaction can go on. In SQL
/// alone the same is `SELECT * FROM sanzi.append(…)`. If your COMMIT fails or its reply is lost, ask
/// [`Store::recall`](crate::store::Store::recall) with the batch's key. Your connection's role has to be a member of
/// `sanzi_app`; the ledger is made by [`create_ledger`](super::create_ledger).
///
/// ```no_run
/// use sanzi::ledger::Record;
/// use sanzi::store::{Answer, Append, postgres};
/// use sanzi::value::{CaseId, Digest, OrgId};
/// use postgres::postgres::{Client, NoTls};
///
/// let org = OrgId::new("dongtang")?;
/// let case = CaseId::random();
/// let records = vec![Record::seal(org, case, 1, Digest::NONE, &"opened")?];
/// let batch = Append::new(case, 0, uuid::Uuid::new_v4(), Digest::of_bytes(b"the command"), records);
///
/// let mut client = Client::connect("host=db.example dbname=platform user=platform", NoTls)?;
/// let mut tx = client.transaction()?;
/// tx.execute("INSERT INTO todo VALUES ('study the motion')", &[])?;
/// match postgres::append_in(&mut tx, org, &batch)? {
///     Answer::Appended(_) => tx.commit()?,
///     _ => tx.rollback()?,
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`StoreError`]; [`Unavailable::Busy`](crate::store::Unavailable::Busy) on a serialization failure or a deadlock: roll
/// back, and begin the whole transaction again.
pub fn append_in(tx: &mut Transaction<'_>, org: OrgId, batch: &Append) -> Result<Answer, StoreError> {
    if let Err(flaw) = batch.check(org) {
        return Ok(Answer::Refused(flaw.into()));
    }
    let columns = Columns::of(&[batch]);
    let mut inner = tx.savepoint("sanzi")?;
    let rows = inner.query(TOGETHER, &columns.parameters(&org.as_str()))?;
    // An error drops the savepoint, and the batch with it.
    let answer = answer(rows.first().ok_or_else(no_answer)?, batch)?;
    inner.commit()?;
    Ok(answer)
}

/// Appends batches that were checked, all in one transaction. One that breaks a rule of the database does not spoil the
/// others: then each goes alone, after what was sent first is known to be undone.
pub(super) fn together(session: &mut Session, org: OrgId, batches: &[&Append]) -> Vec<Outcome> {
    match send(session, org, batches) {
        Ok(outcomes) => outcomes,
        Err(StoreError::Corrupt(_) | StoreError::Invalid(_)) if batches.len() > 1 => {
            let alone = |batch: &&Append| send(session, org, &[*batch]).and_then(|mut one| one.pop().unwrap_or_else(|| Err(no_answer())));
            batches.iter().map(alone).collect()
        }
        Err(error) => batches.iter().map(|_| Err(error.clone())).collect(),
    }
}

/// An error means that nothing was appended.
fn send(session: &mut Session, org: OrgId, batches: &[&Append]) -> Result<Vec<Outcome>, StoreError> {
    if batches.is_empty() {
        return Ok(Vec::new());
    }
    session.warned();
    let columns = Columns::of(batches);
    let org = org.as_str();
    let statement = session.kept(TOGETHER)?;
    let rows = match session.query(&statement, &columns.parameters(&org)) {
        Ok(rows) => rows,
        Err(error) if undecided(&error) => {
            session.broke();
            return Ok(batches.iter().map(|batch| Ok(Answer::Indeterminate { key: batch.key })).collect());
        }
        Err(error) => return Err(error.into()),
    };
    // It is committed: whatever is odd about the answer from here on, it is no longer known that nothing was appended.
    let shaky = session.confirmed().is_err() || rows.len() != batches.len();
    let outcome = |(place, batch): (usize, &&Append)| match rows.get(place).ok_or_else(no_answer).and_then(|row| answer(row, batch)) {
        Ok(Answer::Appended(_)) if shaky => Ok(Answer::Indeterminate { key: batch.key }),
        Err(_) => Ok(Answer::Indeterminate { key: batch.key }),
        // Nothing was appended, but why not is known of this server only; another may lead by now.
        Ok(_) if shaky => Err(unconfirmed()),
        known => known,
    };
    Ok(batches.iter().enumerate().map(outcome).collect())
}

fn no_answer() -> StoreError {
    Damage::File("the database gave no answer".to_owned()).into()
}

/// The batches as the statement takes them.
struct Columns<'a> {
    cases: Vec<Uuid>,
    expected: Vec<i64>,
    keys: Vec<Uuid>,
    requests: Vec<&'a [u8]>,
    lows: Vec<i32>,
    highs: Vec<i32>,
    takes: Vec<Option<&'a str>>,
    releases: Vec<bool>,
    records: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    fn of(batches: &[&'a Append]) -> Columns<'a> {
        let records: Vec<&str> = batches.iter().flat_map(|batch| batch.records.iter().map(|record| record.as_str())).collect();
        let mut highs = Vec::with_capacity(batches.len());
        let mut lows = Vec::with_capacity(batches.len());
        let mut last = 0_i32;
        for batch in batches {
            lows.push(last.saturating_add(1));
            last = last.saturating_add(i32::try_from(batch.records.len()).unwrap_or(i32::MAX));
            highs.push(last);
        }
        Columns {
            cases: batches.iter().map(|batch| batch.case.uuid()).collect(),
            // A version beyond the numbers of the database is another one than any case has.
            expected: batches.iter().map(|batch| i64::try_from(batch.expected).unwrap_or(-1)).collect(),
            keys: batches.iter().map(|batch| batch.key).collect(),
            requests: batches.iter().map(|batch| batch.request.as_bytes().as_slice()).collect(),
            lows,
            highs,
            takes: batches
                .iter()
                .map(|batch| match &batch.claim {
                    Claim::Take(asset) => Some(asset.as_str()),
                    Claim::None | Claim::Release => None,
                })
                .collect(),
            releases: batches.iter().map(|batch| batch.claim == Claim::Release).collect(),
            records,
        }
    }

    fn parameters<'p>(&'p self, org: &'p &'p str) -> [&'p (dyn postgres::types::ToSql + Sync); 10] {
        [org, &self.cases, &self.expected, &self.keys, &self.requests, &self.lows, &self.highs, &self.takes, &self.releases, &self.records]
    }
}

/// What the function's row says to this batch.
fn answer(row: &Row, batch: &Append) -> Result<Answer, StoreError> {
    let said: &str = row.try_get(0)?;
    let case = CaseId::new(row.try_get(1)?);
    let version = || -> Result<u64, StoreError> { unsigned(row.try_get(2)?) };
    let receipt = |repeated: bool| -> Result<Receipt, StoreError> {
        let position = Position::new(unsigned(row.try_get(3)?)?);
        Ok(Receipt { case, version: version()?, position, request: digest(row.try_get(4)?)?, repeated })
    };
    Ok(match (said, batch.claim) {
        ("appended", _) => Answer::Appended(receipt(false)?),
        ("repeated" | "reused", _) => batch.again(receipt(true)?),
        ("conflict" | "broken", _) => batch.meet(Tip { version: version()?, hash: digest(row.try_get(4)?)? }).ok_or_else(no_answer)?,
        ("taken", Claim::Take(asset)) => Answer::Refused(Refusal::AssetTaken { asset, by: case }),
        _ => return Err(no_answer()),
    })
}

/// The receipt that belongs to a key, after everything that could still append it has ended.
pub(super) fn recall(session: &mut Session, org: OrgId, key: Uuid) -> Result<Option<Receipt>, StoreError> {
    session.end_lost()?;
    let statement = session.kept("SELECT of_case, version, position, digest FROM sanzi.recall($1, $2)")?;
    session.warned();
    let found = session.maybe(&statement, &[&org.as_str(), &key])?;
    // The function locks a row, so that its commit waits for the standbys, too: they have all that it has seen.
    session.confirmed()?;
    let Some(row) = found else { return Ok(None) };
    let (case, version, position) = (CaseId::new(row.try_get(0)?), unsigned(row.try_get(1)?)?, Position::new(unsigned(row.try_get(2)?)?));
    Ok(Some(Receipt { case, version, position, request: digest(row.try_get(3)?)?, repeated: true }))
}

pub(super) fn digest(bytes: &[u8]) -> Result<Digest, StoreError> {
    match <[u8; 32]>::try_from(bytes) {
        Ok(bytes) => Ok(Digest::from_bytes(bytes)),
        Err(_) => Err(Damage::Index(format!("a digest has {} bytes", bytes.len())).into()),
    }
}

pub(super) fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| Damage::Index(format!("{number} is no version and no position")).into())
}
