-- Ledgers in PostgreSQL: any number of organisations, each with its own row of sanzi.ledger, its own positions from 1 on,
-- and no lock that another one waits for. Read them with psql; every table is append-only.

-- Which layout this is; the newest row counts. Watched: a superuser has installed it, so that commands are watched too.
CREATE TABLE sanzi.layout (
  layout integer PRIMARY KEY CHECK (layout > 0),
  program text NOT NULL CHECK (program = 'sanzi'),
  watched boolean NOT NULL
);

-- The order of steps, as data: 'from>to', where no to is the end. A row never changes, so an old procedure keeps its moves.
CREATE TABLE sanzi.procedure (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  first_step text NOT NULL CHECK (first_step <> ''),
  moves text[] NOT NULL CHECK (array_position(moves, NULL) IS NULL)
);

-- One row for each organisation; whoever appends to its ledger holds it until COMMIT. Where it is ordered, every record is an
-- event of a procedure in sanzi.procedure and a step out of order is refused; where it is not, bodies can say anything.
CREATE TABLE sanzi.ledger (
  org text COLLATE "C" PRIMARY KEY CHECK (org ~ '^[A-Za-z0-9._-]{1,39}$'),
  ordered boolean NOT NULL
);

-- json is the record exactly as it was hashed; hash is its SHA-256. The last four columns are what the guard has read in it:
-- where the case stands after this record. Only the trigger fills them, so a row that no trigger has seen cannot be stored.
CREATE TABLE sanzi.record (
  org text COLLATE "C" NOT NULL,
  position bigint NOT NULL CHECK (position > 0),
  case_id uuid NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  hash bytea NOT NULL,
  json text NOT NULL CHECK (octet_length(json) <= 1048576),
  at timestamptz,
  procedure bytea,
  step text,
  stage text NOT NULL,
  PRIMARY KEY (org, position),
  UNIQUE (org, case_id, version)
) PARTITION BY HASH (org);
CREATE INDEX record_opened ON sanzi.record (org, position) WHERE version = 1;

-- One row for each append: the version and position after it, its idempotency key, and the digest of its command.
CREATE TABLE sanzi.receipt (
  org text COLLATE "C" NOT NULL,
  key uuid NOT NULL,
  request bytea NOT NULL CHECK (octet_length(request) = 32),
  case_id uuid NOT NULL,
  version bigint NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (org, key),
  UNIQUE (org, case_id, version)
) PARTITION BY HASH (org);

-- An asset is held by a case from its row in sanzi.taken on until there is a row in sanzi.released.
CREATE TABLE sanzi.taken (
  org text COLLATE "C" NOT NULL,
  id bigint NOT NULL CHECK (id > 0),
  asset text COLLATE "C" NOT NULL CHECK (asset ~ '^[A-Za-z0-9._-]{1,39}$'),
  case_id uuid NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (org, id)
);
CREATE INDEX taken_asset ON sanzi.taken (org, asset);
CREATE INDEX taken_case ON sanzi.taken (org, case_id);
CREATE TABLE sanzi.released (
  org text COLLATE "C" NOT NULL,
  taken bigint NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (org, taken)
);

-- The tree over a ledger, 256 hashes to a tile, and its checkpoints.
CREATE TABLE sanzi.tile (
  org text COLLATE "C" NOT NULL,
  level integer NOT NULL CHECK (level BETWEEN 0 AND 63),
  idx bigint NOT NULL CHECK (idx >= 0),
  hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
  PRIMARY KEY (org, level, idx)
) PARTITION BY HASH (org);
CREATE TABLE sanzi.checkpoint (
  org text COLLATE "C" NOT NULL,
  id bigint NOT NULL CHECK (id > 0),
  size bigint NOT NULL CHECK (size >= 0),
  note text NOT NULL,
  PRIMARY KEY (org, id)
);
CREATE INDEX checkpoint_size ON sanzi.checkpoint (org, size, id);

-- Four parts: a statement locks every part of its table, so more of them cost each append more than a short list of leaves saves.
DO $do$
DECLARE parent text;
BEGIN
  FOREACH parent IN ARRAY ARRAY['record', 'receipt', 'tile'] LOOP
    FOR part IN 0..3 LOOP
      EXECUTE format('CREATE TABLE sanzi.%I PARTITION OF sanzi.%I FOR VALUES WITH (MODULUS 4, REMAINDER %s)',
        parent || '_' || part, parent, part);
    END LOOP;
  END LOOP;
END $do$;
