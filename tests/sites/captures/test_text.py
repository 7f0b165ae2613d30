"""Whatever was copied becomes documents, or an error with its place."""

from __future__ import annotations

import base64
import json

import pytest
from tests.sites.captures.read import FIXTURES, found_in

from artkeep.sites.captures._text import Problem, Reading, read_reply, read_text


def values(text: str) -> list[object]:
    reading = read_text(text)
    assert reading.problem is None
    return [one.value for one in reading.documents]


def test_one_value_or_several_in_a_row() -> None:
    assert values('{"a":1}') == [{"a": 1}]
    assert values('{"a":1} [2]\n\n{"b":[]}') == [{"a": 1}, [2], {"b": []}]
    assert values('{"a":1},\n{"b":2};') == [{"a": 1}, {"b": 2}]
    assert values('\ufeff{"a":1}\r\n{"b":2}\r\n') == [{"a": 1}, {"b": 2}]


def test_lengths_between_the_values_of_a_channel_are_no_values() -> None:
    assert values('12\n[[0,["c"]]]7\n[[1,[]]]') == [[[0, ["c"]]], [[1, []]]]


@pytest.mark.parametrize(
    "prefix", [")]}'\n", ")]}',\n", "while(1);", "while (1);", "for(;;);", "{}&&", "data: "]
)
def test_what_keeps_a_reply_from_being_run_is_dropped(prefix: str) -> None:
    assert values(f'{prefix}{{"a":1}}') == [{"a": 1}]


def test_an_event_stream_is_one_value_for_each_event() -> None:
    text = 'event: status\nid: 4\ndata: {"a":1}\n\nevent: status\ndata: {"a":2}\n\n'
    assert values(text) == [{"a": 1}, {"a": 2}]


def test_integers_are_exact_and_nan_is_nothing() -> None:
    text = '{"id":9007199254740993,"s":340282366920938463463374607431768211455,"n":NaN}'
    assert values(text) == [{"id": 2**53 + 1, "s": 2**128 - 1, "n": None}]
    assert values(f"[{'9' * 5000}]") == [["9" * 5000]]


def test_comments_and_commas_too_many_are_forgiven() -> None:
    text = """// copied by hand
    {
      "a": [1, 2,], /* two
      lines */
      "url": "https://example.org/a//b,}", // an address
    }"""
    assert values(text) == [{"a": [1, 2], "url": "https://example.org/a//b,}"}]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": [1, 2', Problem("cut_off", 1, 12)),
        ('{"a": 1,\n "b": "half', Problem("cut_off", 2, 7)),
        ('{"a": 1}\n{"b": 2,\n  oops: 3}', Problem("not_json", 3, 3)),
        ('/* why */ {"a": 1 "b": 2}', Problem("not_json", 1, 19)),
        ("hello", Problem("not_json", 1, 1)),
        ("", Problem("empty", 1, 1)),
        (" \n\ufeff", Problem("empty", 1, 1)),
    ],
)
def test_a_problem_says_where_it_is(text: str, problem: Problem) -> None:
    assert read_text(text).problem == problem


def test_what_came_before_a_problem_is_kept() -> None:
    reading = read_text('{"a":1}\n{"b":')
    assert [one.value for one in reading.documents] == [{"a": 1}]
    assert reading.problem == Problem("cut_off", 2, 6)


@pytest.mark.parametrize("indent", [None, 2])
def test_creations_that_are_whole_in_a_broken_text_are_found(indent: int | None) -> None:
    """Developer tools cut long replies."""
    told = json.loads((FIXTURES / "starryai-creationsV2.response.json").read_text("utf-8"))
    told["data"]["creationsV2"] *= 20
    for number, creation in enumerate(told["data"]["creationsV2"]):
        told["data"]["creationsV2"][number] = {**creation, "id": str(number)}
    text = json.dumps(told, indent=indent)
    cut = text[: text.index('"id": "30"') + 300]
    problem = read_text(cut).problem
    assert problem is not None
    assert problem.code == "cut_off"
    assert [one.id for one in found_in(cut).creations] == [str(one) for one in range(30)]
    broken = text.replace('"id": "30"', '"id": oops"30"')
    assert len(found_in(broken).creations) == 39


