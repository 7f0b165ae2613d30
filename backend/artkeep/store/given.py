"""Work that brings its own addresses along, and what captures tell of known artworks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from artkeep.domain.artwork import StageName
from artkeep.store import models
from artkeep.store.json_text import WANTED_NAMES, wanted_names
from artkeep.store.models import Work, table_of
from artkeep.store.stored import StoredArtwork, load
from artkeep.store.work import Asked, ask_each

_AT_ONCE = 500


def ask(connection: Connection, specs: Mapping[int, dict[str, Any]], job_id: int) -> Asked:
    """Ask for downloads in this order. Work that waits already gets what is newer: addresses
    that live longer; and it is tried at once."""
    _renew(connection, specs)
    return ask_each(connection, specs, StageName.DOWNLOAD, job_id)


def _renew(connection: Connection, specs: Mapping[int, dict[str, Any]]) -> None:
    ids = list(specs)
    for first in range(0, len(ids), _AT_ONCE):
        rows = connection.execute(
            select(Work.id, Work.artwork_id, Work.spec).where(
                Work.artwork_id.in_(ids[first : first + _AT_ONCE]),
                Work.stage == StageName.DOWNLOAD,
            )
        ).all()
        newer = [
            {"key": row.id, "to": {**(row.spec or {}), **specs[row.artwork_id]}}
            for row in sorted(rows)
        ]
        if newer:
            connection.execute(_RENEW, newer)


_RENEW = (
    update(table_of(Work))
    .where(Work.id == bindparam("key"))
    .values(spec=bindparam("to", type_=Work.spec.type), not_before=None)
)


def known(
    connection: Connection, site: str, site_ids: Collection[str]
) -> dict[str, StoredArtwork]:
    """Those of these artworks that we have heard of, by site id."""
    statement = _IDS[connection.dialect.name]
    found = connection.scalars(statement, {"site": site, **wanted_names(list(site_ids))}).all()
    return {one.artwork.site_id: one for one in load(connection, found).values()}


_IDS = {
    dialect: select(models.Artwork.id).where(
        models.Artwork.site == bindparam("site"),
        models.Artwork.site_id.in_(select(names.c.name)),
    )
    for dialect, names in WANTED_NAMES.items()
}
