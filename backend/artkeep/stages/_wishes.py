"""What a fetched body asks of the database: a name, and to be made known."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any

from artkeep.stages._body import Body
from artkeep.stages._placing import may_replace, place_path
from artkeep.stages._stage import Item, StageContext
from artkeep.store.files import Settled
from artkeep.store.known_places import KnownPlace
from artkeep.store.places import Intent, Wish
from artkeep.store.source_images import SourceFile


def wish(item: Item, done: Body, context: StageContext) -> Wish:
    """D2: for a name."""
    return Wish(
        item.claim,
        partial(_path, item, done, context),
        done.sha256,
        done.size,
        done.media_type.name,
        done.quality,
        note=_note(done),
    )


def _note(done: Body) -> dict[str, Any]:
    """What whoever finishes after a death has to know as well."""
    told = {"first_path": done.first_path, "shares": done.shares, "frames": done.frames}
    return {name: value for name, value in told.items() if value}


def _path(item: Item, done: Body, context: StageContext, suffix: int) -> str:
    """The `suffix`-th path to try."""
    if done.first_path:
        if suffix == 0:
            return done.first_path
        suffix -= 1
    extension = done.media_type.extension
    return place_path(item, extension, done.kind, context, suffix, done.sha256)


def sent_back(done: Body, known: Sequence[KnownPlace]) -> Body:
    """To where the artwork had a file, under the ending that the new one has."""
    if not known or done.intent is not None or done.first_path:
        return done
    stem = known[0].path.rpartition(".")[0]
    return dataclasses.replace(done, first_path=f"{stem}.{done.media_type.extension}")


def settled(
    item: Item, done: Body, intent: Intent, source: SourceFile | None = None
) -> Settled:
    """D9: it lies under its name."""
    return Settled(
        item.claim,
        intent,
        done.width,
        done.height,
        done.bytes_fetched,
        done.kind.value,
        reason=done.how,
        supersedes=may_replace(item),
        shares=done.shares,
        frames=done.frames,
        source=source,
    )
