"""Tables of a clerk in and out: a folder of CSV files, a zip archive of them, or one .xlsx workbook.

:mod:`optimizer.formats.columns` is the registry of all tables and columns, ``docs/formats.md`` shows it.
"""

from optimizer.formats.table_reader import read_tables
from optimizer.formats.table_writer import write_tables

__all__ = ["read_tables", "write_tables"]
