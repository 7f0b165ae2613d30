"""How captions for training are made: what a user may choose.

Names of tags in rules are as sites spell them, in any case, with `_` or spaces; `*` stands for
anything.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

from artkeep.errors import UsageError

# What an order may name, beside the categories of tags: `general` are those of no main
# category, `tags` all that are not named otherwise.
PARTS = ("trigger", "first", "counts", "general", "tags", "rating", "model", "suffix")
MARK = "|||"  # what stands before it is never shuffled: `keep_tokens_separator` of sd-scripts
BY_CATEGORY = "category"
ALPHABETICAL = "alphabetical"
ORDERS: Mapping[str, tuple[str, ...]] = {
    BY_CATEGORY: (
        *("trigger", "first", "counts", "character", "copyright", "species", "artist"),
        *("general", "meta", "rating", "model", "suffix"),
    ),
    "site": ("trigger", "first", "tags", "rating", "model", "suffix"),
    ALPHABETICAL: ("trigger", "first", "tags", "rating", "model", "suffix"),
}
SOURCES = ("tags", "prompt")

# About the upload, not about the picture: of no use to a trainer, where no category says so.
DROPPED = (
    *("*_request", "*commentary*", "*_mismatch", "bad_*id", "absurdres", "highres", "lowres"),
    *("incredibly_absurdres", "huge_filesize", "tagme", "duplicate", "revision", "translated"),
    *("check_*", "third-party_edit", "photoshop_(medium)", "paid_reward_available"),
)


@dataclass(frozen=True, slots=True)
class CaptionRules:
    """`source` is where the words come from; where it has none, the other one stands in.

    `order` is one of ORDERS, or words of PARTS, categories and `|||` with spaces between: what
    it does not name is left out. `first` are tags that go in front in this order. `keep` stays
    in whatever other rules leave out, `replace` puts another tag, or nothing, in the place of
    one. `min_score` counts for tags with votes, `max_tags` for tags alone.
    """

    source: str = "tags"
    order: str = BY_CATEGORY
    trigger: str = ""
    suffix: str = ""
    first: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = DROPPED
    replace: tuple[tuple[str, str], ...] = ()
    min_score: int | None = None
    max_tags: int | None = None
    escape: bool = False
    spaces: bool = True
    rating: bool = False
    model: bool = False

    def __post_init__(self) -> None:
        if self.source not in SOURCES:
            raise UsageError(
                f"A caption cannot be made from {self.source!r}.",
                advice=f"Choose one of {', '.join(SOURCES)}.",
            )
        if not self.parts:
            raise UsageError(
                "The order of a caption names nothing.",
                advice=f"Choose one of {', '.join(ORDERS)}, or write: trigger counts general.",
            )

    @property
    def parts(self) -> tuple[str, ...]:
        """The order in single words."""
        return ORDERS.get(self.order) or tuple(self.order.replace(",", " ").split())

    def to_json(self) -> dict[str, Any]:
        """Only what differs from the default."""
        mine, usual = asdict(self), asdict(CaptionRules())
        return {name: value for name, value in mine.items() if value != usual[name]}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> CaptionRules:
        """The reverse of `to_json`. Raises UsageError."""
        known = {one.name for one in fields(cls)}
        told = {name: value for name, value in saved.items() if name in known}
        for name in ("first", "keep", "drop"):
            if name in told:
                told[name] = tuple(told[name])
        if "replace" in told:
            told["replace"] = tuple((old, new) for old, new in told["replace"])
        return cls(**told)

    @property
    def digest(self) -> str:
        """Equal for equal rules."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@lru_cache(maxsize=50_000)
def plain_name(name: str) -> str:
    """A name as rules compare it."""
    return "_".join(name.lower().split())


def is_among(name: str, patterns: Sequence[str]) -> bool:
    """Whether a plain name is meant by one of these."""
    return _pattern_of(tuple(patterns)).fullmatch(name) is not None


@lru_cache(maxsize=256)
def _pattern_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    whole = (re.escape(plain_name(pattern)).replace(r"\*", ".*") for pattern in patterns)
    return re.compile("|".join(whole) or r"(?!)", re.DOTALL)
