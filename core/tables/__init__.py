"""List pages: filter, search, sort, keyset pages, columns, saved views, capped counts, export. Used by every list.

A room declares a Table; the page, the export and the API read the same queryset in the same order.
"""

from core.selectors.patience import TooSlow
from core.tables.columns import (
    Act,
    BulkAction,
    Column,
    Shown,
    Table,
    cell,
    chosen_columns,
    column_choices,
    own_columns,
    tag_action,
)
from core.tables.filtering import ENDINGS, OPEN_CHIPS, Fields, filtered
from core.tables.keyset import PAGE_ROWS, column_of, keyset_part, too_slow_words
from core.tables.pages import COUNT_CAP, ListPage, export_rows, list_page, row_page
from core.tables.tabs import TAB_CAP, ViewTab, count_views, state_of

__all__ = [
    "COUNT_CAP",
    "ENDINGS",
    "OPEN_CHIPS",
    "PAGE_ROWS",
    "TAB_CAP",
    "Act",
    "BulkAction",
    "Column",
    "Fields",
    "ListPage",
    "Shown",
    "Table",
    "TooSlow",
    "ViewTab",
    "cell",
    "chosen_columns",
    "column_choices",
    "column_of",
    "count_views",
    "export_rows",
    "filtered",
    "keyset_part",
    "list_page",
    "own_columns",
    "row_page",
    "state_of",
    "tag_action",
    "too_slow_words",
]
