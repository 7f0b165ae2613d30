"""`/api/adoptions`."""

from __future__ import annotations

from pydantic import Field

from artkeep.web.schemas.common import Reply, Request, Text


class AdoptFolder(Request):
    """A whole path of a folder, `~` included; or of a history or database in it."""

    path: Text = Field(max_length=4096)


class AdoptionReason(Reply):
    """Entries that no artwork can be made out of. `text` is the reason in English."""

    reason: str
    text: str
    count: int
    examples: list[str]


class AdoptionOutlook(Reply):
    """What would be taken over, in artworks. Doing it shows whether files are whole."""

    path: str
    entries: int
    artworks: int
    with_file: int
    without_file: int
    known: int  # before, and left as they are
    left_out: list[AdoptionReason]
