"""`/api/artworks/remove` and `/restore`."""

from __future__ import annotations

from pydantic import Field

from artkeep.web.schemas.common import Id, Reply, Request, Text

_MOST = 5000


class RemoveArtworks(Request):
    """Which: these, or all that a query in the search language means. Not both, not neither."""

    ids: list[Id] = Field([], max_length=_MOST)
    query: Text | None = Field(None, min_length=1, max_length=10_000)


class Removed(Reply):
    """`busy` are being downloaded at this moment, and were left alone. `left` files could not
    be moved to the trash yet; the next start tries again."""

    removed: int
    busy: int
    files: int
    left: int
    batches: list[int]  # to undo it with
    trash_days: int  # so long they can be restored with their files


class RestoreArtworks(Request):
    """Which: these, all that a query means, or all of these removals.

    With `fetch`, those whose files are gone for good are downloaded again.
    """

    ids: list[Id] = Field([], max_length=_MOST)
    query: Text | None = Field(None, max_length=10_000)
    batches: list[Id] = Field([], max_length=_MOST)
    fetch: bool = False


class Restored(Reply):
    """`lost` came back without their files. `stuck` files could not be put back: their disk is
    away, or something else has taken their name."""

    restored: int
    files: int
    lost: int
    stuck: int
    job_id: int | None  # that downloads the lost ones again
