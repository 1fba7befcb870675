"""Reads of the ground floor: the company, its calendar, rates, runs, audit, what people are told."""

from __future__ import annotations

from core.selectors.attachments import attachments_on, get_attachment_for
from core.selectors.company import (
    MissingRate,
    company_day,
    company_of_request,
    plan_rate,
    plan_rates,
    rates_for,
    the_company,
)
from core.selectors.notifications import (
    Feed,
    Told,
    by_day,
    channels_of,
    feed_of,
    get_notification_for,
    notifications_for,
    told_to,
    unread_count,
)
from core.selectors.own_fields import (
    custom_fields_for,
    default_words,
    get_custom_field_for,
    kinds_with_fields,
    may_keep_fields,
    own_facts,
    own_field,
    own_fields_of,
    records_with_value,
    value_of,
)
from core.selectors.records import editable_ids, find_record_for, get_record_for, may_edit_record
from core.selectors.runs import (
    get_run_for,
    job_counts,
    may_see_runs,
    may_steer_run,
    running_runs,
    runs_for,
    with_live_progress,
)
from core.selectors.saved_views import get_view_for
from core.selectors.tags import get_tag_for, tag_options, tags_for, tags_of, tags_on, with_tags
from core.selectors.trail import audit_for, caught_mails

__all__ = [
    "Feed",
    "MissingRate",
    "Told",
    "attachments_on",
    "audit_for",
    "by_day",
    "caught_mails",
    "channels_of",
    "company_day",
    "company_of_request",
    "custom_fields_for",
    "default_words",
    "editable_ids",
    "feed_of",
    "find_record_for",
    "get_attachment_for",
    "get_custom_field_for",
    "get_notification_for",
    "get_record_for",
    "get_run_for",
    "get_tag_for",
    "get_view_for",
    "job_counts",
    "kinds_with_fields",
    "may_edit_record",
    "may_keep_fields",
    "may_see_runs",
    "may_steer_run",
    "notifications_for",
    "own_facts",
    "own_field",
    "own_fields_of",
    "plan_rate",
    "plan_rates",
    "rates_for",
    "records_with_value",
    "running_runs",
    "runs_for",
    "tag_options",
    "tags_for",
    "tags_of",
    "tags_on",
    "the_company",
    "told_to",
    "unread_count",
    "value_of",
    "with_live_progress",
    "with_tags",
]
