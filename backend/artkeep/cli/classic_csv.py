"""The CSV of a tag: everything that was ever downloaded under it, and its other tags."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from artkeep.domain.classic_names import classic_target_folder, clean
from artkeep.domain.csv_text import defused
from artkeep.domain.target import Target
from artkeep.media.library import Library
from artkeep.store.base import Store
from artkeep.store.classic import TaggedFile, files_of_tag

_COLUMNS = (
    "Current Tag",
    "Previously Downloaded Tag",
    "Checkpoint Name",
    "Relative Image Path",
    "Download URL",
)


def write_tag_csv(store: Store, library: Library, target: Target, today: date) -> Path | None:
    """Beside the folders of the tag's models, in the place of an earlier one of this day; None
    when nothing of the tag is here. Raises OSError."""
    folder = classic_target_folder(target)
    with store.reading() as connection:
        files = files_of_tag(connection, target.key, library.root_id, folder)
    if not files:
        return None
    path = library.final(f"{folder}/summary_{clean(target.value)}_{today:%Y%m%d}.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(tag_csv(target.value, files).encode())
    part.replace(path)
    return path


def tag_csv(tag: str, files: Sequence[TaggedFile]) -> str:
    """A row for each file and other tag of it. No cell is a formula (SE-15)."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    for one in files:
        for other in one.other_tags or ("",):
            cells = (tag, other, one.checkpoint or "Unknown", one.path, one.url or "N/A")
            rows.writerow(map(defused, cells))
    return written.getvalue()
