"""How tags are to be asked for: what a job was told, in the place of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from artkeep.domain.tags import TagMethod
from artkeep.errors import UsageError
from artkeep.settings import Settings

AUTO = "auto"
_FASTEST = 50.0
_MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class TagOptions:
    """`method` None: the first that works. `rate`: calls or pages a second at most, None: what
    the site bears. `at_once`: how many of them at a time."""

    method: TagMethod | None
    rate: float | None
    at_once: int

    def to_json(self) -> dict[str, Any]:
        """As it stands in a job's parameters."""
        return {"method": self.method or AUTO, "rate": self.rate, "at_once": self.at_once}


def read_tag_options(told: Mapping[str, Any], settings: Settings) -> TagOptions:
    """What is left out is as in the settings. Raises UsageError."""
    method = told.get("method") or settings.tags.method
    rate = told.get("rate") or settings.tags.requests_per_s
    at_once = int(told.get("at_once") or settings.workers.tags)
    if method != AUTO and method not in list(TagMethod):
        raise UsageError(
            f"There is no way {method!r} to ask for tags.",
            advice=f"Use {AUTO}, {', '.join(TagMethod)}.",
        )
    if rate is not None and not 0.01 <= float(rate) <= _FASTEST:
        raise UsageError(f"The rate is from 0.01 to {_FASTEST:.0f} a second.")
    return TagOptions(
        TagMethod(method) if method != AUTO else None,
        float(rate) if rate is not None else None,
        max(1, min(at_once, _MOST_AT_ONCE)),
    )
