"""Training sets: what may be chosen, names that trainers take, buckets, near-duplicates. Pure.

What trainers read, as of 2026-11: sd-scripts (kohya) takes folders named `N_words`, and tries a
stem of five or more `_`-parts without its last four; OneTrainer takes `-masklabel` and
`-condlabel` for masks; Hugging Face's imagefolder wants `metadata.jsonl` beside the pictures.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from artkeep.domain.caption_rules import CaptionRules
from artkeep.domain.naming import safe_component
from artkeep.errors import UsageError

_SHORTEST_SIDE, _STEP = 256, 64  # of buckets, in pixels, as sd-scripts has them
_LONGEST_FACTOR = 2  # of the size, for the longer side of a bucket
_BITS = 64
MOST_DISTANCE = 7
READ_BY_ALL = frozenset({"png", "jpeg", "webp"})  # others are made into PNG

T = TypeVar("T")


class TrainerFormat(StrEnum):
    """What the folder is made for."""

    KOHYA = "kohya"
    ONETRAINER = "onetrainer"
    IMAGEFOLDER = "imagefolder"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How a training set is made. Sizes are pixels.

    `size` is the side of the square that buckets have the area of; with `resize`, larger
    pictures are made just as large as their bucket wants. `near` is how many of 64 bits two
    perceptual hashes of near-duplicates differ in at most, None to keep all.
    """

    format: TrainerFormat
    concept: str = "concept"
    repeats: int = 1
    size: int = 1024
    resize: bool = False
    near: int | None = 4
    min_side: int = 0
    max_aspect: float = 0.0  # longer by shorter side; 0 for any
    flatten: bool = False
    convert: tuple[str, ...] = ()  # formats that are made into PNG, beside unreadable ones
    copy: bool = False
    rules: CaptionRules = field(default_factory=CaptionRules)

    def __post_init__(self) -> None:
        wrong = (
            (not 1 <= self.repeats <= 1000, "Repeats go from 1 to 1000."),
            (not _SHORTEST_SIDE <= self.size <= 8192, "The size goes from 256 to 8192."),
            (self.near is not None and not 0 <= self.near <= MOST_DISTANCE, "0 to 7 bits."),
            (self.max_aspect and self.max_aspect < 1, "An aspect is 1 or more."),
        )
        for is_wrong, sentence in wrong:
            if is_wrong:
                raise UsageError(sentence, code="bad_export")

    def to_json(self) -> dict[str, Any]:
        """For the row of a job."""
        return {**asdict(self), "rules": self.rules.to_json()}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> TrainingOptions:
        """The reverse of `to_json`. Raises UsageError."""
        return cls(
            **{
                **saved,
                "format": TrainerFormat(saved["format"]),
                "convert": tuple(saved["convert"]),
                "rules": CaptionRules.from_json(saved["rules"]),
            }
        )

    @property
    def folder(self) -> str:
        """Where the pictures go, below the set's own folder; empty for the folder itself."""
        words = safe_component(self.concept, "concept").strip(". ")
        folders = {
            TrainerFormat.KOHYA: f"{self.repeats}_{words}",
            TrainerFormat.ONETRAINER: words,
            TrainerFormat.IMAGEFOLDER: "train",
        }
        return folders.get(self.format, "")

    @property
    def has_texts(self) -> bool:
        """Whether captions lie beside pictures."""
        return self.format is not TrainerFormat.IMAGEFOLDER


def stem_of(site: str, site_id: str) -> str:
    """A file's name without its ending: no `_`, no dot, nothing that means a mask."""
    wanted = f"{site}-{site_id}"
    stem = re.sub(r"[^A-Za-z0-9-]+", "-", wanted).strip("-")[:80]
    is_mask = stem.lower().endswith(("-masklabel", "-condlabel"))
    if stem == wanted.lower() and not is_mask:  # some disks take `A` and `a` for one
        return stem
    return f"{stem}-{hashlib.sha256(wanted.encode()).hexdigest()[:8]}"


