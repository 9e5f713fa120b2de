-- Partitions are told together: `record_N … x16`.
SELECT line || CASE count(*) WHEN 1 THEN '' ELSE ' x' || count(*) END FROM (SELECT regexp_replace(line, '(record|receipt|tile)_[0-9]+', '\1_N', 'g') FROM (
  SELECT 'function ' || p.proname || ' ' || left(encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'), 16)
      || CASE WHEN p.prosecdef THEN ' definer ' ELSE ' ' END || coalesce(array_to_string(p.proconfig, ' '), 'no settings')
      || CASE WHEN p.proowner = 'sanzi_owner'::regrole THEN '' ELSE ' another owner' END
    FROM pg_proc p WHERE p.pronamespace = 'sanzi'::regnamespace
  UNION ALL
  SELECT 'trigger ' || t.tgname || ' on ' || c.relname || ' ' || p.proname || ' ' || t.tgtype || ' ' || t.tgenabled::text
      || CASE WHEN t.tgqual IS NULL THEN '' ELSE ' conditional' END
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE c.relnamespace = 'sanzi'::regnamespace
  UNION ALL
  SELECT 'rule ' || w.rulename || ' on ' || c.relname FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class WHERE c.relnamespace = 'sanzi'::regnamespace
  UNION ALL
  SELECT 'table ' || c.relname || ' ' || c.relkind::text || ' ' || c.relpersistence::text || CASE WHEN c.relrowsecurity THEN ' hides rows' ELSE '' END
      || CASE WHEN c.relowner = 'sanzi_owner'::regrole THEN '' ELSE ' another owner' END
    FROM pg_class c WHERE c.relnamespace = 'sanzi'::regnamespace AND c.relkind NOT IN ('i', 'I')
  UNION ALL
  SELECT 'index ' || c.relname || CASE WHEN i.indisunique THEN ' unique' ELSE '' END || CASE WHEN i.indisvalid AND i.indisready THEN '' ELSE ' broken' END
    FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relnamespace = 'sanzi'::regnamespace
  UNION ALL
  SELECT 'check ' || o.conname || ' on ' || o.conrelid::regclass || ' ' || left(encode(sha256(convert_to(pg_get_constraintdef(o.oid), 'UTF8')), 'hex'), 16)
    FROM pg_constraint o WHERE o.connamespace = 'sanzi'::regnamespace AND o.contype = 'c'
  UNION ALL
  SELECT 'right to ' || lower(a.privilege_type) || ' ' || c.relname || ' for ' || CASE a.grantee WHEN 0 THEN 'everybody' ELSE a.grantee::regrole::text END
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
    WHERE c.relnamespace = 'sanzi'::regnamespace AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
  UNION ALL
  SELECT 'watch ' || e.evtname || ' ' || e.evtevent || ' ' || e.evtenabled::text || ' ' || left(encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'), 16)
    FROM pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid WHERE p.pronamespace = to_regnamespace('sanzi_guard')
) each (line)) found (line) GROUP BY line ORDER BY line COLLATE "C"
