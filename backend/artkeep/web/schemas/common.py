"""What several resources share."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Rating = Literal["PG", "PG-13", "R", "X", "XXX"]
Kind = Literal["image", "video", "ugoira"]
StageName = Literal["download", "examine", "tags", "embed", "convert"]
Status = Literal["none", "queued", "done", "failed", "skipped", "gone"]


class Reply(BaseModel):
    """Something we say."""

    model_config = ConfigDict(frozen=True)


class Request(BaseModel):
    """Something we are told. Unknown fields are errors, so that a slip is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(Reply):
    """Every answer outside 2xx."""

    code: str
    message: str  # what is wrong and the way out, for people
    detail: str | None = None  # technical, to be copied into a report