@pytest.mark.parametrize("brackets", ["[", '{"a":'])
def test_text_that_is_nested_too_deeply_is_said_to_be(brackets: str) -> None:
    reading = read_text('{"a":1}' + brackets * 100_000)
    assert reading.problem == Problem("too_deep", 1, 8)
    assert len(reading.documents) == 1


@pytest.mark.parametrize(
    "text",
    [
        '"' + '\\"' * 200_000,
        "/*" * 200_000,
        "," * 400_000,
        "[" + '"\\' * 100_000,
        '{"a":"' + "x" * 3_000_000,
        ", \n" * 200_000 + "}",
        '{"a":' * 500 + '["' + "x" * 1_000_000,
        '{"a" ' + '"b"' * 300_000,
    ],
)
def test_reading_takes_no_longer_than_the_text(text: str) -> None:
    """Quadratic, it would take minutes."""
    assert len(read_text(text).documents) == 0


def test_a_page_has_its_data_in_a_script() -> None:
    told = (FIXTURES / "nightcafe-nextdata-creation.json").read_text("utf-8")
    page = (
        "<!DOCTYPE html><html><script>var a = {};</script>"
        f'<script id="__NEXT_DATA__" type="application/json">{{"props":{told}}}</script>'
        "<script>more()</script></html>"
    )
    assert [one.id for one in found_in(page).creations] == ["gIjPNOOkjzLU4D8ITIJb"]


def test_a_prompt_that_names_the_script_is_no_page() -> None:
    text = '{"prompt": "<script id=__NEXT_DATA__>"}'
    assert values(text) == [{"prompt": "<script id=__NEXT_DATA__>"}]


def test_a_har_is_its_replies_with_what_they_answer() -> None:
    told = (FIXTURES / "mage-results.response.json").read_text("utf-8")
    encoded = base64.b64encode(told.encode()).decode()
    entries = [
        {
            "request": {"url": "https://api.novita.ai/v3", "postData": {"text": '{"a":1}'}},
            "response": {"content": {"text": '{"task_id":"1"}'}},
        },
        {
            "request": {"url": "https://api.mage.space/x"},
            "response": {"content": {"text": encoded, "encoding": "base64"}},
        },
        {
            "request": {},
            "response": {"content": {"text": "iVBORw0KGgo=", "encoding": "base64"}},
        },
        {"request": {"url": 7}, "response": {"content": {"size": 0}}},
        {"response": {"content": {"text": "<html></html>"}}},
        7,
    ]
    reading = read_text(json.dumps({"log": {"entries": entries}}))
    first, second = reading.documents
    assert (first.url, first.request) == ("https://api.novita.ai/v3", {"a": 1})
    assert (second.url, second.request) == ("https://api.mage.space/x", None)
    assert second.value == json.loads(told)


def test_a_script_is_no_document() -> None:
    reading = read_text('function a() { return [1, {"id": 2}] }')
    assert reading == Reading(problem=Problem("not_json", 1, 1))


def test_a_reply_knows_what_it_answers() -> None:
    reading = read_reply(')]}\'{"task_id":"1"}', "https://api.novita.ai/v3", '{"a":1}')
    (document,) = reading.documents
    assert (document.value, document.request) == ({"task_id": "1"}, {"a": 1})
    assert document.url == "https://api.novita.ai/v3"


def test_nothing_that_was_read_is_shown_by_accident() -> None:
    """SE-25: a document in a log line would be the whole of a private capture."""
    reading = read_text('{"token": "canary-in-a-capture"}')
    assert isinstance(reading, Reading)
    assert "canary" not in repr(reading)
