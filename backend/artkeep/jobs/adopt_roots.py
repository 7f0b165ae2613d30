"""Which output folder a file that is taken over belongs to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from artkeep.domain.legacy import output_depth, path_parts
from artkeep.jobs.tidy import open_library
from artkeep.media.folders import is_system_folder
from artkeep.media.library import leads_elsewhere, read_marker
from artkeep.store.base import Store


class Roots:
    """Which output folder a file belongs to; one that is none yet is marked on first use."""

    def __init__(
        self, store: Store, library: Path, folders: Sequence[Path], *, is_dry: bool
    ) -> None:
        self._store = store
        self._library = library
        self._folders = folders
        self._is_dry = is_dry
        self._by_folder: dict[str, Path | None] = {}
        self._ids: dict[Path, int] = {}

    @property
    def used(self) -> list[str]:
        """The folders that files were found in."""
        return sorted(str(one) for one in self._ids)

    def place_of(self, path: str) -> tuple[int, str] | str:
        """(root id, path below it), or why the file cannot be kept track of."""
        folder = os.path.dirname(path)  # noqa: PTH120 - once for each of many files
        if folder not in self._by_folder:
            self._by_folder[folder] = self._root_of(Path(folder))
        root = self._by_folder[folder]
        if root is None:
            return "system_folder"
        if root not in self._ids:
            self._ids[root] = 0 if self._is_dry else open_library(self._store, root).root_id
        return self._ids[root], path[len(str(root)) + 1 :].replace(os.sep, "/")

    def _root_of(self, folder: Path) -> Path | None:
        """The library, a folder that is marked already, the output folder that the path names,
        or what was given; links on the way are not followed (SE-18)."""
        inside = [self._library] if folder.is_relative_to(self._library) else []
        marked = [one for one in (folder, *folder.parents) if read_marker(one) is not None]
        given = [one for one in self._folders if folder.is_relative_to(one)]
        parts = path_parts(f"{folder}/x")
        depth = output_depth(parts)
        named = Path(*parts[:depth]) if depth else folder
        is_outside = depth is None or not any(named.is_relative_to(one) for one in given)
        root = [*inside, *marked, *(given if is_outside else []), named][0]
        if is_system_folder(root) or leads_elsewhere(root, folder):
            return None
        return root
