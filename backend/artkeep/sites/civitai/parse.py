"""Items of Civitai's listings → Artwork. Pure.

One reader for both APIs: REST says `browsingLevel`, `username` and a whole media URL where the
page's own calls say `nsfwLevel`, `user` and a bare uuid. REST's `createdAt` is the time of
publication on its usual path, the page's calls have `publishedAt` for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from artkeep.domain.artwork import (
    Artwork,
    Group,
    Kind,
    Link,
    Reject,
    Tag,
    clean_text,
    json_safe,
)
from artkeep.domain.rating import Rating, rating_of_level
from artkeep.sites._adapter import parse_each
from artkeep.sites.civitai.generation import id_text, read_generation
from artkeep.sites.civitai.media import listed_url

SITE = "civitai"
UNNAMED = "unknown"  # the feed's word for an author it has no name for

_LEGACY_RATINGS = {
    "None": Rating.PG,
    "Soft": Rating.PG13,
    "Mature": Rating.R,
    "X": Rating.X,
}
_KIND_OF_EXTENSION = {".mp4": "video", ".webm": "video", ".mov": "video", ".mp3": "audio"}
_KINDS = {"image": Kind.IMAGE, "video": Kind.VIDEO}
_LARGEST_SIDE = 1_000_000
_LONGEST_ID = 100
_LONGEST_COMMON_TAG = 100
_DEEPEST = 100
_CONTAINERS = (dict, list)


@dataclass(frozen=True, slots=True)
class Context:
    """What is known beside an item: our addresses, and what its listing says of all items."""

    base: str
    media_url: str | None = None
    author: str | None = None
    version_id: str | None = None
    version_name: str | None = None


def parse_images(
    rows: Iterable[Any], context: Context
) -> tuple[tuple[Artwork, ...], tuple[Reject, ...]]:
    """A page's items, each id once; sound files are rejected, they are not pictures."""
    visible: list[Any] = []
    rejects: list[Reject] = []
    for given in rows:
        row = json_safe(given) if _is_deep(given) else given
        if isinstance(row, dict) and _kind_word(row) == "audio":
            rejects.append(Reject("audio", site_id=clean_text(row.get("id"))))
        else:
            visible.append(row)
    artworks, unreadable = parse_each(visible, lambda row: parse_image(row, context))
    once: dict[str, Artwork] = {}
    for artwork in artworks:
        once.setdefault(artwork.site_id, artwork)
    return tuple(once.values()), (*rejects, *unreadable)


def parse_image(row: dict[str, Any], context: Context) -> Artwork:
    """One item. Raises ValueError when it has no usable id; everything else may be missing."""
    site_id = _site_id(row.get("id"))
    kind = _KINDS.get(_kind_word(row), Kind.IMAGE)
    generation = read_generation(row)
    version_id = generation.version_id or context.version_id or _only_version(row)
    version_name = generation.version_name
    if version_name is None and version_id == context.version_id:
        version_name = context.version_name
    user = row.get("user")
    user = user if isinstance(user, dict) else {}
    remix_of = generation.remix_of
    return Artwork(
        site=SITE,
        site_id=site_id,
        kind=kind,
        page_url=f"{context.base}/images/{_in_path(site_id)}",
        media_url=listed_url(row.get("url"), kind, context.media_url),
        author=author_of(row) or context.author,
        author_id=id_text(user.get("id")) or id_text(row.get("userId")),
        rating=_rating(row),
        posted_at=_posted_at(row),
        width=_side(row.get("width")),
        height=_side(row.get("height")),
        model=generation.model,
        base_model=_word(row.get("baseModel")),
        version_id=version_id,
        version_name=version_name,
        prompt=generation.prompt,
        negative_prompt=generation.negative_prompt,
        seed=generation.seed,
        generation=generation.meta,
        blurhash=_word(row.get("hash")),
        group_id=id_text(row.get("postId")),
        position=_position(row),
        tags=parse_tags(row.get("tags")),
        links=(Link("remix_of", remix_of),) if remix_of and remix_of != site_id else (),
        raw=row,
    )


def parse_tags(rows: object) -> tuple[Tag, ...]:
    """`[{id, name}]`, as `withTags=true` adds it: no scores, no categories."""
    tags: dict[str, Tag] = {}
    for row in rows if isinstance(rows, list) else ():
        name = row.get("name") if isinstance(row, dict) else None
        if isinstance(name, str):
            site_tag_id = row.get("id")
            is_common = len(name) <= _LONGEST_COMMON_TAG and type(site_tag_id) is int
            key, tag = (_common_tag if is_common else _tag)(name, site_tag_id)
            if key:
                tags.setdefault(key, tag)
    return tuple(tags.values())


