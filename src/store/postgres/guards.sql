-- What no row gets past, whoever inserts it. Error codes: SZ001 append-only, SZ002 not the next in order, SZ003 broken frame or
-- chain, SZ004 wrong hash, SZ005 time goes back, SZ006 step out of order, SZ007 not stored as sent, SZ008 receipt or claim
-- without its record, SZ009 no such ledger or procedure, SZ010 guards are switched off.

CREATE FUNCTION sanzi.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $fn$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'SZ001', MESSAGE = format('%s on %I.%I: the ledger is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME);
END $fn$;

-- Where a case stands after an event: 'pending', 'performed' and 'public' within a step, then 'ended'; or 'terminating', 'ended'.
CREATE FUNCTION sanzi.stage_after(INOUT procedure bytea, INOUT step text, INOUT stage text, body json)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $fn$
DECLARE
  events integer; name text; event json; place json; due text := stage;
BEGIN
  SELECT count(*) OVER (), e.key, e.value INTO events, name, event FROM json_each(body -> 'event') e;
  IF events IS DISTINCT FROM 1 OR json_typeof(event) <> 'object' THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ006', MESSAGE = 'in this ledger every record is one event';
  END IF;
  IF stage = 'ended' OR (name = 'opened') <> (stage IS NULL)
    OR (stage = 'terminating' AND name IN ('performed', 'advanced', 'recalled', 'terminated')) THEN
    due := 'another event';
  ELSIF name = 'opened' THEN
    procedure := decode(substring(event ->> 'procedure_digest' from '^sha256:([0-9a-f]{64})$'), 'hex');
    SELECT p.first_step INTO step FROM sanzi.procedure p WHERE p.digest = stage_after.procedure;
    IF NOT FOUND THEN
      RAISE EXCEPTION USING ERRCODE = 'SZ009', MESSAGE = format('the procedure %s is not installed here', event ->> 'procedure_digest');
    END IF;
    stage := 'pending';
  ELSIF name = 'performed' THEN
    IF stage = 'pending' AND (SELECT json_agg(k) FROM json_object_keys(event -> 'evidence') k) ->> 0 = step
      AND (SELECT count(*) FROM json_object_keys(event -> 'evidence')) = 1 THEN
      stage := 'performed';
      RETURN;
    END IF;
    due := 'another event';
  ELSIF name = 'published' THEN
    IF stage = 'terminating' AND event ->> 'of' = 'termination' THEN
      stage := 'ended';
    ELSIF event ->> 'of' = 'step' AND stage = 'performed' THEN
      stage := 'public';
    ELSIF event ->> 'of' IS DISTINCT FROM 'withdrawal' THEN
      due := 'another event';
    END IF;
  ELSIF name = 'advanced' THEN
    place := event -> 'to';
    IF stage <> 'public' OR event ->> 'from' IS DISTINCT FROM step THEN
      due := 'another event';
    ELSIF json_typeof(place) = 'string' AND event ->> 'to' = 'end' THEN
      place := NULL;
    ELSIF json_typeof(place) <> 'object' OR place ->> 'step' IS NULL THEN
      due := 'another event';
    END IF;
    IF due = stage THEN
      IF NOT EXISTS (SELECT FROM sanzi.procedure p WHERE p.digest = stage_after.procedure
          AND stage_after.step || '>' || coalesce(place ->> 'step', '') = ANY (p.moves)) THEN
        due := 'another move';
      ELSE
        stage := CASE WHEN place IS NULL THEN 'ended' ELSE 'pending' END;
        step := place ->> 'step';
        RETURN;
      END IF;
    END IF;
  ELSIF name = 'recalled' THEN
    IF stage <> 'public' OR event ->> 'step' IS DISTINCT FROM step THEN
      due := 'another event';
    END IF;
  ELSIF name = 'terminated' THEN
    stage := 'terminating';
    RETURN;
  ELSIF name = 'clock-set' THEN
    -- A clock set right takes the case back; that it stood at that step before, the record's own check asks.
    IF json_typeof(event -> 'back') = 'object' THEN
      IF stage = 'terminating' OR event -> 'back' -> 'steps' ->> 'from' IS NULL THEN
        due := 'another event';
      ELSE
        step := event -> 'back' -> 'steps' ->> 'from';
        stage := 'pending';
        RETURN;
      END IF;
    END IF;
  ELSIF name NOT IN ('noted', 'objected', 'answered', 'risen') THEN
    due := 'another event';
  END IF;
  IF due IN ('another event', 'another move') THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ006', MESSAGE = format('`%s` is out of order: the case is at %s, %s',
      name, coalesce(step, 'no step'), coalesce(stage, 'not opened')), DETAIL = due;
  END IF;
