"""The contract of a site: a few questions, answered without keeping state.

Asking (`plan`, `fetch_page`, `refresh`) goes through the `Client` that is handed in, which does
one request, politely and under the outbound rules, and raises `FetchFailed` with a reason. Who
retries is the caller. Parsing is pure and lives outside the class.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from artkeep.domain.artwork import Artwork, Group, Kind, Reject, clean_text
from artkeep.domain.target import Target, TargetKind
from artkeep.domain.ugoira import Frame
from artkeep.errors import UsageError

if TYPE_CHECKING:
    from artkeep.net.client import Client
    from artkeep.sites._tags import TagSource

T = TypeVar("T")

# By site id: `[{url, quality, expires_at}]`, best first.
Given = Mapping[str, Sequence[Mapping[str, Any]]]

# The reason of a Reject that stands for a page's end: nobody knows whether more would follow.
UNREADABLE_END = "unreadable_page_end"


@dataclass(frozen=True, slots=True)
class Listing:
    """One walk over one API path for a target.

    `path` is the adapter's own word for the API path (`images`), `value` what it is asked for
    and `options` the fixed parameters: together they are the listing's identity in the ledger.

    `proves_end`: a clean end of this walk, and of those it leads to, shows the whole target,
    whatever became of the others. `is_optional`: it only checks the others; a site that does
    not answer it takes nothing away. `claims`: how many items the site says it holds.
    """

    path: str
    value: str
    options: tuple[tuple[str, str], ...] = ()
    proves_end: bool = False
    is_optional: bool = False
    claims: int | None = None

    @property
    def title(self) -> str:
        """`images user=lena sort=Oldest`: for the ledger and logs."""
        return " ".join([self.path, self.value, *(f"{name}={to}" for name, to in self.options)])


@dataclass(frozen=True, slots=True)
class Plan:
    """The listings that together reach everything, cheapest first."""

    listings: tuple[Listing, ...]
    title: str | None = None  # the target as the site spells it
    site_claims: int | None = None  # how many artworks the site says there are
    site_claims_what: str = ""  # what that number includes
    unreachable: tuple[str, ...] = ()  # plain sentences: what this key may not see


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing.

    `is_proven` says that the page shows itself to be what was asked for; None when it is empty
    and says nothing. `listings` are further walks the page led to (the versions of a model).
    `group_listings` are walks over single groups, by the group's id: needed only for groups of
    which fewer artworks are known than the group says it has. `given` are addresses that are
    signed and die, by site id: they go along with the work that fetches them and are kept
    nowhere else (SE-24). `passed_over` counts what came along and was not asked for. A missing
    `next_cursor` is the end.
    """

    artworks: tuple[Artwork, ...]
    groups: tuple[Group, ...] = ()
    rejects: tuple[Reject, ...] = ()
    listings: tuple[Listing, ...] = ()
    group_listings: Mapping[str, Listing] = field(default_factory=dict)
    given: Given = field(default_factory=dict)
    passed_over: int = 0
    total: int | None = None
    next_cursor: str | None = None
    is_proven: bool | None = True

    @property
    def size(self) -> int:
        """How many things it lists: artworks, or what leads to them."""
        listed = len(self.artworks) + self.passed_over
        return listed or len(self.groups) or len(self.listings)


@dataclass(frozen=True, slots=True)
class TagNames:
    """A page of the names of a site's tags; `next_place` leads to the next one, if any."""

    names: tuple[str, ...]
    next_place: str | None = None


@dataclass(frozen=True, slots=True)
class MediaSource:
    """A URL that may hold an artwork's bytes, and what must come back for it to count.

    `digest` is an algorithm of hashlib and the hex digest that the site declares for these very
    bytes; a site that does not mean it strictly has `is_digest_strict` False, and a difference
    is only told. `again_after` are reasons that are worth another try at this site at once,
    although elsewhere they are not.
    """

    url: str
    quality: str = "hd"  # hd sd reduced
    headers: Mapping[str, str] = field(default_factory=dict)
    accepts: frozenset[Kind] = frozenset(Kind)  # a still where a video is expected is refused
    digest: tuple[str, str] | None = None
    is_digest_strict: bool = True
    again_after: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Preview:
    """Where an artwork can be looked at before it is fetched; of each, URLs to try in order."""

    still: tuple[MediaSource, ...] = ()  # about 450 pixels wide
    video: tuple[MediaSource, ...] = ()  # the same of a video, moving
    large: tuple[MediaSource, ...] = ()  # for looking at it alone


@dataclass(frozen=True, slots=True)
class KeyReport:
    """What a site says about a key. `sees` are rating levels, empty when it does not tell."""

    user: str | None
    sees: tuple[str, ...] = ()
    note: str = ""  # what this key may not do


@dataclass(frozen=True, slots=True)
class SiteLimits:
    """How fast a site may be asked, and how we call ourselves there."""

    requests_per_s: float = 1.0
    burst: int = 2
    media_requests_per_s: float = 10.0
    media_concurrency: int = 20
    note: str = ""  # what a key changes, for people


