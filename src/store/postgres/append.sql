-- The one way in. Locks the organisation's row until COMMIT, and answers
--   appended  version and position after it
--   repeated  the key was used for this request before: its version and position, nothing was appended
--   reused    the key was used for another request: of_case and version say which
--   conflict  the case is at another version; digest is the hash of its last record
--   broken    the first record does not follow the case's last one; version and digest say which that is
--   taken     of_case holds the asset
-- Everything else is an error, and nothing was appended. Before it says appended it reads what was stored.
CREATE FUNCTION sanzi.append(org text, case_id uuid, expected bigint, key uuid, request bytea, records text[],
  take text DEFAULT NULL, release boolean DEFAULT false,
  OUT answer text, OUT of_case uuid, OUT version bigint, OUT "position" bigint, OUT digest bytea)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $fn$
DECLARE
  prior record; last bigint; stored boolean; holder uuid; ending text;
BEGIN
  IF current_setting('session_replication_role') <> 'origin' THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ010', MESSAGE = 'session_replication_role is not origin: guards of other tables are off';
  END IF;
  PERFORM FROM sanzi.ledger l WHERE l.org = append.org FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ009', MESSAGE = format('there is no ledger of %s', append.org);
  END IF;
  IF array_ndims(append.records) IS DISTINCT FROM 1 OR cardinality(append.records) > 1000 OR array_lower(append.records, 1) <> 1 THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ003', MESSAGE = 'a batch has 1 to 1000 records';
  END IF;

  -- One question at a time: joined into one they take longer.
  SELECT p.request, p.case_id, p.version, p.position INTO prior FROM sanzi.receipt p WHERE p.org = append.org AND p.key = append.key;
  IF FOUND THEN
    IF NOT EXISTS (SELECT FROM sanzi.record r WHERE r.org = append.org AND r.position = prior.position AND r.case_id = prior.case_id
        AND r.version = prior.version) THEN
      RAISE EXCEPTION USING ERRCODE = 'SZ007', MESSAGE = format('the receipt of key %s has no record in its place', append.key);
    END IF;
    answer := CASE WHEN prior.request = append.request AND prior.case_id = append.case_id THEN 'repeated' ELSE 'reused' END;
    of_case := prior.case_id;
    version := prior.version;
    position := prior.position;
    digest := prior.request;
    RETURN;
  END IF;

  of_case := append.case_id;
  SELECT r.version, r.hash INTO version, digest FROM sanzi.record r WHERE r.org = append.org AND r.case_id = append.case_id
    ORDER BY r.version DESC LIMIT 1;
  IF NOT FOUND THEN
    version := 0;
    digest := decode(repeat('00', 32), 'hex');
  END IF;
  IF version IS DISTINCT FROM append.expected THEN
    answer := 'conflict';
    RETURN;
  END IF;
  -- The record ends with its prev and version; what else it says is the trigger's to check.
  ending := '","version":' || append.expected + 1 || '}';
  IF right(append.records[1], length(ending)) = ending
    AND left(right(append.records[1], length(ending) + 64), 64) <> encode(digest, 'hex') THEN
    answer := 'broken';
    RETURN;
  END IF;
  IF append.take IS NOT NULL THEN
    SELECT t.case_id INTO holder FROM sanzi.taken t WHERE t.org = append.org AND t.asset = append.take
      AND NOT EXISTS (SELECT FROM sanzi.released l WHERE l.org = t.org AND l.taken = t.id);
    IF holder <> append.case_id THEN
      answer := 'taken';
      of_case := holder;
      RETURN;
    END IF;
  END IF;

  SELECT r.position INTO last FROM sanzi.record r WHERE r.org = append.org ORDER BY r.position DESC LIMIT 1;
  last := coalesce(last, 0);
  version := append.expected + cardinality(append.records);
  position := last + cardinality(append.records);
  FOR n IN 1..cardinality(append.records) LOOP
    -- Where another transaction has come first and this one cannot see it, DO NOTHING is a serialization failure.
    INSERT INTO sanzi.record (org, position, case_id, version, hash, json)
      VALUES (append.org, last + n, append.case_id, append.expected + n, sha256(convert_to(append.records[n], 'UTF8')), append.records[n])
      ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
      RAISE EXCEPTION USING ERRCODE = 'SZ007', MESSAGE = format('position %s does not take what was sent', last + n);
    END IF;
  END LOOP;
  INSERT INTO sanzi.receipt (org, key, request, case_id, version, position)
    VALUES (append.org, append.key, append.request, append.case_id, append.version, append.position);
  SELECT count(*) = cardinality(append.records)
      AND bool_and(r.json = append.records[r.position - last] AND r.hash = sha256(convert_to(r.json, 'UTF8'))
        AND r.case_id = append.case_id AND r.version - append.expected = r.position - last)
      AND EXISTS (SELECT FROM sanzi.receipt p WHERE p.org = append.org AND p.key = append.key AND p.request = append.request
        AND p.case_id = append.case_id AND p.version = append.version AND p.position = append.position)
    INTO stored FROM sanzi.record r WHERE r.org = append.org AND r.position > last AND r.position <= append.position;
  IF append.take IS NOT NULL AND holder IS NULL THEN
    INSERT INTO sanzi.taken (org, id, asset, case_id, position)
      SELECT append.org, coalesce(max(t.id), 0) + 1, append.take, append.case_id, append.position FROM sanzi.taken t WHERE t.org = append.org;
    stored := stored AND EXISTS (SELECT FROM sanzi.taken t WHERE t.org = append.org AND t.asset = append.take
      AND t.case_id = append.case_id AND t.position = append.position);
  END IF;
  IF append.release THEN
    INSERT INTO sanzi.released (org, taken, position)
      SELECT append.org, t.id, append.position FROM sanzi.taken t WHERE t.org = append.org AND t.case_id = append.case_id
        AND NOT EXISTS (SELECT FROM sanzi.released l WHERE l.org = t.org AND l.taken = t.id);
    stored := stored AND NOT EXISTS (SELECT FROM sanzi.taken t WHERE t.org = append.org AND t.case_id = append.case_id
      AND NOT EXISTS (SELECT FROM sanzi.released l WHERE l.org = t.org AND l.taken = t.id));
  END IF;
  IF stored IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ007', MESSAGE = 'what is stored is not what was sent';
  END IF;
  answer := 'appended';
  digest := append.request;
