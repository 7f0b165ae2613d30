"""What the library tells beside its pages of artworks: facets, completions, statistics, saved
searches, changes, near-duplicates. Which artworks is asked as in `/api/artworks`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from artkeep.web.schemas.artworks import ArtworkCard, Sort
from artkeep.web.schemas.common import Id, PageParameters, Parameters, Reply, Request, Text

Stars = Annotated[int, Field(ge=0, le=5)]  # 0: none
TagName = Annotated[Text, Field(min_length=1, max_length=200)]
QueryText = Annotated[Text, Field(max_length=10_000)]
_MOST = 5000


class FacetValue(Reply):
    """A value with how many artworks have it. `term` is what a query says for it: put it behind
    the query, or behind a `-`. None where the language has no word for it."""

    value: str  # "" where nothing is known
    term: str | None
    amount: int


class Facet(Reply):
    """A field's values, the most frequent first. `is_more`: there are others."""

    field: str  # of the query language, `tag` among them
    values: list[FacetValue]
    is_more: bool


class Facets(Reply):
    """Of what a query means. Exact for the whole library and up to 10,000 artworks; beyond that
    counted in a sample, and marked `is_estimate` (to be shown with ≈)."""

    artworks: int
    is_estimate: bool
    facets: list[Facet]


class CompletionParameters(Parameters):
    """A query as it stands in the box, and where the cursor is (in characters; without, at the
    end)."""

    q: QueryText = ""
    at: int | None = Field(None, ge=0, le=10_000)
    limit: int = Field(12, ge=1, le=50)


class Completion(Reply):
    """A proposal: `text` takes the place of the query's characters from `start` to `end`."""

    text: str
    label: str
    kind: Literal["field", "value", "tag"]
    amount: int | None  # artworks; None for fields


class QueryProblem(Reply):
    """What is wrong with a query, and at which character."""

    message: str
    advice: str
    position: int


class Completions(Reply):
    """`problem` tells what the whole query lacks as it stands."""

    start: int
    end: int
    items: list[Completion]
    problem: QueryProblem | None


class MonthAmount(Reply):
    """`cursor` begins the list of `/api/artworks` with the same words at this month; None where
    the order goes by something else."""

    month: str  # 2026-05
    amount: int
    cursor: str | None


class Timeline(Reply):
    """Months in the order of the list, for a scrubber. `unknown` artworks have no date."""

    months: list[MonthAmount]
    unknown: int
    is_estimate: bool


class AmountOf(Reply):
    """A value and how many artworks have it."""

    value: str
    amount: int


class FormatAmount(Reply):
    """Files that are there, by format."""

    format: str
    files: int
    bytes: int


class StageAmounts(Reply):
    """How many artworks stand where in a stage."""

    stage: Literal["download", "examine", "tags", "embed", "convert"]
    none: int
    queued: int
    done: int
    failed: int
    skipped: int
    gone: int


class Statistics(Reply):
    """Of what a query means; an estimate is one as in `Facets`. The lists hold the most
    frequent values first, months and ratings in their order."""

    artworks: int
    is_estimate: bool
    files: int
    bytes: int
    months: list[AmountOf]  # by the day it was posted; "" without
    ratings: list[AmountOf]  # "" unrated
    kinds: list[AmountOf]
    sites: list[AmountOf]
    models: list[AmountOf]
    base_models: list[AmountOf]
    authors: list[AmountOf]
    tags: list[AmountOf]
    stars: list[AmountOf]
    formats: list[FormatAmount]
    stages: list[StageAmounts]


class SavedSearch(Reply):
    """A query that somebody has named."""

    id: int
    name: str
    query: str
    sort: Sort
    created_at: str


class SavedSearches(Reply):
    """By name."""

    searches: list[SavedSearch]


class SaveSearch(Request):
    """A search of the same name is replaced. The query must be readable."""

    name: Annotated[Text, Field(min_length=1, max_length=100)]
    query: QueryText
    sort: Sort = "newest"


class SearchPath(Request):
    """The saved search of an address."""

    search_id: Id


class ChangeArtwork(Request):
    """What is left out stays as it is. Tags are the user's own (`origin` `user`); what a site
    says is not taken away."""

    stars: Stars | None = None
    is_favourite: bool | None = None
    add_tags: list[TagName] = Field([], max_length=100)
    remove_tags: list[TagName] = Field([], max_length=100)


class ChangeArtworks(ChangeArtwork):
    """Which: these, or all that a query means. A request changes up to 5,000 of a query and
    says `next_after`: ask again with it until it is None."""

    ids: list[Id] = Field([], max_length=_MOST)
    query: QueryText | None = None
    after: Id | None = None


class ArtworksChanged(Reply):
    """`changed` artworks are different now."""

    changed: int
    looked_at: int
    next_after: int | None


class FindDuplicates(Request):
    """Among which artworks, and how far perceptual hashes of two may differ, in bits of 64."""

    query: QueryText = ""
    distance: int = Field(4, ge=0, le=8)


class DuplicatesStarted(Reply):
    """The job that looks; `is_new` unless one is at it already."""

    job_id: int
    is_new: bool


class Duplicate(Reply):
    """One of a group. `is_best` by the rule that was asked for; `hints` say why or why not."""

    artwork: ArtworkCard
    distance: int  # bits, from the best
    is_best: bool
    hints: list[
        Literal[
            "largest_picture", "largest_file", "original", "lossless", "has_prompt", "oldest"
        ]
    ]


class DuplicateGroup(Reply):
    """Artworks that look the same, the best first."""

    id: int
    artworks: list[Duplicate]


KeepRule = Literal["largest", "smallest_file", "oldest", "newest", "most_known"]


class DuplicateParameters(PageParameters):
    """`rule` says which of a group is the best: the largest picture, the smallest file of the
    largest pictures, the first or last posted, or the one of which most is known."""

    rule: KeepRule = "largest"


class DuplicateGroups(Reply):
    """A page of groups that nobody has decided. `found_at` is None before anybody looked."""

    groups: list[DuplicateGroup]
    next_cursor: str | None
    total: int
    found_at: str | None
    distance: int | None


class DecideDuplicates(Request):
    """What becomes of groups: of one, keep these and delete the others (to the trash); or keep
    all, for they are no duplicates (`not_duplicates`: remembered). Or of all groups of a page:
    keep the best by a rule."""

    groups: list[Id] = Field(min_length=1, max_length=200)
    keep: list[Id] = Field([], max_length=_MOST)
    rule: KeepRule | None = None
    not_duplicates: bool = False


class DuplicatesDecided(Reply):
    """`batches` undo it: `/api/artworks/restore`."""

    groups: int
    removed: int
    busy: int
    batches: list[int]
    trash_days: int
