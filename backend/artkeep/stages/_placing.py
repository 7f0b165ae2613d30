"""Where a downloaded file goes, as its piece of work says."""

from __future__ import annotations

from artkeep.domain.artwork import Kind
from artkeep.domain.layout import Layout
from artkeep.domain.naming import FileFacts, utf16_length
from artkeep.stages._stage import Item, StageContext

_ORGANIZED = Layout()


def layout_of(item: Item) -> tuple[Layout, str]:
    """The layout that was asked for, and the folder of the target that led to the artwork."""
    saved = item.claim.spec.get("layout")
    if not saved:
        return _ORGANIZED, ""
    return Layout.from_json(saved), str(saved.get("folder") or "")


def place_path(
    item: Item,
    extension: str,
    kind: Kind,
    context: StageContext,
    suffix: int,
    sha256: str | None = None,
) -> str:
    """The `suffix`-th path to try below the library."""
    layout, folder = layout_of(item)
    facts = FileFacts(
        kind=kind,
        extension=extension,
        safe=context.safe_ratings,
        target_folder=folder,
        root_length=utf16_length(str(context.library.path)),
        sha256=sha256,
        group_title=item.stored.group_title,
    )
    return layout.path_of(item.stored.artwork, facts, suffix)


def is_back(item: Item) -> bool:
    """Whether the file goes to where the artwork had one: it was lost, or a better or a fresh
    copy is wanted. The house's own work is of this kind."""
    return item.claim.job_id is None or bool(item.claim.spec.get("back"))


def may_replace(item: Item) -> bool:
    """Whether the fetched file takes the place of the one that was fetched before."""
    return bool(item.claim.spec.get("replace"))
