"""Training sets: how one is made, and what would be in it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from artkeep.domain.training import MOST_DISTANCE
from artkeep.web.schemas.common import Reply, Request, Text


class TrainingExport(Request):
    """How a training set is made, sizes in pixels. `folder` is a whole path, `~` included;
    `near` how many of 64 bits near-duplicates differ in at most, None to keep all."""

    format: Literal["kohya", "onetrainer", "imagefolder", "plain"] = "kohya"
    folder: Text = Field("", max_length=4096)
    concept: Text = Field("concept", max_length=100)
    trigger: Text = Field("", max_length=200)  # words that every caption begins with
    repeats: int = Field(1, ge=1, le=1000)
    size: int = Field(1024, ge=256, le=8192)
    resize: bool = False
    near: int | None = Field(4, ge=0, le=MOST_DISTANCE)
    min_side: int = Field(0, ge=0, le=100_000)


class ExportPreview(Request):
    """What a job would be started with; the folder does not count."""

    kind: Literal["export"] = "export"
    query: Text = Field("", max_length=4000)
    export: TrainingExport


class Bucket(Reply):
    """Pictures that a trainer sees in this size."""

    width: int
    height: int
    pictures: int


class CaptionSample(Reply):
    """A file of the set and its caption."""

    file: str
    caption: str


class TrainingOutlook(Reply):
    """What would be in the set. `steps` are pictures with their repeats, `made` those written
    anew, `enlarged` those smaller than their bucket; `left_out` is by reason."""

    artworks: int
    pictures: int
    steps: int
    bytes: int
    made: int
    enlarged: int
    left_out: dict[str, int]
    buckets: list[Bucket]
    captions: list[CaptionSample]
