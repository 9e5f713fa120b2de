-- Only a superuser can watch commands that change tables: nobody, the owner included, alters what is in the schema sanzi. A
-- superuser can switch this off first (ALTER EVENT TRIGGER sanzi_ddl DISABLE), which is also how a later layout is installed.
-- In a schema of its own: DROP SCHEMA sanzi CASCADE would take the guard along before it is asked.
CREATE SCHEMA sanzi_guard;
CREATE FUNCTION sanzi_guard.refuse_ddl() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $fn$
DECLARE
  found text;
BEGIN
  IF TG_EVENT = 'sql_drop' THEN
    SELECT d.object_identity INTO found FROM pg_event_trigger_dropped_objects() d
      WHERE d.schema_name IN ('sanzi', 'sanzi_guard') OR d.address_names[1] IN ('sanzi', 'sanzi_guard')
        OR (d.object_type = 'schema' AND d.object_name IN ('sanzi', 'sanzi_guard')) LIMIT 1;
  ELSE
    SELECT c.object_identity INTO found FROM pg_event_trigger_ddl_commands() c
      WHERE c.schema_name IN ('sanzi', 'sanzi_guard') OR (c.object_type = 'schema' AND c.object_identity IN ('sanzi', 'sanzi_guard'))
        OR (c.classid = 'pg_trigger'::regclass AND EXISTS (SELECT FROM pg_trigger t JOIN pg_class r ON r.oid = t.tgrelid
            WHERE t.oid = c.objid AND r.relnamespace = to_regnamespace('sanzi')))
        OR (c.classid = 'pg_rewrite'::regclass AND EXISTS (SELECT FROM pg_rewrite w JOIN pg_class r ON r.oid = w.ev_class
            WHERE w.oid = c.objid AND r.relnamespace = to_regnamespace('sanzi')))
        OR (c.classid = 'pg_policy'::regclass AND EXISTS (SELECT FROM pg_policy p JOIN pg_class r ON r.oid = p.polrelid
            WHERE p.oid = c.objid AND r.relnamespace = to_regnamespace('sanzi'))) LIMIT 1;
  END IF;
  IF to_regnamespace('sanzi') IS NULL OR to_regnamespace('sanzi_guard') IS NULL THEN
    found := 'a schema of the ledger';
  END IF;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'SZ001', MESSAGE = format('%s on %s: what guards the ledger is not altered', TG_TAG, found);
  END IF;
END $fn$;
REVOKE ALL ON FUNCTION sanzi_guard.refuse_ddl() FROM PUBLIC;
CREATE EVENT TRIGGER sanzi_ddl ON ddl_command_end EXECUTE FUNCTION sanzi_guard.refuse_ddl();
CREATE EVENT TRIGGER sanzi_drop ON sql_drop EXECUTE FUNCTION sanzi_guard.refuse_ddl();
ALTER EVENT TRIGGER sanzi_ddl ENABLE ALWAYS;
ALTER EVENT TRIGGER sanzi_drop ENABLE ALWAYS;