END $fn$;

-- What became of an append with this key: its row, or none. Waits for who is just appending to the ledger.
CREATE FUNCTION sanzi.recall(org text, key uuid)
RETURNS TABLE (of_case uuid, version bigint, "position" bigint, digest bytea) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $fn$
DECLARE
  placed boolean;
BEGIN
  PERFORM FROM sanzi.ledger l WHERE l.org = recall.org FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ009', MESSAGE = format('there is no ledger of %s', recall.org);
  END IF;
  SELECT p.case_id, p.version, p.position, p.request, r.position IS NOT NULL
    INTO recall.of_case, recall.version, recall.position, recall.digest, placed FROM sanzi.receipt p
    LEFT JOIN sanzi.record r ON r.org = p.org AND r.position = p.position AND r.case_id = p.case_id AND r.version = p.version
    WHERE p.org = recall.org AND p.key = recall.key;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF NOT placed THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ007', MESSAGE = format('the receipt of key %s has no record in its place', recall.key);
  END IF;
  RETURN NEXT;
END $fn$;

-- For administrators: a new organisation's ledger; the same again changes nothing.
CREATE FUNCTION sanzi.create_ledger(org text, ordered boolean) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $fn$
BEGIN
  INSERT INTO sanzi.ledger (org, ordered) VALUES (create_ledger.org, create_ledger.ordered) ON CONFLICT DO NOTHING;
  IF NOT EXISTS (SELECT FROM sanzi.ledger l WHERE l.org = create_ledger.org AND l.ordered = create_ledger.ordered) THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ001', MESSAGE = format('the ledger of %s exists, and is not kept in this way', create_ledger.org);
  END IF;
END $fn$;

-- For administrators: the moves of one procedure, once for all.
CREATE FUNCTION sanzi.add_procedure(digest bytea, first_step text, moves text[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $fn$
BEGIN
  INSERT INTO sanzi.procedure (digest, first_step, moves) VALUES (add_procedure.digest, add_procedure.first_step, add_procedure.moves)
    ON CONFLICT DO NOTHING;
  IF NOT EXISTS (SELECT FROM sanzi.procedure p WHERE p.digest = add_procedure.digest
      AND p.first_step = add_procedure.first_step AND p.moves = add_procedure.moves) THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ001', MESSAGE = 'this procedure is installed with other moves';
  END IF;
END $fn$;

CREATE FUNCTION sanzi.add_tile(org text, level integer, idx bigint, hashes bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $fn$
BEGIN
  PERFORM FROM sanzi.ledger l WHERE l.org = add_tile.org FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ009', MESSAGE = format('there is no ledger of %s', add_tile.org);
  END IF;
  INSERT INTO sanzi.tile (org, level, idx, hashes) VALUES (add_tile.org, add_tile.level, add_tile.idx, add_tile.hashes) ON CONFLICT DO NOTHING;
  IF NOT EXISTS (SELECT FROM sanzi.tile t WHERE t.org = add_tile.org AND t.level = add_tile.level AND t.idx = add_tile.idx
      AND t.hashes = add_tile.hashes) THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ007', MESSAGE = 'another tile is in its place';
  END IF;
END $fn$;

CREATE FUNCTION sanzi.add_checkpoint(org text, size bigint, note text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $fn$
DECLARE
  due bigint;
BEGIN
  PERFORM FROM sanzi.ledger l WHERE l.org = add_checkpoint.org FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ009', MESSAGE = format('there is no ledger of %s', add_checkpoint.org);
  END IF;
  SELECT coalesce(max(c.id), 0) + 1 INTO due FROM sanzi.checkpoint c WHERE c.org = add_checkpoint.org;
  INSERT INTO sanzi.checkpoint (org, id, size, note) VALUES (add_checkpoint.org, due, add_checkpoint.size, add_checkpoint.note);
  IF NOT EXISTS (SELECT FROM sanzi.checkpoint c WHERE c.org = add_checkpoint.org AND c.id = due AND c.size = add_checkpoint.size
      AND c.note = add_checkpoint.note) THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ007', MESSAGE = 'the checkpoint does not hold what was sent';
  END IF;
  RETURN due;
END $fn$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA sanzi FROM PUBLIC;
GRANT USAGE ON SCHEMA sanzi TO sanzi_app, sanzi_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA sanzi TO sanzi_app, sanzi_reader;
GRANT EXECUTE ON FUNCTION sanzi.append, sanzi.recall, sanzi.add_tile, sanzi.add_checkpoint TO sanzi_app;
INSERT INTO sanzi.layout (layout, program, watched) SELECT 1, 'sanzi', rolsuper FROM pg_catalog.pg_roles WHERE rolname = session_user;
