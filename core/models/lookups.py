"""`owner__among=[...]`: as `in`, with the ids as one array: a list of thousands costs no more than one of three."""

from __future__ import annotations

from typing import Any

from django.db.models import AutoField, BigAutoField, ForeignKey, IntegerField, Lookup


@IntegerField.register_lookup
@AutoField.register_lookup
@BigAutoField.register_lookup
@ForeignKey.register_lookup
class Among(Lookup[Any]):
    """Ids, not records: `in` makes a placeholder and a check of each, which is most of a page for who sees many."""

    lookup_name = "among"

    def get_prep_lookup(self) -> list[int]:
        """Raises TypeError and ValueError for what isn't an id."""
        return [int(one) for one in self.rhs]

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s::bigint[]", (value,)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, before = self.process_lhs(compiler, connection)
        right, after = self.process_rhs(compiler, connection)
        return f"{left} = ANY({right})", (*before, *after)
