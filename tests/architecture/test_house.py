"""Rules 3, 4, 6, 7, 8 and 9: sizes, migrations, documents, jobs, pages, markers."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from tests.architecture.checks import documents, jobs, markers, markup, migrations, sizes
from tests.architecture.checks.sources import report

ROOT = Path(__file__).resolve().parents[2]


def test_sizes() -> None:
    assert report(sizes.size_offences(ROOT), ROOT) == ""


def test_migrations_can_be_taken_back() -> None:
    assert report(migrations.reverse_offences(ROOT), ROOT) == ""


def test_no_migration_is_missing() -> None:
    assert migrations.missing_migrations() == {}


def test_rooms_have_a_readme() -> None:
    assert report(documents.readme_offences(ROOT), ROOT) == ""


def test_settings_are_documented() -> None:
    assert report(documents.setting_offences(ROOT), ROOT) == ""


def test_commands_are_documented() -> None:
    assert report(documents.command_offences(ROOT), ROOT) == ""


def test_metrics_are_documented() -> None:
    from reporting import metrics

    assert report(documents.metric_offences(ROOT, metrics.METRICS), ROOT) == ""


def test_links_resolve() -> None:
    assert report(documents.link_offences(ROOT), ROOT) == ""


def test_texts_speak_of_the_product() -> None:
    assert report(documents.wording_offences(ROOT), ROOT) == ""


def test_jobs_asked_for_exist() -> None:
    assert report(jobs.job_offences(ROOT, jobs.registered_names(ROOT)), ROOT) == ""


def test_every_process_knows_every_job() -> None:
    """enqueue() refuses unknown names, so the web process must know the jobs as well as the worker does."""
    assert sorted(jobs.registered_names(ROOT) - jobs.known_after_start(ROOT)) == []


def test_pages_obey_the_policy() -> None:
    assert report(markup.markup_offences(ROOT), ROOT) == ""


def test_the_policy_is_strict() -> None:
    assert markup.policy_offences(settings.SECURE_CSP) == []
    assert "django.middleware.csp.ContentSecurityPolicyMiddleware" in settings.MIDDLEWARE


def test_markers_have_reasons() -> None:
    assert report(markers.marker_offences(ROOT), ROOT) == ""
