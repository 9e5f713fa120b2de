-- Three roles of the whole server: one owns, one appends, one reads. None of them can log in: grant them to those who do.
DO $do$
DECLARE role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['sanzi_owner', 'sanzi_app', 'sanzi_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role) THEN
      EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', role);
    END IF;
  END LOOP;
  IF NOT pg_catalog.pg_has_role(current_user, 'sanzi_owner', 'USAGE') THEN
    EXECUTE pg_catalog.format('GRANT sanzi_owner TO %I', current_user);
  END IF;
END $do$;
CREATE SCHEMA sanzi AUTHORIZATION sanzi_owner;
SET LOCAL ROLE sanzi_owner;
