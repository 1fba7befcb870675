from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from tests.access.matrix import Matrix, read_matrix
from tests.access.world import World, small_world


@pytest.fixture(scope="session")
def matrix() -> Matrix:
    return read_matrix()


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for all tests of a file, which are marked `django_db`: what one of them changes is taken back."""
    with django_db_blocker.unblock(), small_world() as made:
        yield made


@pytest.fixture(scope="module")
def lean_pages(django_db_setup: None) -> Iterator[None]:
    """Pages without the frame around them, and refusals without a page: most of the time goes there, and who is let in
    doesn't depend on it."""
    frame = (settings.BASE_DIR / "templates" / "base.html").read_text()
    blocks = "".join(f"{{% block {name} %}}{{% endblock %}}" for name in re.findall(r"{% block (\w+)", frame))
    lean = {"base.html": blocks, **dict.fromkeys(("403.html", "404.html"), "")}
    usual = ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"]
    options = settings.TEMPLATES[0]["OPTIONS"] | {
        "loaders": [
            ("django.template.loaders.locmem.Loader", lean),
            ("django.template.loaders.cached.Loader", usual),
        ]
    }
    with override_settings(TEMPLATES=[settings.TEMPLATES[0] | {"APP_DIRS": False, "OPTIONS": options}]):
        yield
