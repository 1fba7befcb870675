"""Tables in and out: any CSV or XLSX a person may upload, told by its content; safe CSV and XLSX exports."""

from core.tabular.errors import Limits, TabularError
from core.tabular.reading import FileShape, Row, describe, rows
from core.tabular.writing import safe_cell, write_csv, write_xlsx

__all__ = ["FileShape", "Limits", "Row", "TabularError", "describe", "rows", "safe_cell", "write_csv", "write_xlsx"]
