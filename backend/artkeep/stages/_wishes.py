"""What a fetched body asks of the database: a name, and to be made known."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial

from artkeep.stages._body import Body
from artkeep.stages._placing import may_replace, place_path
from artkeep.stages._stage import Item, StageContext
from artkeep.store.files import Settled
from artkeep.store.known_places import KnownPlace
from artkeep.store.places import Intent, Wish


def wish(item: Item, done: Body, context: StageContext) -> Wish:
    """D2: for a name."""
    return Wish(
        item.claim,
        partial(_path, item, done, context),
        done.sha256,
        done.size,
        done.media_type.name,
        done.quality,
        note={"first_path": done.first_path} if done.first_path else {},
    )


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


def settled(item: Item, done: Body, intent: Intent) -> Settled:
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
    )
