//! What records alone do not show: receipts, claims, and whether the guards stand as they were installed.

use super::session::Session;
use crate::store::{Damage, StoreError};
use crate::value::OrgId;

/// Each query finds a row of one organisation that must not exist, and says in one text what is wrong with it.
const QUESTIONS: [&str; 7] = [
    "SELECT 'the receipt of case ' || p.case_id || ' version ' || p.version || ' has no record'
       FROM sanzi.receipt p LEFT JOIN sanzi.record r ON r.org = p.org AND r.position = p.position
       WHERE p.org = $1 AND (r.case_id IS DISTINCT FROM p.case_id OR r.version IS DISTINCT FROM p.version) LIMIT 1",
    "SELECT 'the last record of case ' || r.case_id || ' has no receipt'
       FROM (SELECT case_id, max(version) AS version FROM sanzi.record WHERE org = $1 GROUP BY case_id) r
       LEFT JOIN sanzi.receipt p ON p.org = $1 AND p.case_id = r.case_id AND p.version = r.version WHERE p.key IS NULL LIMIT 1",
    "SELECT 'the record at position ' || r.position || ' is the last one, and has no receipt'
       FROM (SELECT max(position) AS position FROM sanzi.record WHERE org = $1) r
       WHERE r.position IS DISTINCT FROM (SELECT max(position) FROM sanzi.receipt WHERE org = $1)",
    "SELECT 'the claim on asset ' || t.asset || ' by case ' || t.case_id || ' has no receipt'
       FROM sanzi.taken t WHERE t.org = $1 AND NOT EXISTS (SELECT FROM sanzi.receipt p JOIN sanzi.record r ON r.org = p.org AND r.position = p.position
         WHERE p.org = t.org AND r.position = t.position AND p.case_id = t.case_id) LIMIT 1",
    "SELECT 'the release number ' || l.taken || ' has no claim, or comes before it'
       FROM sanzi.released l LEFT JOIN sanzi.taken t ON t.org = l.org AND t.id = l.taken
       LEFT JOIN sanzi.record r ON r.org = l.org AND r.position = l.position
       WHERE l.org = $1 AND (t.id IS NULL OR r.case_id IS DISTINCT FROM t.case_id OR l.position <= t.position) LIMIT 1",
    "SELECT 'asset ' || a.asset || ' was taken by case ' || b.case_id || ' while case ' || a.case_id || ' held it'
       FROM sanzi.taken a JOIN sanzi.taken b ON b.org = a.org AND b.asset = a.asset AND b.id > a.id
       LEFT JOIN sanzi.released l ON l.org = a.org AND l.taken = a.id
       WHERE a.org = $1 AND (l.position IS NULL OR l.position >= b.position) LIMIT 1",
    "SELECT 'the record at position ' || r.position || ' is not where its procedure puts it'
       FROM sanzi.record r JOIN sanzi.ledger g ON g.org = r.org
       WHERE r.org = $1 AND g.ordered = (r.stage = 'free') LIMIT 1",
];

/// The guards as they were installed, one line each; made by the test `the_guards_are_the_ones_listed`.
pub(super) const LISTED: &str = include_str!("listed.txt");

/// One line for each function, trigger, rule, policy and right to write in the schema.
pub(super) const LIST: &str = include_str!("list.sql");

/// Asks the tables about each other, all in one snapshot, and the catalogue about the guards.
pub(super) fn check(session: &mut Session, org: OrgId) -> Result<(), StoreError> {
    guards(session)?;
    session.within("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", |session| {
        for question in QUESTIONS {
            if let Some(row) = session.maybe(question, &[&org.as_str()])? {
                return Err(Damage::Index(row.try_get(0)?).into());
            }
        }
        Ok(())
    })
}

/// Names the first guard that is missing, was added, or was changed.
pub(super) fn guards(session: &mut Session) -> Result<(), StoreError> {
    let rows = session.query(LIST, &[])?;
    let found: Vec<&str> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let watched: bool = session.one("SELECT watched FROM sanzi.layout ORDER BY layout DESC LIMIT 1", &[])?.try_get(0)?;
    let due: Vec<&str> = LISTED.lines().filter(|line| watched || !line.starts_with("watch ")).collect();
    match due.iter().find(|due| !found.contains(due)).or_else(|| found.iter().find(|found| !due.contains(found))) {
        Some(line) => Err(Damage::File(format!("`{line}` is missing, was added, or was changed")).into()),
        None => Ok(()),
    }
}
