"""`/api/artworks/remove` and `/restore`: deleting for good reason, and taking it back.

Both are POST with a JSON body: nothing is ever deleted by looking (SE-3, SE-22).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from flask_openapi3.blueprint import APIBlueprint

from artkeep.domain.query import parse_query
from artkeep.errors import UsageError
from artkeep.jobs import again, trash
from artkeep.jobs.start import Options, layout_for
from artkeep.store import removal
from artkeep.web.schemas.removal import RemoveArtworks, Removed, RestoreArtworks, Restored
from artkeep.web.services import Services, services

bp = APIBlueprint("removal", __name__)


@bp.post("/api/artworks/remove", responses={200: Removed})
def remove_artworks(body: RemoveArtworks) -> Removed:
    """Delete artworks: their files go to the trash, and they are not fetched again."""
    at = services()
    if bool(body.ids) == (body.query is not None):
        raise UsageError("Give ids, or a query.", code="bad_scope")
    done = trash.remove(at.store, at.engine.library, _chosen(at, body.ids, body.query))
    return Removed(
        removed=done.removed,
        busy=done.busy,
        files=done.files,
        left=done.left,
        batches=done.batches,
        trash_days=at.settings.disk.trash_days,
    )


@bp.post("/api/artworks/restore", responses={200: Restored})
def restore_artworks(body: RestoreArtworks) -> Restored:
    """Bring deleted artworks back."""
    at = services()
    if sum((bool(body.ids), body.query is not None, bool(body.batches))) != 1:
        raise UsageError("Give ids, a query, or batches.", code="bad_scope")
    chosen = _chosen(at, body.ids, body.query)
    if body.batches:
        with at.store.reading() as connection:
            chosen = removal.removed_in(connection, body.batches)
    done = trash.restore(at.store, at.engine.library, chosen)
    job_id: int | None = None
    if body.fetch and done.lost:
        options = Options(layout=layout_for(at.settings))
        job_id = again.start_again(at.store, done.lost, options).job_id
        at.engine.begin(job_id)
        at.live.touch()
    return Restored(
        restored=done.restored,
        files=done.files,
        lost=len(done.lost),
        stuck=done.stuck,
        job_id=job_id,
    )


def _chosen(at: Services, ids: list[int], query: str | None) -> Iterable[int]:
    """Raises BadQuery."""
    if query is None:
        return sorted(set(ids))
    now = datetime.now(UTC).replace(microsecond=0)
    return trash.matching(at.store, parse_query(query, now=now))