def _tag(name: str, site_tag_id: object) -> tuple[str, Tag]:
    """With the name that it is told from others by; an empty one is no tag."""
    cleaned = _word(name) or ""
    return cleaned.casefold(), Tag(cleaned, site_tag_id=id_text(site_tag_id))


_common_tag = lru_cache(maxsize=4096)(_tag)  # the same few are on most pictures


def parse_post(post: Mapping[str, Any], post_id: str, base: str) -> Group:
    """The reply of `post.get`; an empty one gives what its id alone says."""
    user = post.get("user")
    return Group(
        site=SITE,
        site_id=post_id,
        title=_word(post.get("title")),
        page_url=f"{base}/posts/{post_id}",
        author=_word(user.get("username")) if isinstance(user, Mapping) else None,
        posted_at=parse_time(post.get("publishedAt")),
        raw=post,
    )


def posts_of(artworks: Iterable[Artwork], base: str) -> tuple[Group, ...]:
    """The posts that a page's artworks belong to, as far as the page tells of them."""
    posts: dict[str, Group] = {}
    for artwork in artworks:
        if artwork.group_id:
            page_url = f"{base}/posts/{artwork.group_id}"
            posts.setdefault(
                artwork.group_id,
                Group(SITE, artwork.group_id, page_url=page_url, author=artwork.author),
            )
    return tuple(posts.values())


def author_of(row: Mapping[str, Any]) -> str | None:
    """The author an item names, if it does."""
    user = row.get("user")
    name = _word(row.get("username"))
    if name is None and isinstance(user, dict):
        name = _word(user.get("username"))
    return None if name == UNNAMED else name


def parse_time(value: object) -> datetime | None:
    """An ISO time as aware UTC; anything odd is None."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _posted_at(row: Mapping[str, Any]) -> datetime | None:
    for name in ("publishedAt", "sortAt", "createdAt"):
        time = parse_time(row.get(name))
        if time is not None:
            return time
    return None


def _site_id(value: object) -> str:
    site_id = id_text(value)
    if site_id is None and isinstance(value, str):
        site_id = clean_text(value.strip())
    if not site_id or len(site_id) > _LONGEST_ID:
        raise ValueError("no usable id")
    return site_id


def _in_path(site_id: str) -> str:
    is_number = site_id.isascii() and site_id.isdigit()
    return site_id if is_number else quote(site_id, safe="")


def _kind_word(row: Mapping[str, Any]) -> str:
    """`type`, or what the URL's extension says where captures before 2024 lack it."""
    word = row.get("type")
    if isinstance(word, str) and word in ("image", "video", "audio"):
        return word
    url = row.get("url")
    try:
        path = urlsplit(url).path if isinstance(url, str) else ""
    except ValueError:
        return "image"
    return _KIND_OF_EXTENSION.get(PurePosixPath(path).suffix.lower(), "image")


def _rating(row: Mapping[str, Any]) -> Rating | None:
    """The level bit; the legacy word knows no XXX and calls the unrated `None`, like PG."""
    for name in ("browsingLevel", "nsfwLevel"):
        level = row.get(name)
        if isinstance(level, int) and not isinstance(level, bool):
            return rating_of_level(level)
    legacy = row.get("nsfwLevel")
    return _LEGACY_RATINGS.get(legacy) if isinstance(legacy, str) else None


def _side(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value < _LARGEST_SIDE else None


def _position(row: Mapping[str, Any]) -> int | None:
    index = row.get("index")
    if isinstance(index, bool) or not isinstance(index, int):
        return None
    return index if 0 <= index < _LARGEST_SIDE else None


def _only_version(row: Mapping[str, Any]) -> str | None:
    """LoRAs stand in this list, too: only a single entry says which version was used."""
    ids = row.get("modelVersionIds")
    return id_text(ids[0]) if isinstance(ids, list) and len(ids) == 1 else None


def _is_deep(value: object) -> bool:
    """Whether turning it into text or storing it could exhaust the stack."""
    try:
        text = orjson.dumps(value)
        if text.count(b"{") + text.count(b"[") < _DEEPEST:  # not more levels than brackets
            return False
    except TypeError:
        pass  # deeper than orjson goes, or with something odd in it
    level: list[Any] = [value] if isinstance(value, _CONTAINERS) else []
    for _ in range(_DEEPEST):
        if not level:
            return False
        level = [
            part
            for one in level
            for part in (one.values() if isinstance(one, dict) else one)
            if isinstance(part, _CONTAINERS)
        ]
    return True


def _word(value: object) -> str | None:
    return clean_text(value.strip()) if isinstance(value, str) else None
