"""What goes over the wire about imports of captures."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from artkeep.web.schemas.common import Parameters, Reply, Request, Text


class ImportService(Reply):
    """A service that was recognised. `new`, `here` and `deleted` count its artworks."""

    name: str
    title: str
    creations: int
    new: int
    here: int
    deleted: int


class ImportCreation(Reply):
    """One run of a generator. `key` is what a commit names; `expires_at` is when the first of
    its addresses dies."""

    key: str
    service: str
    title: str | None
    prompt: str | None
    is_prompt_hidden: bool
    model: str | None
    created_at: str | None
    expires_at: str | None
    outputs: int
    new: int
    here: int
    deleted: int
    thumbnail: str | None  # an address of ours


class ImportReject(Reply):
    """What was left out, and how much of it; `reason` is a stable code."""

    reason: str
    text: str
    count: int


class ImportRequest(Reply):
    """A copied request that was not sent. Without a `service` it never will be."""

    method: str
    host: str
    service: str | None


class ImportPreview(Reply):
    """What a capture holds. Of `creations` there are the newest; `total` counts all.

    `secrets` counts logins and signatures that were seen and are not kept; `samples` are
    outlines of what was not recognised, without any value.
    """

    token: str
    upto: int  # of the inbox: a commit that says it means nothing that comes later
    total: int
    services: list[ImportService]
    creations: list[ImportCreation]
    rejects: list[ImportReject]
    requests: list[ImportRequest]
    unrecognised: int
    samples: list[str]
    secrets: int
    problems: list[str]


class ImportDropped(Reply):
    """It is forgotten."""

    token: str


class ImportPath(Request):
    """Which preview."""

    token: str = Field(max_length=64)


class ImportParameters(Parameters):
    """What the capture is called, for people."""

    name: Text = Field("", max_length=200)


class CommitImport(Request):
    """`without` are keys of creations that are not wanted; `upto` is that of the preview."""

    upto: int | None = None
    without: list[Annotated[Text, Field(max_length=500)]] = Field([], max_length=100_000)
