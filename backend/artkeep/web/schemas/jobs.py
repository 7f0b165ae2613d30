"""`/api/jobs`, `/api/targets`, and the job messages of the event socket."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from artkeep.jobs.verdict import Verdict
from artkeep.jobs.watch import LONGEST_S, SHORTEST_S, Note
from artkeep.web.schemas.common import (
    Id,
    Kind,
    PageParameters,
    Rating,
    Reply,
    Request,
    Text,
)
from artkeep.web.schemas.conversions import ConvertOptions
from artkeep.web.schemas.exports import TrainingExport
from artkeep.web.schemas.tags import TagOptions

JobState = Literal[
    "queued", "running", "paused", "stopped", "completed", "incomplete", "failed", "interrupted"
]


Level = Literal["info", "warning", "error"]


class Pick(Request):
    """One artwork as its site knows it: a card that was ticked."""

    site: Text = Field(max_length=40)
    site_id: Text = Field(max_length=200)


TagName = Annotated[Text, Field(max_length=200)]
PromptWords = Annotated[Text, Field(max_length=500)]


class JobOptions(Request):
    """How to do it. What is left out has the default of the settings."""

    concurrency: int | None = Field(None, ge=1, le=20)
    quality: Literal["hd", "sd"] = "hd"
    max_items: int | None = Field(None, ge=1, le=10**9)
    max_per_model: int | None = Field(None, ge=1, le=10**9)
    # a name of one, or `template:{author}/{id}`
    layout: str | None = Field(None, max_length=600)
    kinds: list[Kind] | None = None
    ratings: list[Rating] | None = None
    since: str | None = Field(None, max_length=40)  # an ISO date, or `30d`
    until: str | None = Field(None, max_length=40)  # with that day; `<` before it: without
    with_tags: list[TagName] = Field([], max_length=50)
    without_tags: list[TagName] = Field([], max_length=50)
    with_prompt: list[PromptWords] = Field([], max_length=50)  # it contains every one of these
    without_prompt: list[PromptWords] = Field([], max_length=50)
    min_size: str | None = Field(None, max_length=20)  # `1024`, or `1920x1080` either way up


class EmbedOptions(Request):
    """`from_files`: first what files say of their making is read, where no prompt is known."""

    from_files: bool = False


class NewJob(Request):
    """What to start. `targets` are pasted links, or `site:kind:value`, one each.

    With `picks`, only these artworks of the (single) target are fetched, without listing it;
    filters and `max_items` do not count then. `skipped_of` names a target that was listed
    before: what it left out is fetched (for these `reasons`, or for any), without listing.

    `tags`, `embed`, `convert` and `move` work on what a `query` means in the library; `convert`
    and `tags` count also where they follow a download. `move` goes to `options.layout`.
    `export` makes a training set of them, as `export` says.
    """

    kind: Literal["download", "tags", "embed", "convert", "move", "export"] = "download"
    query: str = Field("", max_length=4000)
    convert: ConvertOptions = ConvertOptions()
    tags: TagOptions = TagOptions()
    embed: EmbedOptions = EmbedOptions()
    export: TrainingExport | None = None
    targets: list[Annotated[Text, Field(max_length=4000)]] = Field([], max_length=1000)
    picks: list[Pick] = Field([], max_length=5000)
    skipped_of: Id | None = None
    reasons: list[Annotated[Text, Field(max_length=100)]] = Field([], max_length=20)
    options: JobOptions = JobOptions()
    then: list[Annotated[str, Field(max_length=40)]] = Field([], max_length=5)


class RetryJob(Request):
    """Which failures to ask for again: of a reason, of an artwork, or all but what is gone."""

    reason: Text | None = Field(None, max_length=100)
    artwork_id: Id | None = None


class JobPath(Request):
    """The job of an address."""

    job_id: Id


class JobList(PageParameters):
    """`ended`: completed, incomplete, failed and stopped ones; `active`: all others."""

    state: Literal["active", "ended"] | None = None
    limit: int = Field(20, ge=1, le=100)


class FailureList(PageParameters):
    """With `reason`, only single failures of this one; the groups are always all."""

    reason: Text | None = Field(None, max_length=100)


class TargetPath(Request):
    """The target of an address."""

    target_id: Id


class WatchTarget(Request):
    """Whether a target is looked at again by itself; `check_every_s` is the first interval."""

    is_watched: bool
    check_every_s: int | None = Field(None, ge=SHORTEST_S, le=LONGEST_S)


class Listing(Reply):
    """One walk over one API path: a row of the ledger. `ended`: end cap error stopped."""

    path: str
    value: str
    options: list[list[str]]
    pages: int
    seen: int
    new: int
    repeated: int
    rejected: int
    cursor: str | None
    ended: str | None
    reason: str | None
    detail: str | None
    before: int  # items that were known to lie before the place where it began
    claims: int | None  # how many items the site says it holds
    is_covered: bool  # it reached everything, or other walks did in its place


class TargetLine(Reply):
    """site says … · listed … · have … · skipped … · failed … · gone … · gaps …"""

    id: int
    key: str  # site:kind:value
    site: str
    kind: str
    value: str
    filters: dict[str, Any]  # as in `JobOptions`; what is left out has no filter
    title: str
    site_claims: int | None
    site_claims_what: str  # what that number includes
    listed: int
    have: int
    new: int
    skipped: int
    skipped_by: dict[str, int]  # amounts by reason
    failed: int
    gone: int
    gaps: int
    hidden: int  # what its posts say to hold beyond what the site shows
    verdict: Verdict
    walks: int  # in all; `listings` leaves out clean ones over single posts beyond some
    is_listed: bool
    unreachable: list[str]
    checked_at: str | None
    is_watched: bool
    check_every_s: int | None  # adapts to how often something new is found
    next_check_at: str | None
    watch_note: Note | None  # why it is not looked at any more, or what is in the way
    listings: list[Listing]


class FailureGroup(Reply):
    """Failures of one reason. `advice` says what to do about it."""

    stage: str
    reason: str
    title: str  # the reason in words
    amount: int
    example: str | None
    advice: str
    is_gone: bool
    can_retry: bool


class Failure(Reply):
    """One artwork that failed."""

    artwork_id: int
    site: str
    site_id: str
    page_url: str
    stage: str
    reason: str
    detail: str | None
    host: str | None
    http_status: int | None
    attempts: int
    at: str


class JobFailures(Reply):
    """By reason, and a page of the single ones."""

    groups: list[FailureGroup]
    failures: list[Failure]
    next_cursor: str | None


class Reason(Reply):
    """Why a job is incomplete, or failed."""

    code: str
    text: str


class Job(Reply):
    """A job and how far it is, counted from commits. `total` is None while still listing."""

    id: int
    kind: str
    title: str
    state: JobState
    wanted_state: str | None
    owner_port: int | None  # of the instance that leads it, when one does
    is_here: bool  # this instance leads it
    created_at: str
    started_at: str | None
    ended_at: str | None
    then: list[str]
    options: dict[str, Any]
    total: int | None
    asked: int  # what has been asked for so far
    done: int
    have: int
    skipped: int
    skipped_by: dict[str, int]
    failed: int
    gone: int
    deferred: int
    deferred_until: str | None
    waiting: int
    bytes: int
    items_per_s: float  # over the last 10 s
    bytes_per_s: float
    eta_s: float | None
    stages: dict[str, dict[str, int]]
    reasons: list[Reason]
    failures: list[FailureGroup]
    targets: list[TargetLine]


class Jobs(Reply):
    """The newest first."""

    jobs: list[Job]
    next_cursor: str | None


class JobEvent(Reply):
    """A line of the log that a person reads."""

    id: int
    at: str
    level: Level
    code: str
    message: str


class JobEvents(Reply):
    """The newest first."""

    events: list[JobEvent]
    next_cursor: str | None


class Targets(Reply):
    """Everything that was ever asked for, the newest first. Listings are left empty here."""

    targets: list[TargetLine]
    next_cursor: str | None
