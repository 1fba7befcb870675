from django.db import migrations

COLUMNS = """
    id bigint NOT NULL,
    period_id bigint NOT NULL,
    run_id bigint NOT NULL,
    payee_id bigint NOT NULL,
    plan_id bigint NOT NULL,
    version_id bigint NOT NULL,
    component_id bigint NOT NULL,
    credit_id bigint NOT NULL,
    stage smallint NOT NULL,
    earned_in date NOT NULL,
    amount_minor bigint NOT NULL,
    reached_minor bigint NOT NULL,
    PRIMARY KEY (period_id, run_id, id)
"""
# Drafts: a table a run, shown under one name. The ledger: a part a pay period, in it a table a posted run.
TABLES = f"""
CREATE TABLE compensation_runline ({COLUMNS}) PARTITION BY LIST (run_id);
CREATE INDEX compensation_runline_payee ON compensation_runline (payee_id, earned_in);
CREATE TABLE compensation_ledgerentry ({COLUMNS}) PARTITION BY LIST (period_id);
CREATE INDEX compensation_ledger_payee ON compensation_ledgerentry (payee_id, earned_in);
CREATE FUNCTION compensation_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Entries of the ledger are only added: what is wrong is put right by another entry.';
END $$;
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON compensation_ledgerentry
  FOR EACH ROW EXECUTE FUNCTION compensation_only_added();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON compensation_ledgerentry
  FOR EACH STATEMENT EXECUTE FUNCTION compensation_only_added();
"""
GONE = """
DROP TABLE compensation_ledgerentry;
DROP TABLE compensation_runline;
DROP FUNCTION compensation_only_added();
"""


class Migration(migrations.Migration):
    dependencies = [("compensation", "0001_initial")]
    operations = [migrations.RunSQL(TABLES, GONE)]
