"""Rows as CSV (RFC 4180) that a spreadsheet cannot take for formulas (SE-15).

A cell that a spreadsheet could take for a formula gets an apostrophe in front; so does one that
has only apostrophes before such a text, so that taking one away again gives back every text.
Numbers stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_BETWEEN = "\0"  # in no cell: no database of ours can hold it
# Spreadsheets skip spaces before a formula, and some read full-width signs like plain ones.
_FORMULA = re.compile(
    _BETWEEN + r"(?='*[^\S\t\r\n]*[=+\-@\t\r\n＝＋－＠﹦﹢﹣﹫])"
    rf"(?![+-]?\d+(?:\.\d+)?(?:{_BETWEEN}|\Z))"
)


def defused(cell: str) -> str:
    """A cell as a spreadsheet takes it for text."""
    return _FORMULA.sub(_BETWEEN + "'", _BETWEEN + cell)[1:]


def csv_line(cells: Iterable[str | None]) -> str:
    """One line with its end; None is an empty cell. Written for millions of lines."""
    return csv_line_of(_BETWEEN.join(["" if cell is None else cell for cell in cells]))


def csv_line_of(cells: str) -> str:
    """The same of cells with a NUL between them."""
    line = _FORMULA.sub(_BETWEEN + "'", _BETWEEN + cells)
    return line.replace('"', '""').replace(_BETWEEN, '","')[2:] + '"\r\n'
