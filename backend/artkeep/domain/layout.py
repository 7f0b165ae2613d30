"""Where a file goes below the library: the layouts, and the path each of them wants.

Pure: the same artwork, bytes and target give the same path on every system. A job says how its
files are laid out; each piece of work carries the layout with the folder of the target that it
was found by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from artkeep.domain.artwork import Artwork
from artkeep.domain.classic_names import (
    classic_folder,
    classic_sub_folder,
    classic_target_folder,
    fit_classic_path,
)
from artkeep.domain.naming import (
    FileFacts,
    file_name,
    fit_path,
    organized_folder,
    safe_component,
)
from artkeep.domain.target import Target
from artkeep.domain.template import parse_template
from artkeep.errors import UsageError

LAYOUTS = ("organized", "classic", "dated", "dataset", "template")
LONGEST_PATH = 240  # characters of a whole path that every Windows program can open (DF-6)
_TEMPLATE_WORD = "template:"


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to lay files out. `template` is only used by `template`, the two fields after it
    only by `classic`."""

    name: str = "organized"
    template: str = ""
    is_sorted: bool = True  # model folders below the target's; else everything lies flat
    max_path: int = LONGEST_PATH

    @property
    def is_by_target(self) -> bool:
        """Whether an artwork lies once below each target that it was found by."""
        return self.name in ("classic", "dataset")

    def target_folder(self, target: Target, model_id: str | None = None) -> str:
        """The folder of a target itself, `""` where targets have none.

        `model_id` is the model that a tag's pictures were listed by.
        """
        if self.name == "classic":
            return classic_target_folder(target, model_id)
        if self.name == "dataset":
            return safe_component(target.value, target.kind.value)
        return ""

    def path_of(self, artwork: Artwork, facts: FileFacts, suffix: int = 0) -> str:
        """The `suffix`-th path to try below the library (0 the best), with forward slashes.

        Raises FileProblem when not even the file's name fits.
        """
        room = (self.max_path if self.name == "classic" else LONGEST_PATH) - facts.root_length
        if self.name == "template":
            return parse_template(self.template).path(artwork, facts, suffix, room - 1)
        name = file_name(artwork.site_id, facts.extension, suffix + 1 if suffix else 0)
        if self.name == "classic":
            sub_folder = classic_sub_folder(artwork, facts.kind) if self.is_sorted else ""
            folder = facts.target_folder or classic_folder(artwork)
            return fit_classic_path(folder, sub_folder, name, room - 1)
        if self.name == "dated":
            return fit_path(_month(artwork), _time(artwork) + name, room - 1)
        if self.name == "dataset":
            return fit_path(facts.target_folder or _site(artwork), name, room - 1)
        folder = organized_folder(artwork, safe=facts.safe, kind=facts.kind)
        return fit_path(folder, name, room - 1)

    def to_json(self) -> dict[str, Any]:
        """Only what differs from the default: also the layout's identity."""
        mine, usual = self, Layout()
        return {
            name: getattr(mine, name)
            for name in ("name", "template", "is_sorted", "max_path")
            if getattr(mine, name) != getattr(usual, name)
        }

    def to_spec(self, folder: str) -> dict[str, Any]:
        """For the work on artworks of the target with this folder; empty for the default."""
        saved = self.to_json()
        return {"layout": {**saved, "folder": folder}} if saved else {}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Layout:
        """The reverse of `to_json`; other keys may stand beside."""
        known = ("name", "template", "is_sorted", "max_path")
        return cls(**{name: saved[name] for name in known if name in saved})


def parse_layout(text: str) -> Layout:
    """`classic`, or `template:{author}/{id}`. Raises UsageError."""
    if text.startswith(_TEMPLATE_WORD):
        template = text.removeprefix(_TEMPLATE_WORD)
        parse_template(template)
        return Layout("template", template)
    if text not in LAYOUTS or text == "template":
        known = ", ".join(LAYOUTS[:-1])
        raise UsageError(
            f"There is no layout called {text!r}.",
            advice=f"Choose one of {known}, or write template:{{author}}/{{id}}.",
        )
    return Layout(text)


def _site(artwork: Artwork) -> str:
    return safe_component(artwork.site, "unknown_site")


def _month(artwork: Artwork) -> str:
    month = _utc(artwork)[:7] or "unknown_date"
    return f"{_site(artwork)}/{month}"


def _time(artwork: Artwork) -> str:
    """`20260102_030405_`, or nothing where the site does not tell."""
    moment = _utc(artwork)[:19].replace("-", "").replace(":", "").replace("T", "_")
    return f"{moment}_" if moment else ""


def _utc(artwork: Artwork) -> str:
    return artwork.posted_at.astimezone(UTC).isoformat() if artwork.posted_at else ""
