from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet

from core import registry
from integrations.enums import ImportState
from integrations.models import ImportFile


def _kinds() -> list[tuple[str, Any]]:
    return [(entry.key, entry.spec.label) for entry in registry.import_kinds]


class ImportFilter(FilterSet):
    kind = ChoiceFilter(choices=_kinds, label=_("What"))
    state = ChoiceFilter(choices=ImportState.choices, label=_("State"))

    class Meta:
        model = ImportFile
        fields: tuple[str, ...] = ()
