"""`/api/targets`: everything that was ever asked for, the ledger of each, and watching it."""

from __future__ import annotations

from flask_openapi3.blueprint import APIBlueprint
from sqlalchemy import Connection

from artkeep.errors import NotFound
from artkeep.jobs.watch import now_utc, set_watch, spread
from artkeep.store import ledger
from artkeep.web.cursors import cut, read_id
from artkeep.web.job_json import target_json
from artkeep.web.schemas.common import PageParameters
from artkeep.web.schemas.jobs import TargetLine, TargetPath, Targets, WatchTarget
from artkeep.web.services import services

bp = APIBlueprint("targets", __name__)

_LIST = "targets"


@bp.get("/api/targets", responses={200: Targets})
def list_targets(query: PageParameters) -> Targets:
    """A page of targets with their counts, without their walks."""
    before = read_id(_LIST, query.cursor)
    with services().store.reading() as connection:
        rows = ledger.all_targets(connection, before=before, limit=query.limit + 1)
        page, next_cursor = cut(_LIST, rows, query.limit)
        lines = [target_json(connection, row, with_listings=False) for row in page]
    return Targets(targets=lines, next_cursor=next_cursor)


@bp.get("/api/targets/<target_id>/ledger", responses={200: TargetLine})
def show_ledger(path: TargetPath) -> TargetLine:
    """A target with the latest walk over each of its paths."""
    with services().store.reading() as connection:
        row = ledger.target(connection, path.target_id)
        if row is None:
            raise NotFound(f"There is no target {path.target_id}.", code="no_target")
        return target_json(connection, row, with_listings=True)


@bp.put("/api/targets/<target_id>/watch", responses={200: TargetLine})
def watch_target(path: TargetPath, body: WatchTarget) -> TargetLine:
    """Look at a target again by itself from now on, or no more."""

    def change(connection: Connection) -> TargetLine:
        every_s = body.check_every_s
        row = set_watch(
            connection, path.target_id, body.is_watched, every_s, now=now_utc(), by=spread()
        )
        return target_json(connection, row, with_listings=False)

    return services().store.transact(change)
