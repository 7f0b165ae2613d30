"""The search language: what is understood, what is refused, and that text survives editing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.queries import query_texts

from artkeep.domain.query import (
    DEEPEST_NESTING,
    LONGEST_QUERY,
    MOST_TERMS,
    Query,
    parse_query,
    to_text,
)
from artkeep.domain.query_fields import ALIASES, FIELDS
from artkeep.domain.query_nodes import And, Choices, Not, Or, Pattern, Span, Spans, Words
from artkeep.errors import BadQuery

NOW = datetime(2026, 5, 31, 12, 0, tzinfo=UTC)


def read(text: str):
    return parse_query(text, now=NOW).root


def word(text: str, field: str = "text") -> Words:
    return Words(field, (Pattern((text,)),))


def span(text: str) -> tuple[object, object]:
    """Low and high end of the only span of the only term."""
    root = read(text)
    assert isinstance(root, Spans)
    assert len(root.values) == 1
    return root.values[0].low, root.values[0].high


def day(year: int, month: int = 1, of_month: int = 1, hour: int = 0, minute: int = 0):
    return datetime(year, month, of_month, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_query_is_everything(text):
    assert parse_query(text) == Query(None)
    assert to_text(parse_query(text)) == ""


def test_the_example_of_the_search_box_is_read_whole():
    assert read('model:"Pony" -tag:blurry score:>=3 since:2026-05') == And(
        (
            word("Pony", "model"),
            Not(word("blurry", "tag")),
            Spans("score", (Span(">=3", 3, None),)),
            Spans("posted", (Span(">=2026-05", day(2026, 5), None),)),
        )
    )


def test_what_a_stage_needs_is_read_as_choices():
    assert read("download:done kind:image") == And(
        (Choices("download", ("done",)), Choices("kind", ("image",)))
    )


def test_or_binds_weaker_than_words_side_by_side():
    assert read("a b OR c") == Or((And((word("a"), word("b"))), word("c")))


def test_brackets_change_what_or_joins():
    assert read("a (b OR c)") == And((word("a"), Or((word("b"), word("c")))))


def test_brackets_that_change_nothing_leave_no_trace():
    assert read("((a) (b c)) ") == read("a b c")
    assert read("(a OR (b OR c))") == read("a OR b OR c")


def test_a_dash_before_a_bracket_negates_the_group():
    assert read("-(a OR b)") == Not(Or((word("a"), word("b"))))


def test_a_dash_inside_a_word_is_part_of_it():
    assert read("blue-sky") == word("blue-sky")


def test_lower_case_or_is_a_word():
    assert read("or") == word("or")
    assert read('"OR"') == word("OR")


def test_quotes_keep_spaces_and_syntax_together():
    assert read('"blue sky, (OR) -x:y"') == word("blue sky, (OR) -x:y")


def test_a_backslash_takes_the_meaning_away():
    assert read(r'"say \"hi\" \\ \*"') == word(r'say "hi" \ *')
    assert read(r"tag:fate_\(series\)") == word("fate_(series)", "tag")


def test_brackets_inside_a_word_belong_to_it():
    assert read("(tag:saber_(fate) OR b)") == Or((word("saber_(fate)", "tag"), word("b")))


def test_commas_mean_any_of_them_outside_quotes():
    assert read('tag:cat,"a, b",d') == Words(
        "tag", (Pattern(("cat",)), Pattern(("a, b",)), Pattern(("d",)))
    )
    assert read("1girl,") == word("1girl,")


def test_stars_are_wildcards_and_two_in_a_row_are_one():
    assert read("author:lena*") == Words("author", (Pattern(("lena", "")),))
    assert read('author:"le na**x"') == Words("author", (Pattern(("le na", "x")),))


def test_emoticons_are_values_like_any_other():
    assert read("tag::3") == word(":3", "tag")
    assert read(":3") == word(":3")
    assert read("tag:>_<") == word(">_<", "tag")


def test_names_of_fields_have_other_spellings():
    assert read("Base:SDXL") == word("SDXL", "base_model")
    assert read("post:7") == word("7", "group")
    assert read("type:video") == Choices("kind", ("video",))
    assert read("tags_status:failed") == Choices("tagging", ("failed",))


def test_untagged_can_be_said_in_two_ways():
    assert read("tag:none") == read("tags:0")
    assert read('tag:"none"') == word("none", "tag")


def test_jpg_is_jpeg():
    assert read("format:JPG") == word("jpeg", "format")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("width:512", 512, 513),
        ("width:=512", 512, 513),
        ("width:>512", 513, None),
        ("width:>=512", 512, None),
        ("width:<512", None, 512),
        ("width:<=512", None, 513),
        ("width:512..1024", 512, 1025),
        ("width:512..", 512, None),
        ("width:..512", None, 513),
        ("score:-3", -3, -2),
        ("size:>2MB", 2_000_001, None),
        ("size:>=1.5k", 1500, None),
        ("size:<1KiB", None, 1024),
        ("size:1MiB..2GiB", 2**20, 2**31 + 1),
        ("pixels:>=1MP", 1_000_000, None),
        ("rating:pg13", 2, 3),
        ("rating:<=PG-13", None, 3),
        ("rating:>r", 5, None),
        ("rating:pg..r", 1, 5),
        ("rating:sfw", 1, 3),
    ],
)
def test_numbers_and_ratings_become_spans(text, low, high):
    assert span(text) == (low, high)


@pytest.mark.parametrize(("text", "low"), [("rating:nsfw", 4), ("rating:unrated", 0)])
def test_unrated_is_not_safe(text, low):
    root = read(text)
    assert root.values[0].low == low
    assert root.values[0].or_missing


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("posted:2025", day(2025), day(2026)),
        ("date:2024-02", day(2024, 2), day(2024, 3)),
        ("posted:2024-12-31", day(2024, 12, 31), day(2025)),
        ("added:2026-05-01T18:30", day(2026, 5, 1, 18, 30), day(2026, 5, 1, 18, 31)),
        ("posted:2026-05-01..2026-06", day(2026, 5), day(2026, 7)),
        ("posted:>2026-05", day(2026, 6), None),
        ("downloaded:today", day(2026, 5, 31), day(2026, 6)),
        ("downloaded:yesterday", day(2026, 5, 30), day(2026, 5, 31)),
        ("since:2026-05", day(2026, 5), None),
        ("until:2026-05", None, day(2026, 6)),
        ("since:7d", day(2026, 5, 24, 12), None),
        ("posted:24h", day(2026, 5, 30, 12), None),
        ("posted:<2w", None, day(2026, 5, 17, 12)),
        ("since:1y", day(2025, 5, 31, 12), None),
        ("since:3m", day(2026, 2, 28, 12), None),
    ],
)
def test_dates_become_spans_in_utc(text, low, high):
    assert span(text) == (low, high)


def test_without_a_given_time_relative_dates_count_from_the_present():
    root = parse_query("since:1h").root
    assert isinstance(root, Spans)
    assert root.values[0].low < datetime.now(UTC)


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("cat modle:x", 4, "Did you mean model?"),
        ("a http://x.example", 2, "quotes"),
        ("kind:vidoe", 0, "Did you mean video?"),
        ("has:everything", 0, "prompt, model, seed, file, tags"),
        ("a -download:maybe", 2, "none, queued, done, failed, skipped, gone"),
        ("rating:m", 0, "PG-13"),
        ("rating:<sfw", 0, "PG-13"),
        ("width:big", 0, "whole number"),
        ("width:1.5", 0, "whole number"),
        ("size:2XB", 0, "unit"),
        ("width:999999999999999999", 0, "whole number"),
        ("size:999999999T", 0, "too large"),
        ("width:5..3", 0, "first"),
        ("width:..", 0, "one end"),
        ("width:٣", 0, "whole number"),
        ("posted:2026-13", 0, "2026-05"),
        ("posted:2026-02-30", 0, "2026-05"),
        ("since:>2026", 0, "2026-05"),
        ("since:2025,2026", 0, "2026-05"),
        ("since:9999y", 0, "2026-05"),
        ("author:", 0, "value"),
        ("x author: lena", 2, "value"),
        ("tag:(a b)", 4, "closed"),
        ("tag:(a)", 0, "one,other"),
        ("tag:a,,b", 0, "nothing to look for"),
        ('a ""', 2, "nothing to look for"),
        ("tag:" + "a*" * 11, 0, "10 wildcards"),
        ("tag:" + "a" * 8_001, 0, "8000 characters"),
        ('a "b', 2, "quote"),
        ("(a", 0, "closed"),
        ("a)", 1, "too many"),
        ("()", 1, "missing"),
        ("OR a", 0, "missing"),
        ("a OR", 4, "missing"),
        ("a OR OR b", 5, "missing"),
        ("a AND b", 2, "side by side"),
        ("-OR", 0, "side by side"),
        ("a - b", 2, "-"),
        ("--ar", 0, "quotes"),
        ("a -", 2, "-"),
        ("a\0b", 1, "unreadable"),
        ("\ud800", 0, "unreadable"),
        ("a" * (LONGEST_QUERY + 1), 0, "longer"),
        ("a " * (MOST_TERMS + 1), 2 * MOST_TERMS, "more than"),
        ("tag:" + ",".join("a" * (MOST_TERMS + 1)), 0, "more than"),
        ("(" * (DEEPEST_NESTING + 1) + "a" + ")" * (DEEPEST_NESTING + 1), 20, "deeper"),
    ],
)
def test_a_mistake_is_shown_where_it_stands_with_the_way_out(text, position, says):
    with pytest.raises(BadQuery) as caught:
        parse_query(text, now=NOW)
    assert caught.value.position == position
    assert says in str(caught.value)


def test_the_limits_themselves_are_allowed():
    nested = "-(" * DEEPEST_NESTING + "a" + ")" * DEEPEST_NESTING
    many = "a " * MOST_TERMS
    assert str(parse_query(nested)).count("-") == DEEPEST_NESTING
    assert len(parse_query(many).root.parts) == MOST_TERMS


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("  Model:Pony   (a b) ", "model:Pony a b"),
        ("(a OR b) (c)", "(a OR b) c"),
        ("-(a)", "-a"),
        ("-(a b)", "-(a b)"),
        ("posted:>=2026-05 posted:<=2026-06", "since:2026-05 until:2026-06"),
        ("posted:7D", "since:7d"),
        ("added:7d", "added:>=7d"),
        ('tag:"blue sky",red', 'tag:"blue sky",red'),
        ("author:lena\\ p*", 'author:"lena p*"'),
        (r"\-x \*", r'"-x" "\*"'),
        ("size:>2MB rating:<=pg13", "size:>2MB rating:<=PG-13"),
        ('"or" tag:"None"', '"or" tag:"None"'),
        ("text:a,b", "text:a,b"),
    ],
)
def test_text_is_written_in_one_form(text, canonical):
    assert str(parse_query(text, now=NOW)) == canonical


@given(query_texts())
def test_canonical_text_reads_back_as_the_same_query(text):
    query = parse_query(text, now=NOW)
    assert parse_query(str(query), now=NOW) == query
    assert str(parse_query(str(query), now=NOW)) == str(query)


@given(st.text(alphabet='ab-():"\\*,<>=.19 dORtagsinceposted\u3000\n\x1cİ%_', max_size=40))
def test_any_text_is_either_refused_politely_or_read_and_written_alike(text):
    refused = None
    try:
        query = parse_query(text, now=NOW)
    except BadQuery as error:
        refused = error
    if refused:
        assert 0 <= refused.position <= len(text)
    else:
        assert parse_query(str(query), now=NOW) == query


def test_other_spellings_lead_to_fields_and_hide_none():
    assert set(ALIASES.values()) <= set(FIELDS)
    assert not set(ALIASES) & set(FIELDS)
