//! What records alone do not show: receipts, claims, and the file.

use rusqlite::{Connection, OptionalExtension};

use crate::store::{Damage, StoreError};

/// Each query finds a row that must not exist, and says in one text what is wrong with it.
const QUESTIONS: [&str; 9] = [
    "SELECT 'the receipt of case ' || p.case_id || ' version ' || p.version || ' has no record'
       FROM sanzi_receipt p LEFT JOIN sanzi_record r ON r.position = p.position
       WHERE r.case_id IS NOT p.case_id OR r.version IS NOT p.version",
    "SELECT 'the last record of case ' || r.case_id || ' has no receipt'
       FROM (SELECT case_id, max(version) AS version FROM sanzi_record GROUP BY case_id) r
       LEFT JOIN sanzi_receipt p ON p.case_id = r.case_id AND p.version = r.version WHERE p.key IS NULL",
    "SELECT 'the record at position ' || r.position || ' is the last one, and has no receipt'
       FROM (SELECT max(position) AS position FROM sanzi_record) r
       WHERE r.position IS NOT (SELECT max(position) FROM sanzi_receipt)",
    "SELECT 'the receipt of case ' || case_id || ' version ' || version || ' has no key or no request'
       FROM sanzi_receipt WHERE length(key) <> 16 OR length(request) <> 32",
    "SELECT 'the claim on asset ' || t.asset || ' by case ' || t.case_id || ' has no receipt'
       FROM sanzi_taken t WHERE NOT EXISTS (SELECT 1 FROM sanzi_receipt p JOIN sanzi_record r USING (position)
         WHERE r.position = t.position AND p.case_id = t.case_id)",
    "SELECT 'the release number ' || l.taken || ' has no claim, or comes before it'
       FROM sanzi_released l LEFT JOIN sanzi_taken t ON t.id = l.taken LEFT JOIN sanzi_record r ON r.position = l.position
       WHERE t.id IS NULL OR r.case_id IS NOT t.case_id OR l.position <= t.position",
    "SELECT 'asset ' || a.asset || ' was taken by case ' || b.case_id || ' while case ' || a.case_id || ' held it'
       FROM sanzi_taken a JOIN sanzi_taken b ON b.asset = a.asset AND b.id > a.id
       LEFT JOIN sanzi_released l ON l.taken = a.id WHERE l.position IS NULL OR l.position >= b.position",
    "SELECT 'the checkpoint number ' || id || ' is filed under another size than its own'
       FROM sanzi_checkpoint WHERE CAST(substr(note, instr(note, char(10)) + 1) AS INTEGER) IS NOT size",
    "SELECT 'a checkpoint before number ' || last || ' is missing'
       FROM (SELECT max(id) AS last, count(*) AS found FROM sanzi_checkpoint) WHERE last IS NOT nullif(found, 0)",
];

/// Asks SQLite about the file, and the tables about each other, all in one snapshot.
pub(super) fn check(conn: &Connection) -> Result<(), StoreError> {
    let snapshot = conn.unchecked_transaction()?;
    let file: String = snapshot.query_row("PRAGMA integrity_check(1)", (), |row| row.get(0))?;
    if file != "ok" {
        return Err(Damage::File(file).into());
    }
    for question in QUESTIONS {
        if let Some(wrong) = snapshot.query_row(question, (), |row| row.get::<_, String>(0)).optional()? {
            return Err(Damage::Index(wrong).into());
        }
    }
    Ok(())
}
