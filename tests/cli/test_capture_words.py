"""Why something of a capture was left out, in both languages, in the shell and in the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artkeep.cli import words
from artkeep.sites.captures._capture import OBJECT_REASONS, OUTPUT_REASONS

LOCALES = Path(__file__).parents[2] / "frontend" / "src" / "locales"


@pytest.mark.parametrize("reason", sorted({**OUTPUT_REASONS, **OBJECT_REASONS}))
def test_every_reason_has_words(reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    english = {**OUTPUT_REASONS, **OBJECT_REASONS}[reason]
    monkeypatch.setattr(words, "_language", "zh")
    assert words.say(english) != english
    for language in ("en", "zh"):
        told = json.loads((LOCALES / language / "import.json").read_text("utf-8"))
        assert told["rejects"][reason]
