-- Layout 2: the tree over the records, and its signed checkpoints.
-- A full tile: 256 hashes of 32 bytes. Level 0 are the records' own.
CREATE TABLE sanzi_tile (
  level INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hashes BLOB NOT NULL CHECK (length(hashes) = 8192),
  UNIQUE (level, number)
) STRICT;

-- note is the checkpoint as it was signed; with more signatures it stands here again.
CREATE TABLE sanzi_checkpoint (
  id INTEGER PRIMARY KEY,
  size INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;
CREATE INDEX sanzi_checkpoint_size ON sanzi_checkpoint (size, id);

-- What no record's hash covers stands twice, in its table and in an index: PRAGMA integrity_check finds it if one of them is damaged.
CREATE INDEX sanzi_receipt_request ON sanzi_receipt (position, request);
CREATE INDEX sanzi_taken_position ON sanzi_taken (position);
CREATE INDEX sanzi_released_position ON sanzi_released (position);

CREATE TRIGGER sanzi_tile_insert BEFORE INSERT ON sanzi_tile
WHEN EXISTS (SELECT 1 FROM sanzi_tile WHERE level = NEW.level AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: this tile is kept already'); END;
CREATE TRIGGER sanzi_checkpoint_insert BEFORE INSERT ON sanzi_checkpoint
WHEN NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM sanzi_checkpoint)
  OR NEW.size > (SELECT coalesce(max(position), 0) FROM sanzi_record)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: a checkpoint is of records that are there'); END;
CREATE TRIGGER sanzi_tile_update BEFORE UPDATE ON sanzi_tile BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER sanzi_tile_delete BEFORE DELETE ON sanzi_tile BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER sanzi_checkpoint_update BEFORE UPDATE ON sanzi_checkpoint BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER sanzi_checkpoint_delete BEFORE DELETE ON sanzi_checkpoint BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