class Depth(StrEnum):
    """How much of a target is to be listed."""

    LOOK = "look"  # for somebody who looks at it: only what the filters let through
    WHOLE = "whole"  # everything, also what the filters leave out
    DEEP = "deep"  # everything, by every way there is


class SiteAdapter(ABC):
    """One site. Holds only its settings."""

    name: str
    kinds: ClassVar[frozenset[TargetKind]]
    limits: ClassVar[SiteLimits] = SiteLimits()
    key_help: str = ""  # what a key changes and where it is found; empty: none is taken
    needs_key: bool = False  # it answers nobody without one

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name.capitalize()

    @property
    @abstractmethod
    def hosts(self) -> frozenset[str]:
        """Host names this site may be asked at; a leading dot takes every sub-domain (SE-9)."""

    @abstractmethod
    def match(self, text: str) -> Target | None:
        """The target that a pasted URL or `site:kind:value` means, or nothing."""

    def is_unnamed(self, target: Target) -> bool:
        """Whether it means the account of the key (`me`) without naming it."""
        return False

    async def name_account(self, client: Client, target: Target) -> Target:
        """An unnamed target under the account's name, as it is to be kept.

        Raises AuthRequired without a key, or FetchFailed.
        """
        return target

    @abstractmethod
    async def plan(self, client: Client, target: Target, depth: Depth = Depth.WHOLE) -> Plan:
        """Raises TargetNotFound, AuthRequired, or FetchFailed."""

    def substitutes(self, listing: Listing) -> tuple[Listing, ...]:
        """Walks that together reach what this one reaches, for when it broke off."""
        return ()

    def most_items(self, listing: Listing) -> int | None:
        """Where the site silently ends such a walk, if it does."""
        return None

    def is_window(self, listing: Listing) -> bool:
        """Whether it shows only what is newer than some moment: it covers nothing by itself,
        but reaches on where other walks over the same list were cut off."""
        return False

    def items_before(self, listing: Listing, cursor: str) -> int | None:
        """How many items lie before the page at a cursor, when the cursor counts them."""
        return None

    def step_over(self, listing: Listing, cursor: str) -> str | None:
        """The cursor behind the page at this one, when that can be told without the page."""
        return None

    @abstractmethod
    async def fetch_page(
        self, client: Client, target: Target, listing: Listing, cursor: str | None, attempt: int
    ) -> Page:
        """One page. `attempt` counts from 0 for this cursor: later ones may ask differently.

        Raises FetchFailed; WrongIdentity when the page is somebody else's.
        """

    @abstractmethod
    def media(self, artwork: Artwork, quality: str) -> Sequence[MediaSource]:
        """The URLs to try in order."""

    def preview(self, artwork: Artwork) -> Preview:
        """Small forms of it. A site without any shows the file itself."""
        own = tuple(self.media(artwork, "sd"))[:1]
        if artwork.kind is Kind.IMAGE:
            return Preview(still=own, large=own)
        return Preview(video=own, large=own)

    def withheld(self, artwork: Artwork) -> str | None:
        """Why the site lists an artwork without its file, in a sentence; None when nothing is
        known of that. Told by what is stored, without asking."""
        return None

    def tags(self) -> TagSource | None:
        """Where its visitors' tags are asked for; None where nobody votes on tags."""
        return None

    async def tag_names(self, client: Client, place: str | None) -> TagNames:
        """The page of tag names at a place; None is the beginning. Raises FetchFailed."""
        return TagNames(())

    async def check_key(self, client: Client) -> KeyReport:
        """Ask the site about the configured key. Raises AuthRequired when it is refused."""
        raise UsageError(f"Keys of {self.name} cannot be checked.")

    async def frames(self, client: Client, artwork: Artwork) -> tuple[Frame, ...]:
        """How the pictures of an ugoira are shown, asked for before its archive is fetched;
        nothing where the site does not tell. Raises FetchFailed."""
        return ()

    @abstractmethod
    async def refresh(self, client: Client, artwork: Artwork) -> Artwork | None:
        """The artwork as the site has it now; None when the site says that it is gone."""


def parse_each(
    rows: Iterable[Any], parse: Callable[[dict[str, Any]], T]
) -> tuple[tuple[T, ...], tuple[Reject, ...]]:
    """Parse items one by one: a bad one becomes a reject with a reason, the others are kept."""
    parsed: list[T] = []
    rejects: list[Reject] = []
    for row in rows:
        if not isinstance(row, dict):
            excerpt = (clean_text(row) or "null")[:200]
            rejects.append(Reject("not_an_object", excerpt=excerpt, row=row))
            continue
        try:
            parsed.append(parse(row))
        except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            site_id = clean_text(row.get("id"))
            excerpt = f"{type(error).__name__}: {error}"[:200]
            rejects.append(Reject("unreadable_item", site_id, excerpt, row))
    return tuple(parsed), tuple(rejects)
