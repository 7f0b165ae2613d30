"""Where the files of an artwork belong by a layout: what moving does, and what it would do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path, PurePosixPath

from artkeep.domain.layout import Layout
from artkeep.domain.naming import FileFacts, utf16_length
from artkeep.domain.rating import Rating
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import FileProblem
from artkeep.media.library import Library, read_marker
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.store.movable import Movable
from artkeep.store.stored import StoredArtwork

_ROOM = 100_000  # more than any path has


def paths_of(
    stored: StoredArtwork,
    files: Sequence[Movable],
    layout: Layout,
    targets: Sequence[Target],
    safe: frozenset[Rating],
    *,
    is_boundless: bool = False,
) -> Iterator[tuple[Movable, Callable[[int], str]]]:
    """Each file that the layout gives a place, with the n-th name to try for it.

    What was made of another file lies as that one does, below a folder of its own; where it
    does not, somebody chose its folder, and it stays. `is_boundless` names are as long as they
    would be if no path could be too long.
    """
    originals = [file for file in files if file.role == "original"]
    for file in files:
        above = ""
        if file.role != "original" and originals:
            found = _folder_above(file.path, originals[0].path)
            if found is None:
                continue
            above = f"{found}/" if found else ""
        length = -_ROOM if is_boundless else utf16_length(file.root + above)
        yield file, _path_of(stored, file, above, layout, targets, safe, length)


def _path_of(
    stored: StoredArtwork,
    file: Movable,
    above: str,
    layout: Layout,
    targets: Sequence[Target],
    safe: frozenset[Rating],
    root_length: int,
) -> Callable[[int], str]:
    facts = FileFacts(
        kind=stored.artwork.kind,
        extension=MEDIA_TYPES[file.format].extension,
        safe=safe,
        target_folder=_target_folder(file.path.removeprefix(above), layout, targets),
        root_length=root_length,
        sha256=file.sha256,
        group_title=stored.group_title,
    )
    return lambda n: above + layout.path_of(stored.artwork, facts, n)


def _folder_above(made: str, source: str) -> str | None:
    """`Converted`, when a file lies below it as its source does below the library."""
    one, other = PurePosixPath(made), PurePosixPath(source)
    folders, below = one.parent.parts, other.parent.parts
    if one.stem != other.stem or folders[len(folders) - len(below) :] != below:
        return None
    return "/".join(folders[: len(folders) - len(below)])


def _target_folder(path: str, layout: Layout, targets: Sequence[Target]) -> str:
    """Of several targets the one whose folder it lies in, else the first asked for."""
    folders = [_with_model(path, layout.target_folder(one), one) for one in targets]
    here = [folder for folder in folders if folder and path.startswith(f"{folder}/")]
    return here[0] if here else folders[0] if folders else ""


def _with_model(path: str, folder: str, target: Target) -> str:
    """A tag's pictures lie by the model they were listed by, which only their path says."""
    first = path.removeprefix(f"{folder}/").partition("/")[0]
    if target.kind is TargetKind.MODEL_TAG and path.startswith(f"{folder}/model_"):
        return f"{folder}/{first}"
    return folder


def needs_targets(layout: Layout, artwork_ids: Collection[int]) -> Collection[int]:
    """The artworks whose targets say where they lie."""
    return artwork_ids if layout.is_by_target else ()


class OpenRoots:
    """The output folders that files lie in: each file stays in its own, which may be an earlier
    one."""

    def __init__(self, library: Library) -> None:
        self._by_id = {library.root_id: library}

    def __getitem__(self, root_id: int) -> Library:
        return self._by_id[root_id]

    def open(self, root_id: int, path: str, marker: str) -> None:
        """Look whether it is the one it was. Raises FileProblem."""
        if root_id not in self._by_id:
            if read_marker(Path(path)) != marker:
                raise FileProblem(f"{path} is not there at present.", code="root_offline")
            self._by_id[root_id] = Library(Path(path), marker, root_id)
