"""What is recognised in a capture: the creations of generator services. Pure data.

A capture is what a browser saw of a service's own replies: pasted JSON, a HAR, a channel's
text. The way through this folder, for whoever imports one:

1. `_text.read_text(text)` makes `Document`s of pasted text; a reader of HAR files makes one of
   each reply.
2. `_walk.Finder` takes them one by one (`add`) and answers `found()`: creations, each once, and
   rejects. Nobody says which service it is: everything is recognised by its content.
3. `_rows.rows_of(creation)` gives the group and the artworks. What is downloaded are
   `Output.urls`, best first; `soonest_expiry` says what has to go first.
4. `_services.SERVICES` knows each service's hosts, and the header that its key is sent in.

`raw` and `Output.urls` are as received, signatures included: for memory, and for the piece of
work that downloads. What `rows_of` gives has neither secrets nor signatures in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from artkeep.domain.artwork import Reject
from artkeep.domain.parameters import Pair
from artkeep.domain.rating import Rating


class OutputKind(StrEnum):
    """What the service says it made; the bytes decide in the end."""

    IMAGE = "image"
    VIDEO = "video"
    OTHER = "other"  # sound, 3D: no artwork is made of it


@dataclass(frozen=True, slots=True)
class MediaUrl:
    """An address on one of the service's own hosts (SE-9), as received."""

    url: str
    quality: str = "hd"  # hd reduced
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InitImage:
    """What an image was made from: an address, bytes that stand in the capture, or a hint."""

    url: str | None = None
    base64: str | None = field(default=None, repr=False)
    creation_id: str | None = None  # of the same service, where it was made there


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One picture or video of a creation. (service, creation id, `id`) is its identity.

    `position` counts from 1, as people count; an upscale or an edit has the position of what it
    was made of, and a `label`: `x2`, `xenh2-Sharp`, `2x-clty-upscale-1mkz5`. `parameters` are
    the pairs in which it differs from its creation.
    """

    id: str
    position: int
    kind: OutputKind = OutputKind.IMAGE
    label: str = ""
    urls: tuple[MediaUrl, ...] = ()  # best first; never empty in a Creation
    thumbnail: str | None = None  # a small form of it, on the service's own hosts
    made_of: str | None = None  # the id of the output that this one is an edit of
    seed: str | None = None
    width: int | None = None
    height: int | None = None
    created_at: datetime | None = None
    rating: Rating | None = None
    prompt: str | None = None  # where it is another one than its creation's
    negative_prompt: str | None = None
    parameters: tuple[Pair, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def expires_at(self) -> datetime | None:
        """When its best address dies, where that is told."""
        return self.urls[0].expires_at if self.urls else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """One run of a generator: a prompt, its settings, and what came out.

    `parameters` are pairs of an infotext in its order, without the prompts and without the
    seed, which each output has for itself. `hashes` and `resources` are what Civitai's pages
    read: `{"lora:name": hash}` and `[{type, weight, modelVersionId, …}]`. `rejects` are outputs
    that cannot be had, with a reason of `OUTPUT_REASONS`; there may be no output left.
    """

    service: str  # the name of its site
    id: str
    page_url: str | None = None
    title: str | None = None
    created_at: datetime | None = None
    author: str | None = None
    author_id: str | None = None
    is_own: bool | None = None  # None: the capture does not tell
    prompt: str | None = None  # where there is none, or a hidden one: the title
    negative_prompt: str | None = None
    is_prompt_hidden: bool = False
    model: str | None = None
    base_model: str | None = None
    version_id: str | None = None
    version_name: str | None = None
    parameters: tuple[Pair, ...] = ()
    hashes: Mapping[str, str] = field(default_factory=dict)
    resources: tuple[Mapping[str, Any], ...] = ()
    init_image: InitImage | None = None
    outputs: tuple[Output, ...] = ()
    rejects: tuple[Reject, ...] = ()
    # The address of a reply that the settings are in, to be asked for with the user's key and
    # given to the Finder as one more Document.
    wants: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """Equal for captures of the same creation."""
        return self.service, self.id

    @property
    def soonest_expiry(self) -> datetime | None:
        """When the first of its addresses dies, where that is told."""
        return min((at for one in self.outputs if (at := one.expires_at)), default=None)


# Reasons of rejects, and their words for people. Those of outputs stand in `Creation.rejects`,
# those of objects in what the Finder finds.
OUTPUT_REASONS = {
    "no_url": "the capture has no address for it",
    "foreign_host": "its address leads to a host that is not the service's",
    "bad_url": "its address is not one that may be fetched",
    "unavailable": "the service says that it is no longer there",
    "blocked": "the service blocked it",
    "unfinished": "it is not finished, or it failed",
    "upload_only": "it is an upload that nothing was made of",
    "not_an_object": "it is not what stands there in other captures",
    "no_id": "it has neither an id nor a name",
    "too_many": "there is more in it than is looked at",
}
OBJECT_REASONS = {
    "unreadable_creation": "it looks like a creation but cannot be read",
    "too_deep": "it is nested too deeply",
    "too_many": "there is more in it than is looked at",
}


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON value of a capture, and what is known of where it came from.

    `request` is the parsed body of the request it answers: some services tell the prompt only
    there.
    """

    value: Any = field(repr=False)
    url: str | None = None
    request: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HostRule:
    """A host that media may come from: exact, or `.name` with all sub-domains; on shared hosts
    only below `path`."""

    host: str
    path: str = "/"

    def allows(self, host: str, path: str) -> bool:
        """Both as the URL has them, the host in lower case."""
        is_host = host == self.host or (
            self.host.startswith(".") and (host.endswith(self.host) or host == self.host[1:])
        )
        return is_host and path.startswith(self.path)


@dataclass(frozen=True, slots=True)
class Service:
    """One service. `recognises` looks at any object, `read` at one that was recognised.

    `read` raises KeyError, TypeError, ValueError or AttributeError for what it cannot read.
    """

    name: str
    title: str
    media: tuple[HostRule, ...]
    asks: tuple[HostRule, ...]  # where a copied request may be sent
    recognises: Callable[[Mapping[str, Any]], bool]
    read: Callable[[Mapping[str, Any]], Creation]
    key_header: str | None = None  # media and `Creation.wants` need the user's key in it
    # Settings that come in a document of their own: what joins a raw object with them, and
    # those that a document brings, to be added to the raw object.
    settings_key: Callable[[Mapping[str, Any]], str | None] = lambda raw: None
    settings_in: Callable[[Document], tuple[str, Mapping[str, Any]] | None] = lambda one: None

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts of media, as an adapter names its hosts."""
        return frozenset(rule.host for rule in self.media)
