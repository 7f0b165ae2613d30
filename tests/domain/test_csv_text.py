"""CSV that reads back exactly and that no spreadsheet calculates with (SE-15)."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artkeep.domain.csv_text import csv_line

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
beginnings = st.sampled_from(
    ["", "'", "''", " ", "\u3000", "\t", "\r", "\n", "=", "+", "-", "@"]
)


def read(line: str) -> list[str]:
    (cells,) = csv.reader(io.StringIO(line, newline=""), strict=True)
    return cells


@pytest.mark.parametrize(
    "cell",
    [
        *("=1+1", "+SUM(A1)", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r=1", "\n=1"),
        *(
            "  =1+1",
            "\u3000=1",
            "\xa0@x",
            " \t",
            "＝1+1",
            "＋1",
            "－1+1",
            "＠x",
            " ＝1",
            "﹢1",
            "﹫x",
        ),
        *('=HYPERLINK("http://x","y")', "'=1+1", "''=1", "' =1", "-", "=", "--5", "-1-1", "+"),
        *("-1 ", "1\n=2"[1:], "-1e5x", "-.5", "+1,5"),
    ],
)
def test_what_could_be_a_formula_is_marked_as_text(cell: str) -> None:
    assert read(csv_line(["a", cell, "b"])) == ["a", f"'{cell}", "b"]


@pytest.mark.parametrize(
    "cell",
    ["", "x", "a=b", "1girl, 2=3", "'quoted'", "'", "猫", "a\n=b", "-1", "-0.25", "+7", "007"],
)
def test_everything_else_and_every_number_stays_as_it_is(cell: str) -> None:
    assert read(csv_line([cell, cell])) == [cell, cell]


def test_nothing_is_an_empty_cell() -> None:
    assert csv_line(["a", None, ""]) == '"a","",""\r\n'


@given(st.lists(texts, min_size=1))
def test_any_line_is_one_line_with_as_many_cells(cells: list[str]) -> None:
    assert len(read(csv_line(cells))) == len(cells)


@given(st.builds("{}{}{}".format, beginnings, beginnings, texts))
def test_an_apostrophe_of_ours_can_always_be_told_from_others(cell: str) -> None:
    """Taking one away before a formula gives every text back: no two are written alike."""
    (written,) = read(csv_line([cell]))
    assert written in (cell, f"'{cell}")
    assert not written.lstrip(" \u3000\xa0").startswith(("=", "@", "\t", "\r"))
    if written != cell:
        assert read(csv_line([written])) == [f"'{written}"]
