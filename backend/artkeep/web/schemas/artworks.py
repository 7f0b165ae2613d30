"""`/api/artworks`, `/api/browse`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from artkeep.web.schemas.common import (
    Id,
    Kind,
    PageParameters,
    Parameters,
    Rating,
    Reply,
    Request,
    Status,
    Text,
)

Words = Annotated[Text, Field(max_length=200)]  # with commas: any of them
Sort = Literal[
    "newest", "oldest", "added", "largest", "id", "smallest", "rating", "mildest", "stars"
]
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
    stars: int  # 0 to 5; 0: none
    is_favourite: bool
    thumb_url: str | None
    media_url: str | None


class ArtworkPath(Request):
    """The artwork of an address."""

    artwork_id: Id


class FilePath(Request):
    """The file of an address: an odd one is not found, rather than invalid."""

    file_id: str


class ThumbPath(Request):
    """The same for thumbnails."""

    artwork_id: str


class ArtworkFilters(Parameters):
    """Which artworks: all conditions hold. `q` is in the query language."""

    q: str = Field("", max_length=10_000)
    site: Words = ""
    kind: Words = ""
    rating: Words = ""  # PG,PG-13 … sfw nsfw unrated
    download_status: Words = ""
    examine_status: Words = ""
    tags_status: Words = ""
    embed_status: Words = ""
    convert_status: Words = ""


class ArtworkScope(ArtworkFilters):
    """Which artworks, and in which order.

    `newest` and `oldest` go by the day it was posted, `added` shows the last ones first,
    `largest` and `smallest` go by bytes, `rating` begins at XXX and `mildest` at PG, `stars` at
    five.
    """

    sort: Sort = "newest"


class CsvScope(ArtworkScope):
    """For CSV: without tags it is ten times as fast."""

    tags: bool = True


class ArtworkList(ArtworkScope, PageParameters):
    """A page of them, `skip` artworks behind the cursor, or behind the beginning."""

    limit: int = Field(100, ge=1, le=200)
    skip: int = Field(0, ge=0, le=10**8)


class Artworks(Reply):
    """A page. `total` stops counting at 10 001; `total_is_more` says so. Words of `unindexed`
    artworks are looked for without the index, which takes longer: it is being made."""

    artworks: list[ArtworkCard]
    next_cursor: str | None
    total: int | None  # only on the first page
    total_is_more: bool
    unindexed: int  # 0 unless words are looked for


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


class ArtworkWait(Reply):
    """Why a stage was put off to a later visit, which comes by itself."""

    stage: str
    reason: str
    title: str
    detail: str | None
    until: str


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
    waits: list[ArtworkWait]
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
    base_model: str | None
    version_name: str | None
    prompt: str | None
    negative_prompt: str | None
    seed: str | None
    generation: dict[str, Any] | None  # what is short of it: no workflows
    blurhash: str | None
    badge: Badge
    badge_reason: str | None  # why it is skipped, deleted, failed or gone: a stable code
    badge_detail: str | None  # the same in words
    left_out: str | None  # by which of the filters asked with, whatever the badge is
    artwork_id: int | None  # when it is in the database
    preview_url: str | None  # a still
    video_url: str | None  # a small video, for hovering; videos only
    large_url: str | None  # for the lightbox


class AskBadges(Request):
    """Cards of one site that are on the page."""

    site: str = Field(max_length=40)
    site_ids: list[Annotated[str, Field(max_length=200)]] = Field(max_length=1000)


class CardBadge(Reply):
    """How we stand with a card by now."""

    site_id: str
    badge: Badge
    badge_reason: str | None
    badge_detail: str | None
    artwork_id: int


class CardBadges(Reply):
    """Those that are known here; the others are new."""

    badges: list[CardBadge]


class BrowseTarget(Reply):
    """What the words were understood as."""

    key: str  # site:kind:value, to be sent back as a target
    site: str
    kind: str
    value: str
    title: str


class ReadTargets(Request):
    """Pasted lines. `site` and `kind` are what a bare name is taken for."""

    lines: list[Annotated[str, Field(max_length=4000)]] = Field(max_length=1000)
    site: str | None = Field(None, max_length=40)
    kind: str | None = Field(None, max_length=40)


class ReadLine(Reply):
    """A line: the target it means, or what is wrong with it and the way out."""

    text: str  # its first 200 characters
    target: BrowseTarget | None
    message: str | None
    advice: str | None


class ReadLines(Reply):
    """In the order in which they were sent."""

    lines: list[ReadLine]


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
    target_id: int | None = None  # for `/api/targets/{id}/ledger`, when it was asked for before
    next_cursor: str | None


class EmbeddedText(Reply):
    """A text inside a file, and where it stands: `PNG:parameters`, `EXIF:UserComment` …"""

    place: str
    text: str  # the first 20,000 characters
    length: int


class FileReading(Reply):
    """What is written inside a file. The fields are None where the file does not say.

    `seed` is text: seeds go beyond what a browser counts exactly.
    """

    tool: str | None
    place: str | None
    prompt: str | None
    negative_prompt: str | None
    parameters: list[tuple[str, str]]
    seed: str | None
    texts: list[EmbeddedText]
    keywords: list[str]
    problem: str | None  # the file could not be read, and why


class EmbeddedFile(Request):
    """The file of an address."""

    file_id: Id
