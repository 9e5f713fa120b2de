-- A ledger in SQLite. Read it with the sqlite3 shell; every table is append-only.
CREATE TABLE sanzi_ledger (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  org TEXT NOT NULL,
  layout INTEGER NOT NULL
) STRICT;

-- json is the record exactly as it was hashed; hash is its SHA-256.
CREATE TABLE sanzi_record (
  position INTEGER PRIMARY KEY,
  case_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  hash BLOB NOT NULL,
  json TEXT NOT NULL,
  UNIQUE (case_id, version)
) STRICT;
CREATE INDEX sanzi_opened ON sanzi_record (position, case_id) WHERE version = 1;

-- One row for each append: the version and position after it, its idempotency key, and the digest of its command.
CREATE TABLE sanzi_receipt (
  case_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  key BLOB NOT NULL UNIQUE,
  request BLOB NOT NULL,
  PRIMARY KEY (case_id, version)
) STRICT, WITHOUT ROWID;

-- An asset is held by a case from its row in sanzi_taken on until there is a row in sanzi_released.
CREATE TABLE sanzi_taken (
  id INTEGER PRIMARY KEY,
  asset TEXT NOT NULL,
  case_id TEXT NOT NULL,
  position INTEGER NOT NULL
) STRICT;
CREATE INDEX sanzi_taken_asset ON sanzi_taken (asset);
CREATE INDEX sanzi_taken_case ON sanzi_taken (case_id);
CREATE TABLE sanzi_released (
  taken INTEGER PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT;

-- Rows are added at the end only; INSERT OR REPLACE is refused too.
CREATE TRIGGER sanzi_record_insert BEFORE INSERT ON sanzi_record
WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM sanzi_record)
  OR NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM sanzi_record WHERE case_id = NEW.case_id)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: a record goes to the end of its case and of the ledger'); END;
CREATE TRIGGER sanzi_receipt_insert BEFORE INSERT ON sanzi_receipt
WHEN EXISTS (SELECT 1 FROM sanzi_receipt WHERE key = NEW.key)
  OR EXISTS (SELECT 1 FROM sanzi_receipt WHERE case_id = NEW.case_id AND version >= NEW.version)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: this append has a receipt'); END;
CREATE TRIGGER sanzi_taken_insert BEFORE INSERT ON sanzi_taken
WHEN NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM sanzi_taken)
  OR EXISTS (SELECT 1 FROM sanzi_taken t WHERE t.asset = NEW.asset AND NOT EXISTS (SELECT 1 FROM sanzi_released r WHERE r.taken = t.id))
BEGIN SELECT RAISE(ABORT, 'the asset is in another live transaction'); END;
CREATE TRIGGER sanzi_released_insert BEFORE INSERT ON sanzi_released
WHEN EXISTS (SELECT 1 FROM sanzi_released WHERE taken = NEW.taken)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: the asset was released before'); END;
CREATE TRIGGER sanzi_ledger_insert BEFORE INSERT ON sanzi_ledger WHEN EXISTS (SELECT 1 FROM sanzi_ledger)
BEGIN SELECT RAISE(ABORT, 'a ledger belongs to one organisation'); END;

CREATE TRIGGER sanzi_ledger_update BEFORE UPDATE ON sanzi_ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER sanzi_ledger_delete BEFORE DELETE ON sanzi_ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER sanzi_record_update BEFORE UPDATE ON sanzi_record BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER sanzi_record_delete BEFORE DELETE ON sanzi_record BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER sanzi_receipt_update BEFORE UPDATE ON sanzi_receipt BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER sanzi_receipt_delete BEFORE DELETE ON sanzi_receipt BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER sanzi_taken_update BEFORE UPDATE ON sanzi_taken BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER sanzi_taken_delete BEFORE DELETE ON sanzi_taken BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER sanzi_released_update BEFORE UPDATE ON sanzi_released BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER sanzi_released_delete BEFORE DELETE ON sanzi_released BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
