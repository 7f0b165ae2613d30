"""What a site knows about one picture or video, and what we make of it. Pure data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

from artkeep.domain.rating import Rating


class Kind(StrEnum):
    """What is to be seen. Animated GIF and WebP count as the site calls them."""

    IMAGE = "image"
    VIDEO = "video"
    UGOIRA = "ugoira"


class StageName(StrEnum):
    """One kind of thing done to one artwork; each but `move` has a status column of its own."""

    DOWNLOAD = "download"
    EXAMINE = "examine"
    TAGS = "tags"
    EMBED = "embed"
    CONVERT = "convert"
    MOVE = "move"

    @property
    def has_status(self) -> bool:
        """Whether artworks remember that it was done: a file just lies where it lies."""
        return self is not StageName.MOVE


class Status(StrEnum):
    """The values of a status column."""

    NONE = "none"
    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag as its site gives it. Score and votes only where the site counts them."""

    name: str
    category: str = ""
    site_tag_id: str | None = None
    score: int | None = None
    up: int | None = None
    down: int | None = None
    automated: bool | None = None
    level: int | None = None  # the rating level that the tag itself has
    display: str | None = None  # what the site's page shows, where that is not the name


@dataclass(frozen=True, slots=True)
class Link:
    """A relation to another artwork of the same site, by its site id."""

    relation: str  # upscale_of remix_of same_as source
    site_id: str


@dataclass(frozen=True, slots=True)
class Group:
    """Artworks that belong together upstream: a Civitai post, a pixiv work."""

    site: str
    site_id: str
    title: str | None = None
    page_url: str | None = None
    author: str | None = None
    posted_at: datetime | None = None
    expected_count: int | None = None  # what the site says the group holds
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Artwork:
    """One artwork as one site knows it: (site, site_id) is its identity.

    `generation` is the site's generation record, unwrapped, JSON-safe; `seed` is text because
    seeds go beyond 64 bits. `raw` is the item exactly as it came, kept in `records`.
    """

    site: str
    site_id: str
    kind: Kind
    page_url: str
    media_url: str | None = None  # absent from deleted posts
    author: str | None = None
    author_id: str | None = None
    title: str | None = None
    rating: Rating | None = None
    posted_at: datetime | None = None
    width: int | None = None
    height: int | None = None
    model: str | None = None
    base_model: str | None = None
    version_id: str | None = None
    version_name: str | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    seed: str | None = None
    generation: Mapping[str, Any] | None = None
    blurhash: str | None = None
    md5: str | None = None
    sha1: str | None = None
    sha256: str | None = None
    sha512: str | None = None
    group_id: str | None = None  # site id of its Group
    position: int | None = None
    tags: tuple[Tag, ...] = ()
    tags_origin: str = "site"  # `booru` where tagging is what the site is for
    links: tuple[Link, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reject:
    """An item of a page that could not be read: counted and shown, never a lost page."""

    reason: str
    site_id: str | None = None
    excerpt: str = ""
    row: Any = None  # the item itself, when it could not be read at all


# NUL breaks text columns, lone surrogates cannot be written as UTF-8.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LONGEST_TEXT = 1_000_000
_BIGGEST_INT = 2**63 - 1
# What orjson would otherwise write as something else, or beyond what every reader takes.
_NOTHING_BUT_JSON = (
    orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)


def clean_text(value: object) -> str | None:
    """Any value as storable text: None stays None, lists are joined, the rest is `str()`."""
    if value is None:
        return None
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, (clean_text(part) for part in value))) or None
    text = value if isinstance(value, str) else str(value)
    if text.isascii() and "\x00" not in text:
        return text[:_LONGEST_TEXT] or None
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)[:_LONGEST_TEXT] or None


def json_safe(value: Any, depth: int = 64) -> Any:
    """The same value with everything replaced that a JSON column cannot hold; itself when it is
    plain.

    NaN and infinities become None, integers beyond 64 bits become text, NUL and lone surrogates
    become U+FFFD, nesting deeper than `depth` is cut to None.
    """
    return value if _is_plain(value, depth) else _made_safe(value, depth)


def _is_plain(value: Any, depth: int) -> bool:
    """Whether nothing is to be replaced; False where only a closer look could tell.

    Writing the whole is ten times faster than looking at the parts: there are not more levels
    than brackets, and without a null there was no NaN.
    """
    try:
        text = orjson.dumps(value, option=_NOTHING_BUT_JSON)
    except TypeError:
        return False
    return (
        text.count(b"{") + text.count(b"[") < depth
        and b"null" not in text
        and b"\\u0000" not in text
    )


def _made_safe(value: Any, depth: int) -> Any:
    if depth == 0:
        return None
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= _BIGGEST_INT else str(value)
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, Mapping):
        return {
            _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", str(key)): _made_safe(part, depth - 1)
            for key, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [_made_safe(part, depth - 1) for part in value]
    return clean_text(value)
