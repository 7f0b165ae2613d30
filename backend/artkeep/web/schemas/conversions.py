"""`/api/conversions`: what would be converted, trying it, what was, and taking it back."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from artkeep.web.schemas.common import Id, PageParameters, Parameters, Reply, Request, Text

OutcomeName = Literal["done", "skipped", "failed"]


class ConvertOptions(Request):
    """How to convert. What is left out has the default of the settings.

    `originals`: `keep` puts new files into `folder` (by `organise`, or as the originals lie);
    `trash` and `delete` put each in the place of its original.
    """

    format: Literal["webp", "avif"] | None = None
    quality: int | None = Field(None, ge=1, le=100)
    lossless: bool | None = None
    may_reduce_depth: bool | None = None  # 16 bits a sample may become 8
    max_side: int | None = Field(None, ge=16, le=16383)
    originals: Literal["keep", "trash", "delete"] | None = None
    may_replace_own: bool | None = None  # in place also what was not downloaded (CV-16)
    folder: Text | None = Field(None, max_length=100)
    organise: list[Literal["rating", "model", "author"]] | None = Field(None, max_length=3)


class ScopeParameters(Parameters):
    """A query, and the stage that is to work on what it means."""

    q: str = Field("", max_length=4000)
    stage: Literal["convert", "embed"] = "convert"


class FormatLine(Reply):
    """The files of one format."""

    format: str
    files: int
    bytes: int


class Scope(Reply):
    """What a query means to a stage: artworks, and their originals by format. `done` artworks
    of these were worked on before."""

    artworks: int
    done: int
    files: int
    bytes: int
    formats: list[FormatLine]


class TryConversion(Request):
    """Convert a few files to look at; nothing of the library changes."""

    query: str = Field("", max_length=4000)
    convert: ConvertOptions = ConvertOptions()
    samples: int = Field(5, ge=1, le=10)


class Trial(Reply):
    """What became of one file. Addresses are ours; `metadata` are the names of what was found
    inside again, `infotext` what generation tools will read."""

    artwork_id: int
    name: str
    outcome: OutcomeName
    reason: str  # a code, empty when it is done
    title: str  # the reason in words
    format_before: str
    bytes_before: int
    bytes_after: int | None
    width: int | None
    height: int | None
    psnr: float | None  # dB, of both pictures made small
    metadata: list[str]
    infotext: str | None
    before_url: str
    after_url: str | None


class Trials(Reply):
    """`bytes_before` and `bytes_after` are of those that are done."""

    samples: list[Trial]
    bytes_before: int
    bytes_after: int


class ConversionBatch(Reply):
    """What a conversion job did. `restorable` of its files can be taken back."""

    id: int
    job_id: int | None
    title: str
    options: ConvertOptions
    ended_at: str
    undone_at: str | None
    files: int
    bytes_before: int
    bytes_after: int
    restorable: int


class Conversions(Reply):
    """The newest first."""

    batches: list[ConversionBatch]
    next_cursor: str | None


class ConversionList(PageParameters):
    """A page of them."""

    limit: int = Field(20, ge=1, le=100)


class BatchPath(Request):
    """The batch of an address."""

    batch_id: Id


class Undone(Reply):
    """`stuck` files stay converted: their originals are gone, or their names are taken."""

    files: int
    stuck: int
    batch: ConversionBatch


class TrialPath(Request):
    """The tried file of an address."""

    name: str = Field(max_length=60)
