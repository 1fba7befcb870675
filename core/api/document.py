"""The OpenAPI document, and the page to read and try it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotAuthenticated

from core.api.views import Asked
from core.htmx import PageRequest


class AsJson(OpenApiJsonRenderer):
    media_type = "application/json"


class _MadeOnce(SchemaGenerator):
    """Made once in each language and process: it takes seconds, and tells everyone the same."""

    made: ClassVar[dict[str, Any]] = {}

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        language = get_language() or ""
        if language not in self.made:
            self.made[language] = super().get_schema(request=request, public=public)
        return self.made[language]


class Document(Asked, SpectacularAPIView):
    """For whoever is signed in: it tells what there is, not whose."""

    renderer_classes = [AsJson]
    generator_class = _MadeOnce
    schema = None

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not request.user.is_authenticated:
            raise NotAuthenticated


@require_GET
def docs(request: PageRequest) -> HttpResponseBase:
    """Swagger UI, from our own files. It calls as whoever is signed in here."""
    return render(request, "core/api.html")
