"""The trash of a library: `.artkeep/trash/`, on the filesystem of the final names, so that one
rename puts a file in or takes it out.

What lies there is named by hash and place, so that nothing is ever taken for something else.
The sidecar goes along.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from artkeep.domain.captions import caption_name
from artkeep.domain.classic_text import META, NO_META, text_names
from artkeep.domain.naming import sidecar_name
from artkeep.media.library import (
    Library,
    flush_folders,
    leads_elsewhere,
    make_folders,
    rename_into_place,
)
from artkeep.media.sidecar import is_sidecar_of, read_sidecar
from artkeep.media.sniff import MEDIA_TYPES

_NAME = re.compile(r"[0-9a-f]{1,32}-(\d+)(\.[^.]+){0,2}")
_HASH_SHOWN = 32  # digits


@dataclass(frozen=True, slots=True)
class Bin:
    """The trash of one library."""

    library: Library

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.library.damaged.with_name("trash")

    def entry(self, place_id: int, path: str, sha256: str) -> Path:
        """Where the file of a place lies while it is in the trash."""
        extension = path.rpartition("/")[2].rpartition(".")[2]
        return self.path / f"{sha256[:_HASH_SHOWN]}-{place_id}.{extension}"

    def put_in(self, entry: Path, path: str) -> bool:
        """Move a file away; False when there is none. Links are left alone (SE-18).

        To be flushed. Raises OSError.
        """
        final = self.library.final(path)
        if leads_elsewhere(self.library.path, final) or not final.is_file():
            return False
        self.path.mkdir(parents=True, exist_ok=True)
        beside = final.with_name(sidecar_name(final.name))
        if is_sidecar_of(read_sidecar(beside), final.name):  # ours, and no stranger's
            # First: whoever finishes after a death looks for the file.
            with contextlib.suppress(FileNotFoundError):
                beside.replace(_beside(entry))
        with contextlib.suppress(FileNotFoundError):
            _xmp(final).replace(_xmp(entry))
        if not _has_sibling(final):
            for text, kept in _texts(final, entry):
                with contextlib.suppress(FileNotFoundError):
                    text.replace(kept)
        final.replace(entry)
        return True

    def take_out(self, entry: Path, path: str) -> bool:
        """Put a file back where it was; True when it lies there now, also from before.

        To be flushed. Raises OSError, also when something else has taken its name.
        """
        final = self.library.final(path)
        if not entry.is_file():
            return final.is_file() and not leads_elsewhere(self.library.path, final)
        make_folders(self.library.path, final.parent)
        rename_into_place(entry, final)
        with contextlib.suppress(FileNotFoundError, FileExistsError):
            rename_into_place(_beside(entry), final.with_name(sidecar_name(final.name)))
        with contextlib.suppress(FileNotFoundError, FileExistsError):
            rename_into_place(_xmp(entry), _xmp(final))
        for text, kept in _texts(final, entry):
            with contextlib.suppress(FileNotFoundError, FileExistsError):
                rename_into_place(kept, text)
        return True

    def drop(self, entry: Path) -> None:
        """Delete a file for good. Raises OSError."""
        entry.unlink(missing_ok=True)
        _beside(entry).unlink(missing_ok=True)
        _xmp(entry).unlink(missing_ok=True)
        for _, kept in _texts(entry, entry):
            kept.unlink(missing_ok=True)

    def names(self) -> set[str]:
        """What lies there."""
        try:
            return {found.name for found in os.scandir(self.path)}
        except FileNotFoundError:
            return set()

    def strays(self, older_than_s: float) -> Iterator[tuple[Path, int]]:
        """Files that came so long ago, each with the place that its name speaks of."""
        before = time.time() - older_than_s
        for name in sorted(self.names()):
            match = _NAME.fullmatch(name)
            if match is None:
                continue
            found = self.path / name
            with contextlib.suppress(FileNotFoundError):
                stat = found.lstat()
                # Renaming changes the second of them, but for Windows, which has none.
                if max(stat.st_mtime, stat.st_ctime) < before:
                    yield found, int(match[1])

    def flush(self, *paths: str) -> None:
        """Make what was moved durable."""
        folders = {self.library.final(path).parent for path in paths} | {self.path}
        flush_folders(folder for folder in folders if folder.is_dir())


def _beside(entry: Path) -> Path:
    return entry.with_name(sidecar_name(entry.name))


def _texts(final: Path, entry: Path) -> list[tuple[Path, Path]]:
    """The caption, and texts of the classic layout: beside a file, and in the trash."""
    names = zip(text_names(final.name), (META, NO_META), strict=True)
    classic = [
        (final.with_name(name), entry.with_name(f"{entry.stem}.{ending}"))
        for name, ending in names
    ]
    return [(final.with_name(caption_name(final.name)), entry.with_suffix(".txt")), *classic]


def _has_sibling(final: Path) -> bool:
    """Whether another picture or video of this name stays, which the text is about, too."""
    return any(
        final.with_suffix(f".{known.extension}").is_file()
        for known in MEDIA_TYPES.values()
        if final.suffix != f".{known.extension}"
    )


def _xmp(path: Path) -> Path:
    """What embedding leaves beside a file that cannot hold it."""
    return path.with_name(f"{path.name}.xmp")
