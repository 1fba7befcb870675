"""Rules 3, 4, 6, 7, 8 and 9: sizes, migrations, documents, jobs, pages, markers."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from tests.architecture.checks import documents, jobs, markers, markup, migrations, sizes
from tests.architecture.checks.sources import refuse

ROOT = Path(__file__).resolve().parents[2]


def test_sizes() -> None:
    refuse(sizes.size_offences(ROOT), ROOT)


def test_migrations_can_be_taken_back() -> None:
    refuse(migrations.reverse_offences(ROOT), ROOT)


def test_no_migration_is_missing() -> None:
    assert migrations.missing_migrations() == {}


def test_rooms_have_a_readme() -> None:
    refuse(documents.readme_offences(ROOT), ROOT)


def test_settings_are_documented() -> None:
    refuse(documents.setting_offences(ROOT), ROOT)


def test_commands_are_documented() -> None:
    refuse(documents.command_offences(ROOT), ROOT)


def test_metrics_are_documented() -> None:
    from reporting import metrics

    refuse(documents.metric_offences(ROOT, metrics.METRICS), ROOT)


def test_links_resolve() -> None:
    refuse(documents.link_offences(ROOT), ROOT)


def test_texts_speak_of_the_product() -> None:
    refuse(documents.wording_offences(ROOT), ROOT)


def test_jobs_asked_for_exist() -> None:
    refuse(jobs.job_offences(ROOT, jobs.registered_names(ROOT)), ROOT)


def test_every_process_knows_every_job() -> None:
    """enqueue() refuses unknown names, so the web process must know the jobs as well as the worker does."""
    unknown = jobs.registered_names(ROOT) - jobs.known_after_start(ROOT)
    refuse((f"{name} is unknown after django.setup(): import the room's tasks in ready()" for name in unknown), ROOT)


def test_pages_obey_the_policy() -> None:
    refuse(markup.markup_offences(ROOT), ROOT)


def test_the_policy_is_strict() -> None:
    assert markup.policy_offences(settings.SECURE_CSP) == []
    assert "django.middleware.csp.ContentSecurityPolicyMiddleware" in settings.MIDDLEWARE


def test_markers_have_reasons() -> None:
    refuse(markers.marker_offences(ROOT), ROOT)