END $fn$;

-- Each record against its own frame, against the case's record before it, and against the ledger's record before it.
CREATE FUNCTION sanzi.check_record() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $fn$
DECLARE
  prior record; tail text; body json; moment text; dated boolean; zero CONSTANT bytea := decode(repeat('00', 32), 'hex');
BEGIN
  SELECT l.ordered, r.version, r.hash, r.at, r.procedure, r.step, r.stage,
      EXISTS (SELECT FROM sanzi.record p WHERE p.org = NEW.org AND p.position = NEW.position - 1) AS follows INTO prior
    FROM sanzi.ledger l
    LEFT JOIN sanzi.record r ON r.org = l.org AND r.case_id = NEW.case_id AND r.version = NEW.version - 1 WHERE l.org = NEW.org;
  IF prior.ordered IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ009', MESSAGE = format('there is no ledger of %s', NEW.org);
  END IF;
  IF (prior.version IS NULL) <> (NEW.version = 1) THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ002', MESSAGE = format('version %s of case %s is not the next', NEW.version, NEW.case_id);
  END IF;
  IF NEW.position > 1 AND NOT prior.follows THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ002', MESSAGE = format('position %s of %s is not the next', NEW.position, NEW.org);
  END IF;
  IF NEW.hash IS DISTINCT FROM sha256(convert_to(NEW.json, 'UTF8')) THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ004', MESSAGE = format('the hash of version %s of case %s is not that of its text', NEW.version, NEW.case_id);
  END IF;
  tail := ',"case":"' || NEW.case_id || '","format":"sanzi/1","org":"' || NEW.org || '","prev":"sha256:'
    || encode(coalesce(prior.hash, zero), 'hex') || '","version":' || NEW.version || '}';
  IF NOT starts_with(NEW.json, '{"body":') OR right(NEW.json, length(tail)) <> tail THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ003', MESSAGE = format(
      'version %s of case %s does not follow the record before it, or names another place', NEW.version, NEW.case_id);
  END IF;
  -- One value and nothing after it, so no field can be hidden before the frame's others.
  body := substr(NEW.json, 9, length(NEW.json) - 8 - length(tail))::json;
  IF json_typeof(body) = 'object' THEN
    moment := body ->> 'at';
  END IF;
  NEW.at := prior.at;
  dated := coalesce(moment LIKE '____-__-__T__:__:__%Z', false);
  IF dated THEN
    NEW.at := moment::timestamptz;
    IF NEW.at < prior.at AND (body -> 'event' -> 'clock-set') IS NULL THEN
      RAISE EXCEPTION USING ERRCODE = 'SZ005', MESSAGE = format('version %s of case %s is dated before the one before it', NEW.version, NEW.case_id);
    END IF;
  END IF;
  IF prior.ordered THEN
    IF NOT dated THEN
      RAISE EXCEPTION USING ERRCODE = 'SZ006', MESSAGE = 'in this ledger every record says when';
    END IF;
    SELECT * INTO NEW.procedure, NEW.step, NEW.stage FROM sanzi.stage_after(prior.procedure, prior.step, prior.stage, body);
    IF NEW.step <> prior.step AND (body -> 'event' -> 'clock-set') IS NOT NULL
      AND NOT EXISTS (SELECT FROM sanzi.record r WHERE r.org = NEW.org AND r.case_id = NEW.case_id AND r.version < NEW.version AND r.step = NEW.step) THEN
      RAISE EXCEPTION USING ERRCODE = 'SZ006', MESSAGE = format('a clock set right leads back, and the case was never at %s', NEW.step);
    END IF;
  ELSE
    NEW.procedure := NULL;
    NEW.step := NULL;
    NEW.stage := 'free';
  END IF;
  RETURN NEW;
END $fn$;

