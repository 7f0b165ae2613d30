"""Every reason code that the program can give has words for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import artkeep
from artkeep.jobs.advice import ADVICE, advise
from artkeep.net.retry import RULES

PACKAGE = Path(artkeep.__file__).parent
# Where artworks and jobs get the reasons why they are not done.
WHERE = ("errors.py", "jobs", "media", "net", "sites", "stages", "store/examined.py")
# Never kept with an artwork or a job.
OTHERS = {
    *("error", "usage", "no_adapter", "bad_query", "not_found", "conflict"),
    *("database", "database_away", "database_too_new", "lead_lost", "no_job"),
    *("other_protocol", "preview_over", "site_slow", "bad_capture"),
    *("nothing_to_import", "no_input", "nothing_recognised", "wrong_code"),
}


def codes_given() -> Iterator[tuple[str, str]]:
    """(code, file) of every constant that becomes a reason."""
    for name in WHERE:
        path = PACKAGE / name
        for file in [path] if path.suffix else sorted(path.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                for code in _codes_in(node):
                    yield code, file.name


def _codes_in(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Assign) and [ast.unparse(one) for one in node.targets] == ["code"]:
        yield from _text(node.value)
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func).rpartition(".")[2]
        if called in ("NotFound", "Conflict", "UsageError"):
            return  # said to whoever asks at once
        for keyword in node.keywords:
            if keyword.arg == "code" or (keyword.arg == "reason" and called == "Ending"):
                yield from _text(keyword.value)
        if called in ("Reason", "FetchFailed") and node.args:
            yield from _text(node.args[0])
        if called == "_end" and len(node.args) > 1:
            yield from _text(node.args[1])


def _text(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*_text(node.body), *_text(node.orelse))


def test_the_search_finds_codes() -> None:
    found = {code for code, _ in codes_given()}
    assert {"cut_short", "poison", "root_read_only", "repeats", "decoder_died"} <= found


def test_every_code_has_words() -> None:
    without = {
        f"{code} ({file})"
        for code, file in codes_given()
        if code and code not in ADVICE and code not in OTHERS
    }
    assert without == set()


@pytest.mark.parametrize("reason", RULES)
def test_every_reason_of_the_network_has_words(reason: str) -> None:
    assert reason in ADVICE


@pytest.mark.parametrize("reason", ADVICE)
def test_the_words_are_sentences_that_say_what_to_do(reason: str) -> None:
    advice = ADVICE[reason]
    assert advice.title[0].isupper()
    assert not advice.title.endswith(".")
    assert len(advice.title) <= 60
    assert advice.text.endswith(".")
    assert advice.text != advice.title


def test_a_code_from_the_future_is_shown_as_it_is() -> None:
    assert advise("asteroid_hit").title == "Asteroid hit"
