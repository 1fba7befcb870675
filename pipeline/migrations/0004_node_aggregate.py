import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

FACTS_OF_DEALS = (
    "archived_at,created_on,engaged_on,closed_on,status,expected_close_on,owner_id,stage_id,type,account_id,product_id,"
    "loss_reason_id,currency_id,amount,probability,pushed_count"
)
# What the sums of deals are made of: table, topic, subject, columns, acts. New stages and products have no deals yet.
WATCHED = [
    ("pipeline_opportunity", "pipeline.deal", "id", FACTS_OF_DEALS, "insert,update,delete"),
    ("pipeline_stage", "pipeline.stage", "id", "probability", "update"),
    ("pipeline_product", "pipeline.product", "id", "family", "update"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("pipeline", "0003_hygiene_scores"),
        ("accounts", "0003_outbox"),
        ("people", "0002_outbox"),
        ("core", "0004_outbox_watch"),
    ]
    operations = [
        migrations.DeleteModel("NodeTotal"),
        migrations.CreateModel(
            name='DealFact',
            fields=[
                ('opportunity_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('day', models.DateField(null=True)),
                ('status', models.CharField(max_length=4)),
                ('stage_id', models.BigIntegerField()),
                ('type', models.CharField(max_length=10)),
                ('segment', models.CharField(max_length=80)),
                ('family', models.CharField(max_length=120)),
                ('product_id', models.BigIntegerField(null=True)),
                ('loss_reason_id', models.BigIntegerField(null=True)),
                ('currency', models.CharField(max_length=3)),
                ('owner_id', models.BigIntegerField(null=True)),
                ('position_id', models.BigIntegerField(null=True)),
                ('team_id', models.BigIntegerField(null=True)),
                ('region_id', models.BigIntegerField(null=True)),
                ('manager_id', models.BigIntegerField(null=True)),
                ('line', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField())),
                ('deals', models.IntegerField()),
                ('amount_minor', models.BigIntegerField()),
                ('weighted', models.DecimalField(decimal_places=0, max_digits=24)),
                ('blank_amounts', models.IntegerField()),
                ('pushed_deals', models.IntegerField()),
                ('cycle_deals', models.IntegerField()),
                ('cycle_days', models.BigIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['day'], name='deal_fact_day'), models.Index(fields=['owner_id', 'day'], name='deal_fact_owner'), models.Index(fields=['region_id', 'day'], name='deal_fact_region'), models.Index(fields=['team_id', 'day'], name='deal_fact_team'), models.Index(fields=['manager_id', 'day'], name='deal_fact_manager'), models.Index(fields=['position_id'], name='deal_fact_position')],
            },
        ),
        migrations.CreateModel(
            name='NodeTotal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=8)),
                ('node_id', models.BigIntegerField()),
                ('split', models.CharField(max_length=8)),
                ('part', models.CharField(max_length=120)),
                ('day', models.DateField(null=True)),
                ('status', models.CharField(max_length=4)),
                ('currency', models.CharField(max_length=3)),
                ('deals', models.IntegerField()),
                ('amount_minor', models.DecimalField(decimal_places=0, max_digits=30)),
                ('weighted', models.DecimalField(decimal_places=0, max_digits=36)),
                ('blank_amounts', models.IntegerField()),
                ('pushed_deals', models.IntegerField()),
                ('cycle_deals', models.IntegerField()),
                ('cycle_days', models.BigIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['kind', 'split', 'day'], name='node_total_day'), models.Index(condition=models.Q(('deals', 0)), fields=['deals'], name='node_total_empty')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'split', 'node_id', 'day', 'part', 'status', 'currency'), name='node_total_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='TotalsState',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('built_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='totals_state_is_one')],
            },
        ),
        *(
            migrations.RunSQL(
                "SELECT core_outbox_watch('{}', '{}', '{}', '{}', '{}')".format(*watched),
                f"SELECT core_outbox_unwatch('{watched[0]}')",
            )
            for watched in WATCHED
        ),
    ]
