"""What a layout would make of the files that are there, before anything is moved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection

from artkeep.domain.artwork import Artwork, Kind, StageName
from artkeep.domain.layout import Layout
from artkeep.domain.naming import FileFacts, compare_key, utf16_length
from artkeep.domain.query import Query
from artkeep.domain.rating import Rating
from artkeep.domain.target import Target
from artkeep.domain.template_fields import FIELDS
from artkeep.errors import FileProblem
from artkeep.jobs.library_job import scope_of
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.stages._moving import needs_targets, paths_of
from artkeep.store import movable, scopes, search, stored
from artkeep.store.base import Store
from artkeep.store.movable import Movable
from artkeep.store.stored import StoredArtwork

_PAGE = 250
_EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class Example:
    """A file, where it lies and where it would."""

    artwork_id: int
    old: str
    new: str


@dataclass(slots=True)
class LayoutPreview:
    """`artworks` are meant by the query, `looked_at` of them were looked at, and all else is
    about their files. While nothing is there, `examples` are made up.

    `longest` is the longest whole path, in the UTF-16 units that Windows counts, as it would be
    if it had not to be shortened. `colliding` files want a name that another one wants, too,
    and get a number. `unplaced` fit nowhere.
    """

    artworks: int = 0
    looked_at: int = 0
    files: int = 0
    moving: int = 0
    colliding: int = 0
    shortened: int = 0
    unplaced: int = 0
    longest: int = 0
    longest_path: str = ""
    examples: list[Example] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)


def preview(
    store: Store,
    layout: Layout,
    text: str,
    safe: frozenset[Rating],
    *,
    most: int | None = None,
) -> LayoutPreview:
    """Look at what a query means; at `most` artworks, spread over all of them. Raises
    BadQuery."""
    told = LayoutPreview()
    with store.reading() as connection:
        query = scope_of(connection, text, StageName.MOVE)
        told.artworks = search.count_matching(connection, query)
    step = max(1, -(-told.artworks // most)) if most else 1
    every = max(1, min(told.artworks, most or told.artworks) // _EXAMPLES)
    wanted: dict[str, int] = {}  # names without their endings, and whose they are
    for one, files, targets in _artworks(store, layout, query, step):
        if told.looked_at == 0:
            told.fields = _field_values(one, files, safe)
        told.looked_at += 1
        is_example = (told.looked_at - 1) % every == 0 and len(told.examples) < _EXAMPLES
        try:
            _look_at(told, one, files, layout, targets, safe, wanted, is_example)
        except FileProblem:
            told.unplaced += 1
    if not told.looked_at:
        _make_up(told, layout, safe)
    return told


def _artworks(
    store: Store, layout: Layout, query: Query, step: int
) -> Iterator[tuple[StoredArtwork, list[Movable], list[Target]]]:
    """In pages, so that no read transaction lasts (RB-12)."""
    after: int | None = None
    while True:
        with store.reading() as connection:
            ids = _page(connection, query, after, step)
            known = stored.load(connection, ids)
            files = movable.files_of(connection, ids)
            targets = movable.targets_of(connection, needs_targets(layout, ids))
        for artwork_id in ids:
            if artwork_id in files:
                yield known[artwork_id], files[artwork_id], targets.get(artwork_id, [])
        if len(ids) < _PAGE:
            return
        after = ids[-1]


def _page(connection: Connection, query: Query, after: int | None, step: int) -> list[int]:
    return scopes.every_nth(connection, query, step, after_id=after, limit=_PAGE)


def _look_at(
    told: LayoutPreview,
    one: StoredArtwork,
    files: list[Movable],
    layout: Layout,
    targets: list[Target],
    safe: frozenset[Rating],
    wanted: dict[str, int],
    is_example: bool,
) -> None:
    boundless = paths_of(one, files, layout, targets, safe, is_boundless=True)
    as_wished = {file.place_id: path(0) for file, path in boundless}
    for file, path in paths_of(one, files, layout, targets, safe):
        new = path(0)
        # Sidecars share the name without its ending.
        key = f"{file.root_id}:{compare_key(new.rpartition('.')[0])}"
        told.files += 1
        told.moving += compare_key(new) != compare_key(file.path)
        told.colliding += wanted.setdefault(key, one.id) != one.id
        wish = as_wished[file.place_id]
        told.shortened += wish != new
        length = utf16_length(file.root) + 1 + utf16_length(wish)
        if length > told.longest:
            told.longest, told.longest_path = length, wish
        if is_example:
            told.examples.append(Example(one.id, file.path, new))
            is_example = False


def _field_values(
    one: StoredArtwork, files: list[Movable], safe: frozenset[Rating]
) -> dict[str, str]:
    """What each field of a template says about an artwork."""
    facts = FileFacts(
        kind=one.artwork.kind,
        extension=MEDIA_TYPES[files[0].format].extension,
        safe=safe,
        sha256=files[0].sha256,
        group_title=one.group_title,
    )
    return _values(one.artwork, facts)


def _values(artwork: Artwork, facts: FileFacts) -> dict[str, str]:
    return {known.name: known.value(artwork, facts) or known.unknown for known in FIELDS}


def _make_up(told: LayoutPreview, layout: Layout, safe: frozenset[Rating]) -> None:
    for artwork in _MADE_UP:
        extension = "png" if artwork.kind is Kind.IMAGE else "mp4"
        sha256 = hashlib.sha256(artwork.site_id.encode()).hexdigest()
        facts = FileFacts(
            artwork.kind, extension, safe, sha256=sha256, group_title=artwork.title
        )
        told.examples.append(Example(0, "", layout.path_of(artwork, facts)))
        told.fields = told.fields or _values(artwork, facts)


_MADE_UP = tuple(
    Artwork(
        "civitai",
        site_id,
        kind,
        page_url="",
        author=author,
        author_id="2718",
        title=title,
        rating=rating,
        posted_at=datetime(2026, 5, 31, 14, 2, 9, tzinfo=UTC),
        width=832,
        height=1216,
        model="Aurora",
        base_model="SDXL 1.0",
        version_id="314159",
        version_name="v2.0",
        prompt="a quiet harbour at dawn, mist over the water",
        seed="1234567890",
        group_id="4711",
        position=position,
    )
    for site_id, kind, author, title, rating, position in (
        ("90210001", Kind.IMAGE, "lena_paints", "Harbour at dawn", Rating.PG, 1),
        ("90210002", Kind.IMAGE, "lena_paints", "Harbour at dawn", Rating.R, 2),
        ("90210003", Kind.VIDEO, "mika", None, None, 1),
    )
)
