"""Replies of the web page's own calls, in both ways of writing them."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artkeep.net.retry import FetchFailed
from artkeep.sites.civitai import devalue, trpc
from artkeep.sites.civitai.api import error_text


def reason_of(reply: object) -> str:
    with pytest.raises(FetchFailed) as caught:
        trpc.decode(reply)
    return caught.value.reason


def test_both_ways_of_writing_mean_the_same(load_fixture):
    superjson = trpc.decode(load_fixture("civitai/trpc_votable_tags.json"))
    assert trpc.decode(load_fixture("civitai/trpc_votable_tags_devalue.json")) == superjson
    assert superjson[0]["name"] == "mountain"
    assert superjson[0]["lastUpvote"] == "2026-08-01T10:20:30.400Z"
    assert len(superjson) == 10


def test_a_batch_gives_each_answer_its_place(load_fixture):
    tags, none, missing = trpc.decode_batch(
        load_fixture("civitai/trpc_votable_tags_batch.json"), 3
    )
    assert len(tags) == 10
    assert none == []
    assert isinstance(missing, FetchFailed)
    assert (missing.reason, missing.detail) == ("not_found", "No image with id 1")


@pytest.mark.parametrize("reply", [None, {}, [], [{}, {}], "text"])
def test_a_batch_of_another_length_is_refused(reply):
    with pytest.raises(FetchFailed, match="batch of another length"):
        trpc.decode_batch(reply, 3)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("trpc_error_400_input", "request_refused"),
        ("trpc_error_401_origin", "unauthorized"),
        ("trpc_error_403_scope", "not_permitted"),
        ("trpc_image_get_404", "not_found"),
        ("trpc_error_429_busy", "rate_limited"),
        ("trpc_error_500", "server_error"),
        ("trpc_error_503", "server_error"),
    ],
)
def test_an_error_reply_becomes_its_reason(load_fixture, name, reason):
    assert reason_of(load_fixture(f"civitai/{name}.json")) == reason


def test_an_error_written_in_the_second_way_is_read():
    text = json.dumps([{"message": 1, "data": 2}, "gone", {"code": 3}, "NOT_FOUND"])
    assert reason_of({"error": text}) == "not_found"


def test_a_call_that_no_longer_exists_says_nothing_about_the_thing():
    error = {
        "message": 'No "query"-procedure on path "image.get"',
        "data": {"code": "NOT_FOUND"},
    }
    assert reason_of({"error": {"json": error}}) == "bad_reply"


@pytest.mark.parametrize(
    "reply",
    [
        None,
        [],
        "text",
        {},
        {"result": None},
        {"result": {}},
        {"error": 5},
        {"error": {"json": {}}},
        {"error": {"json": {"data": {"code": 404}}}},
        {"result": {"data": "not json"}},
        {"result": {"data": "[]"}},
        {"result": {"data": "{}"}},
        {"result": {"data": "true"}},
    ],
)
def test_what_is_no_reply_is_a_bad_one(reply):
    assert reason_of(reply) == "bad_reply"


def test_a_reply_without_either_writing_is_taken_as_it_is():
    assert trpc.decode({"result": {"data": {"id": 5}}}) == {"id": 5}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-1", None),
        ("-6", 0),
        ("[[1,-1,-3,-4,-6],7]", [7, None, None, None, 0]),
        ('[{"a":1,"b":1},{"c":2},3]', {"a": {"c": 3}, "b": {"c": 3}}),
        ('[["Set",1,2],"x","y"]', ["x", "y"]),
        ('[["Map",1,2],"key","value"]', {"key": "value"}),
        ('[["null","key",1],"value"]', {"key": "value"}),
        ('[["BigInt","18446744073709551616"]]', 2**64),
        ('[["Date","2026-08-01T10:20:30.400Z"]]', "2026-08-01T10:20:30.400Z"),
        ('[["Date"]]', None),
        ('[["RegExp","a","g"]]', None),
        ('["a"]', "a"),
    ],
)
def test_devalue_reads_what_json_cannot_say(text, value):
    assert devalue.loads(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "[[0]]",  # a circle
        "[[1],[0]]",
        '[{"a":0}]',
        "[[1,1],[2,2],[3,3],[4,4],[5,5],[6,6],[7,7],[8,8],[9,9],[10,10],[11,11],[12,12],"
        "[13,13],[14,14],[15,15],[16,16],[17,17],[18,18],[19,19],[20,20],[21,21],0]",
        "[[5]]",
        "[[-7]]",
        "[[true]]",
        "[[1.5],2]",
        '[["BigInt","many"]]',
        "[" * 1_000_000,
        "[" * 5000 + "]" * 5000,
        "[]",
        "null",
        "",
    ],
)
def test_devalue_refuses_what_has_no_end_or_no_sense(text):
    with pytest.raises(ValueError, match=r"."):
        devalue.loads(text)


_INDEXES = st.integers(-9, 12)
_ENTRIES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.lists(_INDEXES, max_size=6),
    st.dictionaries(st.text(max_size=3), _INDEXES, max_size=4),
    st.tuples(
        st.sampled_from(["Set", "Map", "null", "Date", "BigInt", "X"]), _INDEXES, _INDEXES
    ),
)


@given(st.lists(_ENTRIES, min_size=1, max_size=12))
def test_devalue_always_comes_to_an_end(values):
    with contextlib.suppress(ValueError):
        assert json.dumps(devalue.loads(json.dumps(values)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("error_400_cursor_images", "Invalid cursor: unparseable"),
        ("error_400_cursor_models", "Invalid cursor: expected 3"),
        ("error_400_invalid_id", "✖ Invalid input"),
        ("error_400_query_with_page", "Cannot use page"),
        ("error_400_username", "[\n  {"),
        ("error_400_validation", "[\n  {"),
        ("error_401_unauthorized", "Unauthorized"),
        ("error_404_model", "No model with id 1"),
        ("error_404_model_version", "Model not found"),
        ("error_404_user_images", "User not found"),
        ("error_404_user_models", "User not found"),
        ("error_405", "Method not allowed"),
        ("error_429_paging", "You've requested too many pages"),
        ("error_429_rate_limit", "Rate limit exceeded"),
        ("error_451_region", "Access to this service is not available"),
        ("error_500_images", "Cannot read properties"),
        ("error_500_model_version", "Failed to fetch"),
        ("error_500_other", "connection terminated"),
        ("error_503_busy", "Server busy"),
        ("error_503_search", "Image search is temporarily"),
        ("trpc_error_503", "Image search is temporarily"),
    ],
)
def test_the_sentence_of_an_error_is_found_wherever_it_stands(load_fixture, name, text):
    assert error_text(load_fixture(f"civitai/{name}.json")).startswith(text)


@pytest.mark.parametrize("body", [None, [], {}, {"error": 5}, {"error": {"json": "x"}}])
def test_a_body_without_a_sentence_has_none(body):
    assert error_text(body) == ""
