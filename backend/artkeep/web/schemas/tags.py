"""`/api/tags`: what waits for tags, how they are asked for, and what a job has found.

Votes are those of a site's visitors. A job of kind `tags` asks for them; `then` may be
`["embed"]`, which writes them into the files.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from artkeep.web.schemas.artworks import ArtworkCard
from artkeep.web.schemas.common import Id, PageParameters, Parameters, Reply, Request, Text

MethodName = Literal["key", "page", "read"]
LoginPhase = Literal["none", "open", "done", "closed", "failed"]


class TagOptions(Request):
    """How to ask. `method`: `key` (calls with your key), `page` (the same calls from inside a
    page of a browser), `read` (pages opened one by one); `auto` takes the first that works.

    `rate` is calls or pages a second at most, below what the site bears; one call is about
    twenty artworks. Without `again` only those are asked for that have no tags yet; with
    `older_than` (`12h 30d 2w 3m 1y`) also those that were asked for before then.
    """

    method: Literal["auto", "key", "page", "read"] | None = None
    rate: float | None = Field(None, ge=0.01, le=50)
    older_than: str | None = Field(None, max_length=10, pattern=r"^[0-9]+[hdwmy]$")
    again: bool = False


class OverviewParameters(Parameters):
    """The scope that a job would have."""

    q: str = Field("", max_length=4000)
    older_than: str | None = Field(None, max_length=10, pattern=r"^[0-9]+[hdwmy]$")
    again: bool = False


class TagOverview(Reply):
    """Of the artworks that a query means and that can have tags: how far they are.

    `due` would be asked for by a job with these options. `oldest_at` and `newest_at` are when
    they were last asked for.
    """

    artworks: int
    due: int
    none: int
    queued: int
    done: int
    failed: int
    oldest_at: str | None
    newest_at: str | None


class MethodParameters(Parameters):
    """Of the site, and what a job would be told."""

    site: Text = Field("civitai", max_length=40)
    method: Literal["auto", "key", "page", "read"] | None = None


class BrowserState(Reply):
    """The automation browser. `sandbox`: why it has none, or null; `install_command` is for
    this system."""

    is_found: bool
    path: str | None
    install_command: str
    is_running: bool
    sandbox: str | None


class Login(Reply):
    """The visible window for logging in. `can_open` is false on a machine without a screen;
    `logged_in_at` is when a login was last seen to work."""

    phase: LoginPhase
    detail: str
    can_open: bool
    logged_in_at: str | None


class LimiterState(Reply):
    """The site's limiter. Rates are calls a second, null: unlimited; `normal_rate` is what it
    is when the site is content, `rate` what it is now."""

    host: str
    rate: float | None
    normal_rate: float | None
    parked_s: float
    parked_for: str  # a reason code
    in_flight: int
    waiting: int
    throttles: int  # in the last hour
    is_broken: bool


class TagMethodState(Reply):
    """Which way would be gone now, and why: `chosen key no_key refused`, with the reason code
    of the refusal. `problem` is set where that way cannot be gone: `no_browser`, `no_key`."""

    site: str
    method: MethodName
    why: Literal["chosen", "key", "no_key", "refused"]
    refusal: str
    text: str
    problem: Literal["no_browser", "no_key"] | None
    advice: str
    has_key: bool
    has_cookie: bool
    batch: int  # artworks in one call
    browser: BrowserState
    login: Login
    limiter: LimiterState | None


class TopTag(Reply):
    """A tag, and how many artworks of the job carry it."""

    id: int
    name: str
    category: str
    amount: int


class TopTags(Reply):
    """The most frequent first."""

    tags: list[TopTag]


class TopTagsParameters(Parameters):
    """How many."""

    limit: int = Field(30, ge=1, le=200)


class VotedTag(Reply):
    """A tag of an artwork: `display` is what the site's page shows. `level` is its rating
    level as a number (1 PG, 2 PG-13, 4 R, 8 X, 16 XXX)."""

    name: str
    display: str
    category: str
    level: int | None
    score: int | None
    up: int | None
    down: int | None
    automated: bool | None


class TaggedArtwork(Reply):
    """An artwork with the tags that were just fetched, by score; at most forty of `amount`."""

    artwork: ArtworkCard
    tagged_at: str
    method: str | None
    amount: int
    tags: list[VotedTag]


class TaggedSample(Reply):
    """The last ones of a job, the newest first."""

    artworks: list[TaggedArtwork]


class SampleParameters(Parameters):
    """How many."""

    limit: int = Field(12, ge=1, le=60)


class ChangesParameters(PageParameters):
    """Of a job, of an artwork, or all."""

    job_id: Id | None = None
    artwork_id: Id | None = None


class VoteChange(Reply):
    """A tag whose votes changed."""

    name: str
    before: int | None
    after: int | None


class TagChange(Reply):
    """What a later look at an artwork found to be different."""

    id: int
    artwork_id: int
    site: str
    site_id: str
    job_id: int | None
    at: str
    method: str
    added: list[str]
    removed: list[str]
    voted: list[VoteChange]


class TagChanges(Reply):
    """The newest first."""

    changes: list[TagChange]
    next_cursor: str | None


class SitePath(Request):
    """The site of an address."""

    site: str = Field(max_length=40)
