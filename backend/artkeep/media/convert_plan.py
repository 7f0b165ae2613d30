"""How a picture is to be converted: sent to the converter child, and stored with the file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from artkeep.domain.artwork import Tag
from artkeep.domain.embedded import Knowledge

Format = Literal["webp", "avif"]
FORMATS: tuple[Format, ...] = ("webp", "avif")
MOST_EFFORT = 6


@dataclass(frozen=True, slots=True)
class ConvertPlan:
    """`quality` is 1–100, `effort` 0 (fast) to 6 (small). `max_side` is in pixels: what is
    larger is made smaller. `may_reduce_depth` allows 16 bits a sample to become 8 (CV-6).
    Raises ValueError for anything that is no plan."""

    format: Format = "webp"
    quality: int = 85
    is_lossless: bool = False
    may_reduce_depth: bool = False
    max_side: int | None = None
    effort: int = 4

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise ValueError(f"{self.format} is none of {', '.join(FORMATS)}")
        if not 1 <= self.quality <= 100:
            raise ValueError(f"quality {self.quality} is not between 1 and 100")
        if not 0 <= self.effort <= MOST_EFFORT:
            raise ValueError(f"effort {self.effort} is not between 0 and {MOST_EFFORT}")
        if self.max_side is not None and self.max_side < 1:
            raise ValueError(f"no picture has sides of {self.max_side} pixels")
        if self.is_lossless and self.format == "avif":
            raise ValueError("AVIF is not written without loss: take WebP")

    def to_json(self) -> dict[str, Any]:
        """Its fields by their names."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> ConvertPlan:
        """What `to_json` gave. Raises ValueError or TypeError for anything else."""
        return cls(**fields)


def knowledge_to_json(knowledge: Knowledge | None) -> dict[str, Any] | None:
    """For the converter child."""
    if knowledge is None:
        return None
    moment = knowledge.created_at
    return asdict(knowledge) | {"created_at": moment.isoformat() if moment else None}


def knowledge_from_json(fields: dict[str, Any] | None) -> Knowledge | None:
    """What `knowledge_to_json` gave."""
    if fields is None:
        return None
    moment = fields["created_at"]
    return Knowledge(
        **fields
        | {
            "tags": tuple(Tag(**tag) for tag in fields["tags"]),
            "created_at": datetime.fromisoformat(moment) if moment else None,
        }
    )
