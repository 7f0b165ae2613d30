"""The index of words and the counts know what was written, whoever wrote it and however."""

from __future__ import annotations

from random import Random
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy import delete as delete_from
from tests.store.rows import THEN, Rows

from artkeep.domain.query import parse_query
from artkeep.store import counts, facets, leads, marks, search, words
from artkeep.store.marks import Marks
from artkeep.store.models import Artwork, ArtworkTag, Tag
from artkeep.store.order import Sort, page_of_ids


def found(rows: Rows, query: str) -> list[int]:
    with rows.store.reading() as connection:
        ids = search.select_ids(parse_query(query), after_id=None, limit=100)
        by_id = list(connection.scalars(ids))
        newest = page_of_ids(connection, parse_query(query), Sort.NEWEST, None, 100)
    assert sorted(newest.ids) == by_id
    assert newest.total == len(by_id)
    return by_id


def test_words_are_found_as_soon_as_they_are_written_and_when_they_are_indexed(
    rows: Rows,
) -> None:
    (castle,) = rows.artworks(
        *(1,),
        prompt="a Misty castle, 50% café",
        negative_prompt="blurry",
        author="lena_paints",
        model="Pony XL",
        posted_at=THEN,
    )
    (sky,) = rows.artworks(1, first=2, prompt="青い空の城", title="Castles")
    rows.do(marks.mark, [sky], Marks(add_tags=("blue sky", "misty")))
    for is_indexed in (False, True):
        if is_indexed:
            assert words.catch_up(rows.store, None) == 0
        assert found(rows, "misty") == [castle, sky]
        assert found(rows, '"blue sky"') == [sky]
        assert found(rows, "い空") == found(rows, "城") == [sky]
        assert found(rows, "lena_paints pony") == [castle]
        assert found(rows, "blurry") == []
        assert found(rows, "negative:blurry") == [castle]
        assert found(rows, "-misty OR castle*") == [castle, sky]
        assert found(rows, "*stle") == [castle, sky]
    assert found(rows, "castle") == found(rows, "cafe") == [castle]  # whole words, no accents
    assert found(rows, '"sky misty"') == []  # the end of a tag is no middle of a phrase
    rows.store.transact(lambda c: c.execute(update(Artwork).values(prompt="a dog")))
    rows.do(marks.mark, [sky], Marks(remove_tags=("misty",)))
    assert found(rows, "misty") == found(rows, "城") == []
    words.catch_up(rows.store, None)
    assert found(rows, "misty") == found(rows, "城") == []
    assert found(rows, "dog") == [castle, sky]


def test_the_counts_are_those_of_the_tables_whatever_is_done(rows: Rows) -> None:
    chance = Random(3)
    rows.artworks(12, author="lena", rating=1, posted_at=THEN)
    rows.artworks(3, first=50, download_status="skipped")
    names = [{"id": number, "name": f"t{number}", "category": ""} for number in (1, 2, 3)]
    rows.store.transact(lambda c: c.execute(insert(Tag), names))
    for _ in range(120):
        rows.store.transact(lambda c: _change(c, chance))
        rows.store.transact(counts.tidy)
    with rows.store.reading() as connection:
        kept = Artwork.download_status != "skipped"
        for facet, column in facets.COLUMNS.items():
            if facet == counts.MONTH:
                continue
            told = select(column, func.count()).where(kept).group_by(column)
            expected = {_said(value): amount for value, amount in connection.execute(told)}
            assert dict(counts.amounts(connection, facet)) == expected, facet
        carried = (
            select(ArtworkTag.tag_id, func.count(ArtworkTag.artwork_id.distinct()))
            .join(Artwork, Artwork.id == ArtworkTag.artwork_id)
            .where(kept)
            .group_by(ArtworkTag.tag_id)
        )
        tags = {str(tag_id): amount for tag_id, amount in connection.execute(carried)}
        assert dict(counts.amounts(connection, counts.TAG)) == tags
        all_of_them = select(func.count()).select_from(Artwork).where(kept)
        assert counts.all_artworks(connection) == connection.scalar(all_of_them)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)


def _change(connection: Connection, chance: Random) -> None:
    artwork_id = chance.choice(connection.scalars(select(Artwork.id)).all())
    one = update(Artwork).where(Artwork.id == artwork_id)
    match chance.randrange(6):
        case 0:
            status = chance.choice(("skipped", "done", "none"))
            connection.execute(one.values(download_status=status, stars=chance.randrange(4)))
        case 1:
            author = chance.choice((None, "", "lena", "bob"))
            connection.execute(one.values(author=author, is_favourite=True, rating=None))
        case 2:
            connection.execute(
                delete_from(ArtworkTag).where(ArtworkTag.artwork_id == artwork_id)
            )
        case 3 if connection.scalar(select(func.count()).select_from(Artwork)) != 1:
            connection.execute(text("DELETE FROM artworks WHERE id = :id"), {"id": artwork_id})
        case _:
            values = {"artwork_id": artwork_id, "tag_id": chance.randrange(1, 4)}
            values |= {"origin": chance.choice(("user", "votes")), "fetched_at": THEN}
            same = [getattr(ArtworkTag, name) == values[name] for name in values]
            if connection.scalar(select(ArtworkTag.tag_id).where(*same)) is None:
                connection.execute(insert(ArtworkTag).values(values))


def test_what_is_written_down_says_how_many_there_are(rows: Rows) -> None:
    rows.artworks(3, author="lena", rating=1, model="Pony")
    rows.artworks(2, first=10, author="bob", rating=16, stars=4)
    with rows.store.reading() as connection:
        for query, total in (
            *(("", 5), ("author:LENA", 3), ("author:l*,bob", 5), ("rating:sfw", 3)),
            *(("-rating:sfw", 2), ("stars:>=4", 2), ("site:civitai", 5), ("site:x", 0)),
        ):
            ahead = leads.look_ahead(connection, parse_query(query), 100)
            assert ahead.total == total, query
    rows.store.transact(
        lambda c: c.execute(
            update(Artwork).where(Artwork.id == 1).values(download_status="skipped")
        )
    )
    assert len(found(rows, "author:lena")) == 3  # deleted ones are not counted, and yet found
