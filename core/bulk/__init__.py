"""Writing in sets: COPY, upsert of clean rows, dated facts; and what of it can be undone."""

from core.bulk.bare import bare_fill
from core.bulk.copying import copy_rows, say_who
from core.bulk.dated import ClosedDays, DatedRows, closed_books
from core.bulk.facts import FactPlan, hold
from core.bulk.loading import BY_EXTERNAL_ID, STAGE, Loaded, LoadPlan, LoadRefused, Match, Refusal, has_column, load
from core.bulk.touched import TOUCHED, begin_touching, touch, touching

__all__ = [
    "BY_EXTERNAL_ID",
    "STAGE",
    "TOUCHED",
    "ClosedDays",
    "DatedRows",
    "FactPlan",
    "LoadPlan",
    "LoadRefused",
    "Loaded",
    "Match",
    "Refusal",
    "bare_fill",
    "begin_touching",
    "closed_books",
    "copy_rows",
    "has_column",
    "hold",
    "load",
    "say_who",
    "touch",
    "touching",
]
