"""Queries against the database give what the language says, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select
from tests.queries import query_texts
from tests.store.search_facts import NOW, Facts, insert_library, libraries, matches

from artkeep.domain.query import DEEPEST_NESTING, MOST_TERMS, parse_query
from artkeep.domain.query_fields import FIELDS
from artkeep.errors import BadQuery
from artkeep.store.base import Store
from artkeep.store.models import Artwork, ArtworkTag, Tag
from artkeep.store.search import count_matching, matching, select_ids


@contextmanager
def library_in(store: Store, library: Sequence[Facts]) -> Iterator[Connection]:
    """A connection that sees these artworks and nothing else; they are gone afterwards."""
    with store.writing() as connection:
        insert_library(connection, library)
        yield connection
        connection.rollback()


def artwork(site_id: str, **columns: object) -> Facts:
    standard = {"site": "civitai", "kind": "image", "added_at": NOW}
    return Facts(standard | {"site_id": site_id} | columns)


def found(connection: Connection, text: str) -> list[int]:
    query = parse_query(text, now=NOW)
    return list(connection.scalars(select_ids(query, after_id=None, limit=1000)))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(library=libraries(), texts=st.lists(query_texts(), min_size=1, max_size=5))
def test_the_database_finds_exactly_what_the_language_means(store, library, texts):
    with store.writing() as connection:
        by_id = insert_library(connection, library)
        for text in texts:
            query = parse_query(text, now=NOW)
            wanted = [id_ for id_, item in by_id.items() if matches(query, item)]
            assert found(connection, text) == wanted
            assert count_matching(connection, query) == len(wanted)
        connection.rollback()


def test_an_empty_query_finds_everything(store):
    with library_in(store, [artwork("1"), artwork("2")]) as connection:
        assert found(connection, "") == [1, 2]


def test_pages_follow_each_other_by_id(store):
    cats = [artwork(str(n), prompt="cat" if n % 2 else "dog") for n in range(1, 12)]
    with library_in(store, cats) as connection:
        pages, after = [], None
        while page := list(
            connection.scalars(select_ids(parse_query("cat"), after_id=after, limit=4))
        ):
            pages.append(page)
            after = page[-1]
    assert pages == [[1, 3, 5, 7], [9, 11]]


def test_what_is_unknown_is_found_only_under_a_dash(store):
    with library_in(store, [artwork("1", rating=1), artwork("2", rating=None)]) as connection:
        assert found(connection, "rating:pg") == [1]
        assert found(connection, "-rating:pg") == [2]
        assert found(connection, "-(rating:pg OR author:lena)") == [2]
        assert found(connection, "rating:nsfw") == [2]


def test_scores_are_about_the_tags_beside_them(store):
    blue = Facts(artwork("1").columns, tags=(("blue", "votes", 5), ("red", "votes", 1)))
    red = Facts(artwork("2").columns, tags=(("blue", "votes", 1), ("red", "votes", 5)))
    with library_in(store, [blue, red]) as connection:
        assert found(connection, "tag:blue score:>=3") == [1]
        assert found(connection, "score:>=3 -tag:green") == [1, 2]
        assert found(connection, "score:2..4") == []
        assert found(connection, "score:>1 score:<5") == []
        assert found(connection, "tag:blue (score:>=3 OR kind:video)") == [1, 2]


def test_signs_that_mean_something_to_the_database_are_plain_text(store):
    names = ("100%", "100x", "a_b", "axb", "c/d", "c\\d", "'; DROP TABLE artworks; --")
    library = [artwork(str(n), author=name) for n, name in enumerate(names)]
    with library_in(store, library) as connection:
        assert found(connection, "100%") == [1]
        assert found(connection, "author:a_*") == [3]
        assert found(connection, "author:c/*") == [5]
        assert found(connection, r"author:c\\*") == [6]
        assert found(connection, '"\'; drop table"') == [7]


def test_case_of_other_alphabets_is_folded(store):
    if not store.is_sqlite:
        pytest.skip("lower() follows the locale of the server")
    library = [artwork("1", author="ÉLODIE Straße"), artwork("2", author="Ωmega")]
    with library_in(store, library) as connection:
        assert found(connection, 'author:"élodie STRASSE"') == [1]
        assert found(connection, "ωME") == [2]


def test_an_id_is_compared_as_it_is(store):
    with library_in(store, [artwork("aB/1"), artwork("Ab/1")]) as connection:
        assert found(connection, "id:aB/1") == [1]
        assert found(connection, "id:ab*") == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"w{n}" for n in range(MOST_TERMS)),
        " OR ".join(f"w{n}" for n in range(MOST_TERMS)),
        "-text:" + ",".join(f"w{n}" for n in range(MOST_TERMS)),
        "rating:" + ",".join(["nsfw"] * MOST_TERMS),
        " OR ".join([f"model:m{n} -author:*" for n in range(MOST_TERMS // 2)]),
        "-(a OR " * DEEPEST_NESTING + "b" + ")" * DEEPEST_NESTING,
        "prompt:" + "ΐ" * 8_000,
        "prompt:" + "%" * 8_000,
        "*a" * 10,
    ],
    ids=["and", "or", "any-of", "missing", "mixed", "nested", "long", "escaped", "wild"],
)
def test_the_largest_queries_are_within_what_databases_take(store, text):
    with library_in(store, [artwork("1", prompt="w1 a")]) as connection:
        count = count_matching(connection, parse_query(text, now=NOW))
    assert count in (0, 1)


def test_tags_and_files_of_the_outer_query_do_not_leak_in(store):
    tagged = Facts(artwork("1").columns, tags=(("cat", "votes", 1), ("dog", "votes", 2)))
    facets = (
        select(Tag.name, func.count())
        .join(ArtworkTag, ArtworkTag.tag_id == Tag.id)
        .join(Artwork, Artwork.id == ArtworkTag.artwork_id)
        .where(matching(parse_query("tag:cat tags:2 score:1")))
        .group_by(Tag.name)
        .order_by(Tag.name)
    )
    with library_in(store, [tagged, artwork("2")]) as connection:
        rows = [tuple(row) for row in connection.execute(facets)]
    assert rows == [("cat", 1), ("dog", 1)]


def test_every_field_of_the_language_is_known_to_the_database(store):
    values = ("1", "image", "done", "file", "pg", "2026", "yes")
    with library_in(store, [artwork("1")]) as connection:
        for field in FIELDS:
            text = next(f"{field}:{value}" for value in values if _is_read(f"{field}:{value}"))
            assert found(connection, text) in ([], [1])
            assert found(connection, f"{text} OR -{text}") == [1]


def _is_read(text: str) -> bool:
    try:
        parse_query(text)
    except BadQuery:
        return False
    return True
