"""What we made in a folder outside the library: a journal that outlives a kill.

`.artkeep/made.jsonl` has a line for each file, written after the file: path, what it was made
of, size and hash. What it does not speak of belongs to somebody else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from artkeep.errors import UsageError
from artkeep.media.library import full_sync
from artkeep.media.replace import sha256_of
from artkeep.media.sidecar import write_atomically

_MOST_BYTES = 1024**3
TEXT = "text"  # the recipe of what people may edit


@dataclass(frozen=True, slots=True)
class Made:
    """A file that we made, by its path below the folder with forward slashes."""

    path: str
    recipe: str
    size: int
    sha256: str


class MadeFolder:
    """A folder that is ours: empty before, or with our journal."""

    def __init__(self, path: Path) -> None:
        """Raises UsageError for a folder with other things in it, OSError."""
        self.path = path
        self.hidden = path / ".artkeep"
        self._journal = self.hidden / "made.jsonl"
        if path.exists() and not self._journal.is_file():
            left = [one.name for one in path.iterdir() if one.name != ".artkeep"]
            if left:
                raise UsageError(
                    f"{path} holds other things ({left[0]}).",
                    code="folder_in_use",
                    advice="Give a folder that is empty or new, or that an export made.",
                )
        self.made = _read(self._journal)

    def begin(self) -> None:
        """Make the folder. Raises OSError."""
        self.hidden.mkdir(parents=True, exist_ok=True)
        if not self._journal.exists():
            self._journal.touch()

    def is_there(self, path: str, recipe: str) -> bool:
        """Whether this was made of that before, and is there in the same size."""
        known = self.made.get(path)
        if known is None or known.recipe != recipe:
            return False
        try:
            return (self.path / path).lstat().st_size == known.size
        except OSError:
            return False

    def note(self, *made: Made) -> None:
        """Remember files that lie there now. Raises OSError."""
        self.made.update((one.path, one) for one in made)
        lines = "".join(_line(one) for one in made).encode()
        descriptor = os.open(self._journal, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(descriptor, lines)
            full_sync(descriptor)
        finally:
            os.close(descriptor)

    def settle(self, wanted: Mapping[str, object]) -> int:
        """Remove what we made and nobody wants now, unless it was changed; put the journal in
        order. How many files went."""
        gone = 0
        for path, one in list(self.made.items()):
            if path in wanted:
                continue
            final = self.path / path
            if self._is_unchanged(final, one):
                final.unlink()
                gone += 1
            del self.made[path]
        told = "".join(_line(self.made[path]) for path in sorted(self.made)).encode()
        if self._journal.read_bytes() != told:
            part = self._journal.with_name("made.jsonl.part")
            write_atomically(self._journal, told, part)
        return gone

    def _is_unchanged(self, final: Path, one: Made) -> bool:
        if final.is_symlink() or not final.is_file() or final.stat().st_size != one.size:
            return False
        return one.recipe != TEXT or sha256_of(final) == one.sha256


def _line(one: Made) -> str:
    return json.dumps(asdict(one), sort_keys=True) + "\n"


def _read(journal: Path) -> dict[str, Made]:
    """What was noted; a line that a kill cut short is none."""
    found: dict[str, Made] = {}
    if not journal.is_file() or journal.stat().st_size > _MOST_BYTES:
        return found
    for line in journal.read_bytes().splitlines():
        try:
            one = Made(**json.loads(line))
        except (ValueError, TypeError):
            continue
        if _is_below(one.path):
            found[one.path] = one
    return found


def _is_below(path: str) -> bool:
    """Whether a path of a journal, which anybody may have written, stays within its folder."""
    parts = path.split("/")
    return (
        not path.startswith("/")
        and "\\" not in path
        and ":" not in path
        and not ({"", ".", ".."} & set(parts))
    )