CREATE FUNCTION sanzi.check_receipt() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $fn$
BEGIN
  IF NOT EXISTS (SELECT FROM sanzi.record r WHERE r.org = NEW.org AND r.position = NEW.position AND r.case_id = NEW.case_id AND r.version = NEW.version) THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ008', MESSAGE = 'a receipt names a record that is not there';
  END IF;
  RETURN NEW;
END $fn$;

CREATE FUNCTION sanzi.check_taken() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $fn$
BEGIN
  IF NEW.id IS DISTINCT FROM (SELECT coalesce(max(t.id), 0) + 1 FROM sanzi.taken t WHERE t.org = NEW.org)
    OR NOT EXISTS (SELECT FROM sanzi.record r WHERE r.org = NEW.org AND r.position = NEW.position AND r.case_id = NEW.case_id) THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ008', MESSAGE = 'a claim has no record, or is not the next';
  END IF;
  IF EXISTS (SELECT FROM sanzi.taken t WHERE t.org = NEW.org AND t.asset = NEW.asset
      AND NOT EXISTS (SELECT FROM sanzi.released r WHERE r.org = t.org AND r.taken = t.id)) THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ008', MESSAGE = format('asset %s is in another live transaction', NEW.asset);
  END IF;
  RETURN NEW;
END $fn$;

CREATE FUNCTION sanzi.check_released() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $fn$
BEGIN
  IF NOT EXISTS (SELECT FROM sanzi.taken t JOIN sanzi.record r ON r.org = t.org AND r.case_id = t.case_id
      WHERE t.org = NEW.org AND t.id = NEW.taken AND r.position = NEW.position AND t.position < NEW.position) THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ008', MESSAGE = 'a release has no claim or no record';
  END IF;
  RETURN NEW;
END $fn$;

CREATE FUNCTION sanzi.check_checkpoint() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $fn$
DECLARE
  last record;
BEGIN
  SELECT max(c.id) AS id, max(c.size) AS size INTO last FROM sanzi.checkpoint c WHERE c.org = NEW.org;
  -- One of an earlier size comes again when it has more signatures.
  IF NEW.id <> coalesce(last.id, 0) + 1
    OR NEW.size < coalesce(last.size, 0) AND NOT EXISTS (SELECT FROM sanzi.checkpoint c WHERE c.org = NEW.org AND c.size = NEW.size)
    OR NEW.size > (SELECT coalesce(max(r.position), 0) FROM sanzi.record r WHERE r.org = NEW.org) THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ002', MESSAGE = 'a checkpoint is the next one, covers no less than the last or is one of them again, and no more than there is';
  END IF;
  RETURN NEW;
END $fn$;

CREATE TRIGGER check_insert BEFORE INSERT ON sanzi.record FOR EACH ROW EXECUTE FUNCTION sanzi.check_record();
CREATE TRIGGER check_insert BEFORE INSERT ON sanzi.receipt FOR EACH ROW EXECUTE FUNCTION sanzi.check_receipt();
CREATE TRIGGER check_insert BEFORE INSERT ON sanzi.taken FOR EACH ROW EXECUTE FUNCTION sanzi.check_taken();
CREATE TRIGGER check_insert BEFORE INSERT ON sanzi.released FOR EACH ROW EXECUTE FUNCTION sanzi.check_released();
CREATE TRIGGER check_insert BEFORE INSERT ON sanzi.checkpoint FOR EACH ROW EXECUTE FUNCTION sanzi.check_checkpoint();

-- On every table and every partition, and also for a session that plays replica.
DO $do$
DECLARE place record;
BEGIN
  FOR place IN SELECT c.oid::regclass AS name, c.relispartition AS part FROM pg_class c
      WHERE c.relnamespace = 'sanzi'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relispartition LOOP
    IF NOT place.part THEN
      EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION sanzi.refuse_change()', place.name);
    END IF;
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %s EXECUTE FUNCTION sanzi.refuse_change()', place.name);
  END LOOP;
  FOR place IN SELECT t.tgrelid::regclass AS name, t.tgname AS trigger FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      WHERE c.relnamespace = 'sanzi'::regnamespace AND NOT t.tgisinternal LOOP
    EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %I', place.name, place.trigger);
  END LOOP;
END $do$;
