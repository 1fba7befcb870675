from django.db import migrations

# Statement triggers with transition tables: a bulk statement costs one call, and every writer is caught (services,
# COPY, undo, the admin, SQL by hand). `before` and `after` are the rows as they were and as they are.
FUNCTIONS = """
CREATE FUNCTION core_outbox_note(topic text, subjects bigint[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO core_outboxevent (topic, subject_id, payload)
  SELECT topic, subject, '{}'::jsonb
  FROM unnest(CASE WHEN cardinality(subjects) > 5000 THEN ARRAY[0::bigint] ELSE subjects END) subject
  WHERE subject IS NOT NULL
$$;

CREATE FUNCTION core_outbox_touch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  topic text := TG_ARGV[0];
  subject text := TG_ARGV[1];
  watched text[] := string_to_array(TG_ARGV[2], ',');
  subjects bigint[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    EXECUTE format('SELECT array_agg(DISTINCT %s) FROM after', subject) INTO subjects;
  ELSIF TG_OP = 'DELETE' THEN
    EXECUTE format('SELECT array_agg(DISTINCT %s) FROM before', subject) INTO subjects;
  ELSE
    EXECUTE format(
      'SELECT array_agg(DISTINCT subject) FROM before b JOIN after a USING (id),
         LATERAL (VALUES (b.%1$s), (a.%1$s)) both_sides(subject) WHERE ROW(%2$s) IS DISTINCT FROM ROW(%3$s)',
      subject,
      (SELECT string_agg(format('b.%I', name), ',') FROM unnest(watched) name),
      (SELECT string_agg(format('a.%I', name), ',') FROM unnest(watched) name)) INTO subjects;
  END IF;
  PERFORM core_outbox_note(topic, subjects);
  RETURN NULL;
END $$;

CREATE FUNCTION core_outbox_watch(watched_table text, topic text, subject text, watched text, acts text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  act text;
  rows_seen jsonb := '{"insert": "NEW TABLE AS after", "delete": "OLD TABLE AS before",
                       "update": "OLD TABLE AS before NEW TABLE AS after"}';
BEGIN
  FOREACH act IN ARRAY string_to_array(acts, ',') LOOP
    EXECUTE format('CREATE TRIGGER outbox_%1$s AFTER %1$s ON %2$I REFERENCING %3$s FOR EACH STATEMENT
      EXECUTE FUNCTION core_outbox_touch(%4$L, %5$L, %6$L)', act, watched_table, rows_seen->>act, topic, subject, watched);
  END LOOP;
END $$;

CREATE FUNCTION core_outbox_unwatch(watched_table text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  act text;
BEGIN
  FOREACH act IN ARRAY '{insert,update,delete}'::text[] LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS outbox_%s ON %I', act, watched_table);
  END LOOP;
END $$;
"""
NO_FUNCTIONS = """
DROP FUNCTION core_outbox_unwatch(text);
DROP FUNCTION core_outbox_watch(text, text, text, text, text);
DROP FUNCTION core_outbox_touch();
DROP FUNCTION core_outbox_note(text, bigint[]);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0003_currencies")]
    operations = [migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS)]
