from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "people"
    verbose_name = _("People")

    def ready(self) -> None:
        from core import registry
        from people.models import Person, Position, Team
        from people.services import imports, lines

        registry.import_kinds.add(imports.PEOPLE)
        registry.reference_kinds.add(*imports.REFERENCES)
        registry.record_models.add(
            registry.RecordModel("person", Person),
            registry.RecordModel("position", Position),
            registry.RecordModel("team", Team),
        )
        registry.undo_parts.add(registry.UndoPart("position", "position.seats", lines.empty_seats))
