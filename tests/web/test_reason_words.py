"""The page knows every reason in both its languages, in English as the program says it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artkeep.jobs import walk
from artkeep.jobs.advice import ADVICE
from artkeep.sites import _booru, danbooru, e621
from artkeep.sites.civitai import account, plans

WALKS_SAY = (
    "The site listed nothing.",
    "A whole page of what is known.",
    "What follows was listed from the other end.",
    " ends such a list at about ",
    " pages could not be had.",
    "The site's answer does not say whether more follows.",
)
BOORUS_SAY = (
    (_booru, "as the site counts, with what it hides"),
    (danbooru, "as the pool says"),
    (danbooru, ", as much as it takes at once; compared here: "),
    (e621, "as the pool says"),
)
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


def test_the_page_knows_what_the_numbers_of_boorus_include() -> None:
    said = json.loads((LOCALES / "en" / "said.json").read_text("utf-8")).values()
    for module, words in BOORUS_SAY:
        assert words in Path(str(module.__file__)).read_text("utf-8")
        assert any(words in text for text in said)


def test_the_page_knows_what_is_said_of_targets_in_both_its_languages() -> None:
    """These sentences are kept with a target or a walk, in English."""
    said = json.loads((LOCALES / "en" / "said.json").read_text("utf-8")).values()
    told = [plans._NO_KEY, plans._NO_KEY_COLLECTION]
    told += [account._NO_NAMES_OF_FOLLOWED, account._NO_FOLLOWED_COLLECTIONS]
    assert set(told) <= set(said)
    source = Path(walk.__file__).read_text("utf-8")
    assert [one for one in WALKS_SAY if one not in source] == []
    assert [one for one in WALKS_SAY if not any(one in text for text in said)] == []
