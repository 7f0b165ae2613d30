"""What the artworks of a query have in common: counts for facets, statistics and the timeline.

The whole library is counted already (`store/counts.py`). Up to `MOST_EXACT` artworks of a query
are read and counted. Of more, a sample is, spread over the library in blocks of ids, and the
amounts are estimates.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, distinct, func, literal, select

from artkeep.domain.query import Query
from artkeep.store import counts, words
from artkeep.store.json_text import WANTED, IsoText, wanted
from artkeep.store.leads import ByWords, Lead, hits_of, look_ahead
from artkeep.store.models import Artwork, ArtworkFile, ArtworkTag, File
from artkeep.store.order import MOST_COUNTED
from artkeep.store.removal import is_everything
from artkeep.store.search import matching

MOST_EXACT = MOST_COUNTED - 1
_BLOCKS, _BLOCK = 64, 600  # ids that are looked at for a sample
_ONE_OF = 16  # hits of a word
_MOST_SAMPLED = 8_000
_FIRST_FILES = ("present", "changed")

# Facets and the columns they are read from; months are cut out of the date.
COLUMNS: Mapping[str, Any] = {
    "site": Artwork.site,
    "kind": Artwork.kind,
    "rating": Artwork.rating,
    "base_model": Artwork.base_model,
    "model": Artwork.model,
    "author": Artwork.author,
    "download": Artwork.download_status,
    "examine": Artwork.examine_status,
    "tagging": Artwork.tags_status,
    "embed": Artwork.embed_status,
    "convert": Artwork.convert_status,
    "stars": Artwork.stars,
    "favourite": Artwork.is_favourite,
    counts.MONTH: func.substr(IsoText(Artwork.posted_at), 1, 7),
}
Amounts = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Sample:
    """The artworks that are counted: all of the library (`ids` is None), all that a query
    means, or some of them, each of which stands for `weight`."""

    ids: list[int] | None
    weight: float
    artworks: int

    @property
    def is_estimate(self) -> bool:
        return self.weight != 1


@dataclass(frozen=True, slots=True)
class FormatSum:
    """Files of one format that are there."""

    format: str
    files: int
    bytes: int


def sample_of(connection: Connection, query: Query) -> Sample:
    """What to count for a query."""
    if is_everything(query) and not (query.root is None and counts.has_deleted(connection)):
        return Sample(None, 1, counts.all_artworks(connection))
    outlook = look_ahead(connection, query, MOST_COUNTED)
    if outlook.total is None or outlook.total <= MOST_EXACT:
        hits = hits_of(query, outlook.lead).limit(MOST_COUNTED)
        ids = list(connection.scalars(hits))
        if len(ids) <= MOST_EXACT:
            return Sample(ids, 1, len(ids))
    ids, weight = _some(connection, query, outlook.lead)
    total = outlook.total if outlook.total and outlook.total > MOST_COUNTED else None
    guess = max(MOST_COUNTED, round(len(ids) * weight)) if total is None else total
    if len(ids) > _MOST_SAMPLED:
        ids = sorted(random.Random(0).sample(ids, _MOST_SAMPLED))
    return Sample(ids, max(1.0001, guess / max(1, len(ids))), guess)


def _some(connection: Connection, query: Query, lead: Lead | None) -> tuple[list[int], float]:
    if isinstance(lead, ByWords):  # asking the index about one artwork takes long
        of_word = hits_of(query, lead).where(words.artwork_id_of_place % _ONE_OF == 0)
        return list(connection.scalars(of_word)), _ONE_OF
    last = connection.scalar(select(func.max(Artwork.id))) or 0
    step = max(_BLOCK, last // _BLOCKS)
    begins = WANTED[connection.dialect.name]
    blocks = (
        select(Artwork.id)
        .select_from(begins)
        .join(Artwork, Artwork.id.between(begins.c.id, begins.c.id + literal(_BLOCK - 1)))
        .with_hint(Artwork, "INDEXED BY ix_artworks_narrow", "sqlite")
        .where(matching(query))
    )
    found = connection.scalars(blocks, wanted(range(1, last + 1, step)))
    return list(found), step / _BLOCK


def amounts(
    connection: Connection, sample: Sample, facets: Sequence[str], limit: int
) -> dict[str, Amounts]:
    """By facet, its values with their amounts, the most frequent first. "" is unknown."""
    if sample.ids is None:
        return {facet: counts.amounts(connection, facet, limit) for facet in facets}
    mine = WANTED[connection.dialect.name]
    columns = [COLUMNS[facet] for facet in facets]
    rows: Sequence[Any] = connection.execute(
        select(*columns).join(mine, mine.c.id == Artwork.id), wanted(sample.ids)
    ).all()
    found: dict[str, Amounts] = {}
    for facet, values in zip(facets, zip(*rows, strict=True) if rows else (), strict=False):
        counted = Counter(map(_as_text, values)) if facet == "favourite" else Counter(values)
        merged = Counter[str]()
        for value, amount in counted.items():
            merged["" if value is None else str(value)] += amount
        ordered = sorted(merged.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
        found[facet] = [(value, _scaled(amount, sample)) for value, amount in ordered]
    return {facet: found.get(facet, []) for facet in facets}


def _as_text(flag: Any) -> str:
    return "1" if flag else "0"


def _scaled(amount: int, sample: Sample) -> int:
    return amount if sample.weight == 1 else round(amount * sample.weight)


def tags(connection: Connection, sample: Sample, limit: int) -> Amounts:
    """The names of the most frequent tags with their amounts."""
    if sample.ids is None:
        return counts.top_tags(connection, limit)
    amount = func.count(distinct(ArtworkTag.artwork_id))
    mine = WANTED[connection.dialect.name]
    rows = connection.execute(
        select(ArtworkTag.tag_id, amount)
        .join(mine, mine.c.id == ArtworkTag.artwork_id)
        .group_by(ArtworkTag.tag_id)
        .order_by(amount.desc(), ArtworkTag.tag_id)
        .limit(bindparam("limit", type_=BigInteger)),
        wanted(sample.ids) | {"limit": limit},
    ).all()
    names = counts.tag_names(connection, [tag_id for tag_id, _ in rows])
    merged: dict[str, int] = {}
    for tag_id, found in rows:
        name = names[tag_id]
        merged[name] = max(merged.get(name, 0), _scaled(found, sample))
    return sorted(merged.items(), key=lambda pair: -pair[1])


def formats(connection: Connection, sample: Sample) -> list[FormatSum]:
    """The files that are there, by format, the most bytes first."""
    total = func.sum(File.size)
    counted = (
        select(File.format, func.count(), total)
        .where(File.state.in_(_FIRST_FILES))
        .group_by(File.format)
        .order_by(total.desc())
    )
    if sample.ids is None:
        rows = connection.execute(counted)
    else:
        mine = WANTED[connection.dialect.name]
        of_artworks = counted.join(ArtworkFile, ArtworkFile.file_id == File.id)
        of_these = of_artworks.join(mine, mine.c.id == ArtworkFile.artwork_id)
        rows = connection.execute(of_these, wanted(sample.ids))
    return [
        FormatSum(name, _scaled(files, sample), _scaled(int(size), sample))
        for name, files, size in rows
    ]
