"""What the nights leave behind: snapshots of deals, and totals pre-summed along the reporting line."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class OpportunitySnapshot(models.Model):
    """One deal at the end of one day, in the company's time zone. Partitioned by month (see the migration)."""

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    opportunity_id = models.BigIntegerField()
    owner_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True)
    product_id = models.BigIntegerField(null=True)
    stage_id = models.BigIntegerField()
    status = models.CharField(max_length=4)
    category = models.CharField(max_length=10)
    type = models.CharField(max_length=10)
    segment = models.CharField(max_length=80, blank=True)
    probability = models.DecimalField(max_digits=5, decimal_places=2)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    expected_close_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    created_on = models.DateField()
    stage_since = models.DateField(null=True)
    last_activity_on = models.DateField(null=True)
    next_step_due_on = models.DateField(null=True)
    has_next_step = models.BooleanField(default=False)
    contacts = models.PositiveSmallIntegerField(default=0)
    pushed_count = models.PositiveSmallIntegerField(default=0)
    is_archived = models.BooleanField(default=False)
    is_reconstructed = models.BooleanField(default=False)

    class Meta:
        managed = False
        db_table = "pipeline_opportunitysnapshot"


class SnapshotNight(models.Model):
    """A night that was taken whole, with its number of deals: pages read only such nights."""

    day = models.DateField(primary_key=True)
    deals = models.PositiveIntegerField()
    taken_at = models.DateTimeField()
    is_reconstructed = models.BooleanField(default=False)
    year = models.CharField(max_length=20, blank=True)  # how its totals cut the year; "" while it has none


class NightTotal(models.Model):
    """The open deals of a night by the fiscal quarter they were expected to close in: of the company (0), of a person.

    quarter: its first day, null for undated deals. Made with the night; fiscal quarters are of SnapshotNight.year.
    """

    night = models.DateField()
    owner_id = models.BigIntegerField()  # a person; 0: the whole company
    quarter = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    deals = models.IntegerField()
    amount_minor = models.DecimalField(max_digits=30, decimal_places=0)
    blank_amounts = models.IntegerField()
    pushed_deals = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["night", "owner_id", "quarter", "currency"], nulls_distinct=False, name="night_total_once"
            )
        ]


class TotalsState(models.Model):
    """The company day that facts and totals stand for; one row, none before the first build.

    basis: what buckets of days were cut by (pipeline.selectors.buckets); with another one totals are made anew.
    moves_since: the night that the kept moves are compared with; null while there is none.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    day = models.DateField()
    basis = models.CharField(max_length=32)
    moves_since = models.DateField(null=True)
    built_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(name="totals_state_is_one", condition=Q(id=1))]


class DealFact(models.Model):
    """What one deal contributes to the sums of the day in TotalsState; made by pipeline.selectors.facts alone.

    day: close date of a closed deal, expected close date of an open one, null = undated. Seat, team, region, manager
    and line (the seat and every position above it, {0} without a seat) are those of the close date, or of the day for
    an open deal. seat and viewers are of TotalsState's day whatever the deal's: the seat its owner sits on, or sat on
    last, and every position from which its owner's records are seen, that seat included. `weighted` is minor units x
    hundredths of a percent.
    """

    opportunity_id = models.BigIntegerField(primary_key=True)
    day = models.DateField(null=True)
    status = models.CharField(max_length=4)
    stage_id = models.BigIntegerField()
    type = models.CharField(max_length=10)
    segment = models.CharField(max_length=80)
    family = models.CharField(max_length=120)
    product_id = models.BigIntegerField(null=True)
    loss_reason_id = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    owner_id = models.BigIntegerField(null=True)
    position_id = models.BigIntegerField(null=True)
    team_id = models.BigIntegerField(null=True)
    region_id = models.BigIntegerField(null=True)
    manager_id = models.BigIntegerField(null=True)
    line = ArrayField(models.BigIntegerField())
    seat_id = models.BigIntegerField(null=True)
    viewers = ArrayField(models.BigIntegerField())
    deals = models.IntegerField()
    amount_minor = models.BigIntegerField()
    weighted = models.DecimalField(max_digits=24, decimal_places=0)
    blank_amounts = models.IntegerField()
    pushed_deals = models.IntegerField()
    cycle_deals = models.IntegerField()
    cycle_days = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["day"], name="deal_fact_day"),
            models.Index(fields=["owner_id", "day"], name="deal_fact_owner"),
            models.Index(fields=["region_id", "day"], name="deal_fact_region"),
            models.Index(fields=["team_id", "day"], name="deal_fact_team"),
            models.Index(fields=["manager_id", "day"], name="deal_fact_manager"),
            models.Index(fields=["position_id"], name="deal_fact_position"),
            models.Index(fields=["seat_id", "day"], name="deal_fact_seat"),
        ]


class DealMove(models.Model):
    """A deal that stands otherwise now than on the night of TotalsState.moves_since; the many others have no row.

    was_*: as the night holds it (was_open: it does). status: of its fact now, "" when it has none.
    """

    opportunity_id = models.BigIntegerField(primary_key=True)
    was_open = models.BooleanField()
    was_day = models.DateField(null=True)
    was_owner_id = models.BigIntegerField(null=True)
    was_currency = models.CharField(max_length=3, null=True)
    was_amount_minor = models.BigIntegerField()
    status = models.CharField(max_length=4)
    day = models.DateField(null=True)
    owner_id = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, null=True)
    amount_minor = models.BigIntegerField()
    is_new = models.BooleanField()

    class Meta:
        indexes = [
            models.Index(fields=["owner_id"], name="deal_move_owner"),
            models.Index(fields=["was_owner_id"], name="deal_move_was_owner"),
        ]


class NodeTotal(models.Model):
    """Facts summed for one node, bucket of days, status and currency; a deal stands once in every node it belongs to.

    kind and node_id: company 0; a region, a team, a person's own deals, a manager's direct reports' deals; a position
    with all below it by the line of each deal's date; `seen`, a position with what is seen from it today besides the
    deals of who sits on it. node_id 0 of any other kind than company is what belongs to none: unassigned.
    grain and day: d for the day itself, m and q for the fiscal month and quarter, by their first day. A bucket is cut
    where the plan rate of its currency begins or ends, so that any of its days has the rate of `day`.
    split and part: none is the whole node; else the share of a stage (id), type, segment or family.
    series: kind, grain and split as one word, "region.m.stage", for a short key. Which there are:
    pipeline.selectors.sources.KEPT.
    """

    series = models.CharField(max_length=24)
    node_id = models.BigIntegerField()
    part = models.CharField(max_length=120)
    day = models.DateField(null=True)
    status = models.CharField(max_length=4)
    currency = models.CharField(max_length=3)
    deals = models.IntegerField()
    amount_minor = models.DecimalField(max_digits=30, decimal_places=0)
    weighted = models.DecimalField(max_digits=36, decimal_places=0)
    blank_amounts = models.IntegerField()
    pushed_deals = models.IntegerField()
    cycle_deals = models.IntegerField()
    cycle_days = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["series", "node_id", "day", "part", "status", "currency"],
                nulls_distinct=False,
                name="node_total_once",
            )
        ]
        indexes = [
            models.Index(fields=["series", "day", "status"], name="node_total_day"),
            models.Index(fields=["deals"], condition=Q(deals=0), name="node_total_empty"),
        ]
