"""What the nights leave behind: snapshots of deals, and totals pre-summed along the reporting line."""

from __future__ import annotations

from django.db import models


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


class NodeTotal(models.Model):
    """Deals summed for one node of the reporting line and one combination of dimensions.

    node_id: a position; 0 = the whole company; -1 = unassigned. day: close date of closed deals, expected close
    date of open ones, null = undated. Each deal stands once in every node above its owner's seat.
    """

    node_id = models.BigIntegerField()
    day = models.DateField(null=True)
    status = models.CharField(max_length=4)
    stage_id = models.BigIntegerField()
    type = models.CharField(max_length=10)
    segment = models.CharField(max_length=80, blank=True)
    family = models.CharField(max_length=120, blank=True)
    currency = models.CharField(max_length=3)
    deals = models.IntegerField()
    amount_minor = models.BigIntegerField()
    blank_amounts = models.IntegerField()
    cycle_deals = models.IntegerField()
    cycle_days = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["node_id", "day", "status"], name="node_total_read")]
        constraints = [
            models.UniqueConstraint(
                fields=["node_id", "day", "status", "stage_id", "type", "segment", "family", "currency"],
                nulls_distinct=False,
                name="node_total_once",
            )
        ]