def bucket_of(width: int, height: int, size: int) -> tuple[int, int]:
    """The bucket of sd-scripts with the nearest aspect; of two the first one."""
    aspect = width / height
    return min(_buckets(size), key=lambda one: abs(one[0] / one[1] - aspect))


@lru_cache(maxsize=16)
def _buckets(size: int) -> tuple[tuple[int, int], ...]:
    area, longest = size * size, size * _LONGEST_FACTOR
    square = size // _STEP * _STEP
    found = {(square, square)}
    for width in range(_SHORTEST_SIDE, longest + 1, _STEP):
        height = min(longest, area // width // _STEP * _STEP)
        if height >= _SHORTEST_SIDE:
            found |= {(width, height), (height, width)}
    return tuple(sorted(found))


def resized(width: int, height: int, size: int) -> tuple[int, int] | None:
    """How large a picture is that just covers its bucket; None where it is not larger."""
    bucket = bucket_of(width, height, size)
    scale = max(bucket[0] / width, bucket[1] / height)
    if scale >= 1:
        return None
    return math.ceil(round(width * scale, 3)), math.ceil(round(height * scale, 3))


def without_near_duplicates(
    items: Sequence[tuple[T, str | None]], most: int
) -> tuple[list[T], int]:
    """Those whose perceptual hash differs in more than `most` bits from all before them, and
    how many were left out. Without a hash an item stays."""
    bands = most + 1
    width = _BITS // bands
    seen: list[dict[int, list[int]]] = [{} for _ in range(bands)]
    kept: list[T] = []
    for item, text in items:
        if text is None:
            kept.append(item)
            continue
        bits = int(text, 16)
        # Of two that differ in so few bits, at least one band is the same.
        parts = [bits >> (band * width) & ((1 << width) - 1) for band in range(bands)]
        near = (
            other
            for by_part, part in zip(seen, parts, strict=True)
            for other in by_part.get(part, ())
        )
        if any((bits ^ other).bit_count() <= most for other in near):
            continue
        for by_part, part in zip(seen, parts, strict=True):
            by_part.setdefault(part, []).append(bits)
        kept.append(item)
    return kept, len(items) - len(kept)


def json_lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """One object a line, always the same."""
    lines = (json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows)
    return "".join(lines).encode("utf-8", "backslashreplace")


def kohya_config(options: TrainingOptions) -> bytes:
    """`dataset.toml` for sd-scripts."""
    separator = f"keep_tokens_separator = {_toml('|||')}\n"
    return (
        "# The folder is named as seen from here: start sd-scripts here, or write it in full.\n"
        "[general]\n"
        "enable_bucket = true\n"
        'caption_extension = ".txt"\n'
        f"{separator if '|||' in options.rules.order else ''}\n"
        "[[datasets]]\n"
        f"resolution = {options.size}\n\n"
        "  [[datasets.subsets]]\n"
        f"  image_dir = {_toml(options.folder)}\n"
        f"  num_repeats = {options.repeats}\n"
        f"  class_tokens = {_toml(options.concept)}\n"
    ).encode("utf-8", "replace")


def _toml(text: str) -> str:
    plain = "".join(one if one.isprintable() else " " for one in text)
    return json.dumps(plain, ensure_ascii=False)  # a basic string of TOML is written alike


def onetrainer_concepts(options: TrainingOptions) -> bytes:
    """`concepts.json`."""
    concept = {
        "name": options.concept,
        "path": options.folder,
        "enabled": True,
        "include_subdirectories": False,
        "balancing": float(options.repeats),
        "balancing_strategy": "REPEATS",
        "loss_weight": 1.0,
        "text": {
            "prompt_source": "sample",
            "tag_delimiter": ",",
            "keep_tags_count": 1,
        },
    }
    return (json.dumps([concept], ensure_ascii=False, indent=2) + "\n").encode(
        "utf-8", "replace"
    )
