"""`/api/artworks`, `/api/browse`."""

from __future__ import annotations

from typing import Any, Literal

from artkeep.web.schemas.common import Kind, Rating, Reply, Status

Badge = Literal["have", "new", "waiting", "skipped", "deleted", "failed", "gone"]


class TagLine(Reply):
    """A tag with its origin and the site's votes."""

    name: str
    category: str
    origin: str
    score: int | None
    up: int | None
    down: int | None
    automated: bool | None


class ArtworkCard(Reply):
    """A row of the table, a tile of the grid. `thumb_url` and `media_url` are ours."""

    id: int
    site: str
    site_id: str
    kind: Kind
    page_url: str
    author: str | None
    title: str | None
    rating: Rating | None
    posted_at: str | None
    added_at: str
    downloaded_at: str | None
    width: int | None
    height: int | None
    model: str | None
    base_model: str | None
    prompt: str | None  # the first 200 characters
    blurhash: str | None
    size: int | None  # bytes
    format: str | None
    download_status: Status
    examine_status: Status
    tags_status: Status
    embed_status: Status
    convert_status: Status
    badge: Badge
    thumb_url: str | None
    media_url: str | None


class Artworks(Reply):
    """A page. `total` stops counting at 10 001; `total_is_more` says so."""

    artworks: list[ArtworkCard]
    next_cursor: str | None
    total: int | None  # only on the first page
    total_is_more: bool


class FileLine(Reply):
    """A file of an artwork and where it lies."""

    id: int
    role: str
    quality: str
    format: str
    size: int
    width: int | None
    height: int | None
    sha256: str
    downloaded_sha256: str | None
    picture_hash: str | None
    perceptual_hash: str | None
    state: str
    paths: list[str]  # whole paths on this machine
    media_url: str
    created_at: str


class ArtworkFailure(Reply):
    """Why a stage failed."""

    stage: str
    reason: str
    title: str
    detail: str | None
    advice: str
    at: str


class LinkLine(Reply):
    """A relation to another artwork."""

    relation: str
    site: str
    site_id: str


class ArtworkDetails(Reply):
    """Everything there is to tell about one artwork."""

    card: ArtworkCard
    author_id: str | None
    version_id: str | None
    version_name: str | None
    prompt: str | None
    negative_prompt: str | None
    seed: str | None
    generation: dict[str, Any] | None
    group_id: str | None
    group_title: str | None
    position: int | None
    upstream_hashes: dict[str, str]
    tags: list[TagLine]
    files: list[FileLine]
    failures: list[ArtworkFailure]
    links: list[LinkLine]
    targets: list[str]  # titles of the targets it belongs to


class BrowseCard(Reply):
    """An artwork on its site, not stored here. The URLs are ours: `/preview/{token}`."""

    site: str
    site_id: str
    kind: Kind
    page_url: str
    author: str | None
    title: str | None
    rating: Rating | None
    posted_at: str | None
    width: int | None
    height: int | None
    model: str | None
    prompt: str | None
    blurhash: str | None
    badge: Badge
    badge_detail: str | None  # why it is skipped or failed
    artwork_id: int | None  # when it is in the database
    preview_url: str | None  # a still
    video_url: str | None  # a small video, for hovering; videos only
    large_url: str | None  # for the lightbox


class BrowseTarget(Reply):
    """What the words were understood as."""

    key: str  # site:kind:value, to be sent back as a target
    site: str
    kind: str
    value: str
    title: str


class BrowseLedger(Reply):
    """What is known of this target so far; all 0 when it was never asked for."""

    listed: int
    have: int
    new: int
    skipped: int
    failed: int
    gone: int
    gaps: int


class Browsed(Reply):
    """A page of cards. No `next_cursor`: the end of everything that can be listed."""

    target: BrowseTarget
    cards: list[BrowseCard]
    rejects: int  # items of the page that could not be read
    site_claims: int | None  # only on the first page
    unreachable: list[str]  # sentences; only on the first page
    ledger: BrowseLedger
    next_cursor: str | None
