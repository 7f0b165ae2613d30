"""The folders of targets, in the layouts that give each target one."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from artkeep.domain.artwork import Artwork
from artkeep.domain.layout import Layout
from artkeep.domain.naming import compare_key
from artkeep.domain.target import Target, TargetKind
from artkeep.store import ledger, stored, walks
from artkeep.store.ledger import TargetRow


class _Identified(Protocol):
    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=_Identified)


def named(connection: Connection, row: TargetRow, layout: Layout) -> Target:
    """The target under the name that its folder is made of: its own, with a hash where an
    earlier target of another name has that folder (SE-8)."""
    asked = row.asked
    if not layout.is_by_target or asked.value.isdigit():
        return asked
    folder = compare_key(layout.target_folder(asked))
    if any(
        compare_key(layout.target_folder(other)) == folder and _name(other) != _name(asked)
        for other in ledger.earlier_alike(connection, row)
    ):
        digest = hashlib.sha256(_name(asked).encode("utf-8", "surrogatepass")).hexdigest()
        return replace(asked, value=f"{asked.value}_{digest[:6]}")
    return asked


def _name(target: Target) -> str:
    """Equal for what means the same: of tags, words may be joined."""
    is_tag = target.kind is TargetKind.MODEL_TAG
    return target.key.replace(" ", "_") if is_tag else target.key


def by_folder(
    connection: Connection, target_id: int, members: Sequence[T], layout: Layout
) -> dict[str, list[T]]:
    """Members of a target by the folder that they belong into."""
    folders = folders_of(connection, target_id, [one.id for one in members], layout)
    grouped: dict[str, list[T]] = {}
    for one in members:
        grouped.setdefault(folders[one.id], []).append(one)
    return grouped


def folders_of(
    connection: Connection, target_id: int, artwork_ids: Collection[int], layout: Layout
) -> dict[int, str]:
    """The folder of each artwork as the target has it; a tag has one for each model, that of
    the walk which listed the artwork first."""
    row = ledger.target(connection, target_id) if layout.is_by_target else None
    if row is None:
        return dict.fromkeys(artwork_ids, "")
    asked = named(connection, row, layout)
    if layout.name != "classic" or asked.kind is not TargetKind.MODEL_TAG:
        return dict.fromkeys(artwork_ids, layout.target_folder(asked))
    models = walks.model_of_version(connection, target_id)
    return {
        artwork_id: layout.target_folder(asked, _first_model(one.artwork, models))
        for artwork_id, one in stored.load(connection, artwork_ids).items()
    }


def folders_in_job(
    connection: Connection, job_id: int, artwork_ids: Collection[int], layout: Layout
) -> dict[str, list[int]]:
    """Artworks by the folder that the first target of a job that has them gives them."""
    if not layout.is_by_target:
        return {"": list(artwork_ids)}
    left = set(artwork_ids)
    grouped: dict[str, list[int]] = {}
    for target in ledger.targets_of_job(connection, job_id):
        mine = ledger.members_among(connection, target.id, left)
        for artwork_id, folder in folders_of(connection, target.id, mine, layout).items():
            grouped.setdefault(folder, []).append(artwork_id)
        left -= set(mine)
    if left:
        grouped.setdefault("", []).extend(left)
    return grouped


def _first_model(artwork: Artwork, models: dict[str, str]) -> str | None:
    """`models` in the order in which they were listed."""
    listed: Iterable[object] = artwork.raw.get("modelVersionIds") or ()
    versions = {str(version) for version in listed} if isinstance(listed, list) else set()
    versions.add(artwork.version_id or "")
    return next((model for version, model in models.items() if version in versions), None)
