"""What several resources share."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Rating = Literal["PG", "PG-13", "R", "X", "XXX"]
Kind = Literal["image", "video", "ugoira"]
StageName = Literal["download", "examine", "tags", "embed", "convert"]
Status = Literal["none", "queued", "done", "failed", "skipped", "gone"]


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("There is an unreadable character.")
    return text


Text = Annotated[str, AfterValidator(_storable)]  # no database holds NUL, so none may be asked
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Reply(BaseModel):
    """Something we say."""

    model_config = ConfigDict(frozen=True)


class Request(BaseModel):
    """Something we are told. Unknown fields are errors, so that a slip is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Parameters(Request):
    """What stands behind the `?` of an address."""

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Kept, because flask-openapi3 asks for it on every request."""
        if args or kwargs:  # for the OpenAPI document
            return super().model_json_schema(*args, **kwargs)
        return _schema_of(cls)


@cache
def _schema_of(parameters: type[Parameters]) -> dict[str, Any]:
    return super(Parameters, parameters).model_json_schema()


class PageParameters(Parameters):
    """Of a list. `cursor` is the `next_cursor` of the page before."""

    cursor: str | None = Field(None, max_length=400)
    limit: int = Field(50, ge=1, le=200)


class Problem(Reply):
    """Every answer outside 2xx."""

    code: str
    message: str  # what is wrong and the way out, for people
    detail: str | None = None  # technical, to be copied into a report
