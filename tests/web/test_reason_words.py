"""The page knows every reason in both its languages, in English as the program says it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artkeep.jobs.advice import ADVICE

LOCALES = Path(__file__).parents[2] / "frontend" / "src" / "locales"


def words(language: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(
        (LOCALES / language / "reasons.json").read_text("utf-8")
    )
    return found


def test_the_english_page_says_what_the_program_says() -> None:
    said = {code: {"title": one.title, "text": one.text} for code, one in ADVICE.items()}
    assert words("en") == said


@pytest.mark.parametrize("part", ["title", "text"])
def test_the_chinese_page_knows_every_reason(part: str) -> None:
    chinese = words("zh")
    assert chinese.keys() == ADVICE.keys()
    assert all(any(sign >= "\u4e00" for sign in one[part]) for one in chinese.values())
