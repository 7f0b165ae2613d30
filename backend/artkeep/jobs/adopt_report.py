"""What became of what was taken over, counted and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from artkeep.domain.legacy import OldReject
from artkeep.logs import redact

_SAMPLES = 5
REASONS = {  # why an entry was left out, or what is odd about it
    "no_key": "without a name",
    "no_number": "no number of a picture",
    "no_object": "no entry, but something else",
    "unknown_site": "of a site that Artkeep does not know",
    "not_recognised": "nothing says which picture it is",
    "odd_key": "an odd name, taken over all the same",
    "no_path": "without a path, taken over as history",
    "odd_date": "without a date that can be",
    "odd_tags": "tags written in an odd way",
    "place_taken": "the file is another artwork's already",
    "system_folder": "lies in a folder of the system, or behind a link",
    "file_missing": "the file has gone",
    "file_unreadable": "the file cannot be read",
    "file_not_media": "the file is no picture or video",
    "file_cut_short": "the file ends too early",
    "file_damaged": "the file is damaged",
}
_CONTROL = dict.fromkeys((*range(32), *range(127, 160)), "\N{REPLACEMENT CHARACTER}")


@dataclass(slots=True)
class Report:
    """What became of everything. `is_dry`: what would become of it."""

    sources: list[str]
    is_dry: bool
    entries: int = 0
    artworks: int = 0
    new: int = 0
    with_file: int = 0
    without_file: int = 0
    known: int = 0  # and had, or deleted on purpose: left as they are
    busy: int = 0  # being downloaded right now
    tags: int = 0
    memberships: int = 0
    bytes: int = 0
    folders: list[str] = field(default_factory=list)
    skipped: list[OldReject] = field(default_factory=list)
    notes: list[OldReject] = field(default_factory=list)
    is_stopped: bool = False

    @property
    def is_unchanged(self) -> bool:
        """Whether there was nothing new."""
        return not (self.new or self.with_file or self.tags or self.memberships)

    def to_json(self) -> dict[str, Any]:
        """Counts, and a few examples for each reason."""
        counts = {
            name: getattr(self, name)
            for name in (
                *("sources", "is_dry", "entries", "artworks", "new", "with_file"),
                *("without_file", "known", "busy", "tags", "memberships", "bytes"),
                *("folders", "is_stopped"),
            )
        }
        return {
            **counts,
            "skipped": len(self.skipped),
            "skipped_by": by_reason(self.skipped),
            "noted_by": by_reason(self.notes),
        }


def by_reason(rows: Sequence[OldReject]) -> dict[str, dict[str, Any]]:
    """How many for each reason, the most first, with a few of them."""
    amounts = Counter(row.reason for row in rows)
    examples: dict[str, list[str]] = {}
    for row in rows:
        some = examples.setdefault(row.reason, [])
        if len(some) < _SAMPLES:
            some.append(row.key)
    return {
        reason: {"count": amount, "examples": examples[reason]}
        for reason, amount in amounts.most_common()
    }


def write_report(logs_dir: Path, report: Report) -> Path | None:
    """Every entry that was left out or odd, with the reason, a line each; None without any."""
    rows = [*report.skipped, *report.notes]
    if not rows:
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    logs_dir.mkdir(parents=True, exist_ok=True)
    path = logs_dir / f"adoption-{stamp}.txt"
    left_out = {id(row) for row in report.skipped}
    lines = [
        "\t".join(
            (
                "skipped" if id(row) in left_out else "note",
                row.reason,
                redact(row.key).translate(_CONTROL),
            )
        )
        for row in rows
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8", errors="backslashreplace")
    return path
