"""How lists of images are cut into pages: the search feed and the database, with their faults.

The feed pages by offset into a live list; the database by the id of the first unseen row. Both
filter hidden rows after the page is cut, so pages may be short, even empty, and not the last.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from artkeep.demo.queries import ImageQuery, Refused
from artkeep.demo.records import Catalogue, SiteImage

_GAP_ROWS = 24  # a run of filtered rows in every longer list: one page there is empty
_GAP_FROM = 40  # shorter lists have none
_GAP_PLACE = 0.6
_PERIOD_MS = {
    "Day": 86_400_000,
    "Week": 604_800_000,
    "Month": 2_592_000_000,
    "Year": 31_536_000_000,
}


@dataclass(frozen=True, slots=True)
class Cut:
    """One page: what is to be seen of it, and the cursor of the next, None at the end."""

    images: list[SiteImage]
    next_cursor: str | None


def feed_page(catalogue: Catalogue, query: ImageQuery, cap: int) -> Cut:
    """A page of the search feed. `cap` is where upstream silently stops (about 50,000)."""
    offset = _feed_offset(query.cursor)
    rows = feed_rows(
        catalogue, query, is_flipped=bool(query.limit and offset // query.limit % 2)
    )
    if query.sort == "Newest" and offset and rows:
        # Somebody posted after the first page was read: everything has moved down by one row,
        # so the last row of each page comes again as the first of the next.
        rows = [rows[0], *rows]
    gap = int(len(rows) * _GAP_PLACE) if len(rows) >= _GAP_FROM else len(rows)
    gap_end = gap + (_GAP_ROWS if len(rows) >= _GAP_FROM else 0)
    total = len(rows) + gap_end - gap
    if offset < gap:
        end = min(offset + query.limit, gap)
        page = rows[offset:end]
    elif offset < gap_end:
        end, page = gap_end, []
    else:
        end, start = offset + query.limit, offset - (gap_end - gap)
        page = rows[start : start + query.limit]
    visible = [image for image in page if not image.is_hidden]
    if end >= min(total, cap):
        return Cut(visible, None)
    stamp = page[-1].sort_ms if page else rows[gap].sort_ms
    return Cut(visible, f"{end}|{stamp}")


def feed_rows(
    catalogue: Catalogue, query: ImageQuery, is_flipped: bool = False
) -> list[SiteImage]:
    """All rows of a feed in its order, hidden ones included.

    `is_flipped` turns ties around: the sorts by popularity have no tie-break, and two pages
    need not agree about one.
    """
    key = _FeedKey(
        query.username, query.user_id, query.post_id, query.version_id, query.tags, query.type,
        query.base_models, query.sort, query.period, query.mask, is_flipped,
    )  # fmt: skip
    return _feed_rows(_ById(catalogue), key)


@dataclass(frozen=True, slots=True)
class _FeedKey:
    username: str | None
    user_id: int | None
    post_id: int | None
    version_id: int | None
    tags: tuple[int, ...]
    type: str | None
    base_models: tuple[str, ...]
    sort: str
    period: str
    mask: int
    is_flipped: bool


class _ById:
    """A catalogue as a cache key: two are equal only when they are the same object."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.catalogue is self.catalogue


@lru_cache(maxsize=64)
def _feed_rows(by_id: _ById, key: _FeedKey) -> list[SiteImage]:
    catalogue = by_id.catalogue
    rows: Sequence[SiteImage] = catalogue.feed
    if key.username is not None:
        creator = catalogue.creator_named(key.username)
        rows = catalogue.feed_by_creator[creator.id] if creator else []
    elif key.user_id is not None:
        rows = catalogue.feed_by_creator.get(key.user_id, [])
    version = catalogue.versions.get(key.version_id or 0)
    if key.version_id is not None and (version is None or not version.is_indexed):
        rows = []
    since = time.time() * 1000 - _PERIOD_MS[key.period] if key.period in _PERIOD_MS else None
    tags = set(key.tags)
    kept = [
        image
        for image in rows
        if image.level & key.mask
        and (key.post_id is None or image.post_id == key.post_id)
        and (key.version_id is None or key.version_id in image.version_ids)
        and (key.type is None or image.type == key.type)
        and (not key.base_models or image.base_model in key.base_models)
        and (not tags or tags.intersection(image.tag_ids))
        and (since is None or image.sort_ms >= since)
    ]
    if key.sort in ("Newest", "Random"):
        kept.reverse()
    elif key.sort != "Oldest":
        measure = "comments" if key.sort == "Most Comments" else "likes"
        if key.is_flipped:
            kept.reverse()
        kept.sort(key=lambda image: -int(getattr(image, measure)))
    return kept


def indexed_version_ids(catalogue: Catalogue, image: SiteImage) -> list[int]:
    """What the feed knows of the models behind an image: detected versions only."""
    return [version for version in image.version_ids if catalogue.versions[version].is_indexed]


def database_page(catalogue: Catalogue, query: ImageQuery) -> Cut:
    """A page from the database: by image, or by model with one row per linked version."""
    if query.sort == "Random":
        raise Refused(
            400, {"error": "Random sort is not supported here", "code": "BAD_REQUEST"}
        )
    if query.username is not None and catalogue.creator_named(query.username) is None:
        raise Refused(404, {"error": "User not found", "code": "NOT_FOUND"})
    creator = catalogue.creator_named(query.username) if query.username else None
    wanted_user = creator.id if creator else query.user_id
    rows: list[SiteImage] = []
    if query.image_id is not None:
        found = catalogue.images.get(query.image_id)
        rows = [found] if found else []
    elif (model := catalogue.models.get(query.model_id or 0)) is not None:
        linked = {version.id for version in model.versions}
        for image in catalogue.images.values():
            rows += [image] * sum(version in linked for version in image.version_ids)
    rows = [
        image
        for image in rows
        if image.level & query.mask
        and (wanted_user is None or image.creator_id == wanted_user)
        and (query.post_id is None or image.post_id == query.post_id)
        and (query.type is None or image.type == query.type)
    ]
    return keyset_page(rows, query.sort, query.cursor, query.limit)


def keyset_page(rows: list[SiteImage], sort: str, cursor: str | None, limit: int) -> Cut:
    """`rows` ascend by id. The cursor is the id of the first unseen row; going down, the next
    page asks for strictly smaller ids and so never shows it (the fault is upstream's).
    """
    try:
        first = int(cursor) if cursor is not None else None
    except ValueError:
        text = f'Invalid cursor: unparseable numeric value "{cursor}"'
        raise Refused(400, {"error": text, "code": "BAD_REQUEST"}) from None
    if sort == "Oldest":
        rows = [image for image in rows if first is None or image.id >= first]
    else:
        rows = [image for image in reversed(rows) if first is None or image.id < first]
    visible = [image for image in rows[:limit] if not image.is_hidden]
    return Cut(visible, str(rows[limit].id) if len(rows) > limit else None)


def _feed_offset(cursor: str | None) -> int:
    """A malformed cursor is not refused: the walk starts again from the top."""
    head = (cursor or "").split("|")[0]
    return int(head) if head.isdecimal() else 0
