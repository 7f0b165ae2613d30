"""`/api/layouts`: what a layout would make of the library, what was moved, and taking it back.

A move itself is a job: `POST /api/jobs` with the kind `move`.
"""

from __future__ import annotations

from flask_openapi3.blueprint import APIBlueprint

from artkeep.domain.layout import LONGEST_PATH, Layout, parse_layout
from artkeep.domain.rating import parse_rating
from artkeep.domain.template import parse_template
from artkeep.jobs.layouts import preview
from artkeep.jobs.moves import start_undo
from artkeep.jobs.steer import require
from artkeep.store import move_batches
from artkeep.web.cursors import cut, read_id
from artkeep.web.job_json import iso, job_json
from artkeep.web.schemas.jobs import Job
from artkeep.web.schemas.layouts import (
    LayoutExample,
    LayoutPreview,
    MoveBatch,
    MoveList,
    MovePath,
    Moves,
    PreviewLayout,
    TemplateField,
)
from artkeep.web.services import services

bp = APIBlueprint("layouts", __name__)

_OF = "moves"


@bp.post("/api/layouts/preview", responses={200: LayoutPreview})
def preview_layout(body: PreviewLayout) -> LayoutPreview:
    """Look at a part of the library; nothing is moved."""
    at = services()
    layout = parse_layout(body.layout)
    safe = frozenset(map(parse_rating, at.settings.safe_ratings))
    told = preview(at.store, layout, body.query, safe, most=body.most)
    return LayoutPreview(
        artworks=told.artworks,
        looked_at=told.looked_at,
        files=told.files,
        moving=told.moving,
        colliding=told.colliding,
        shortened=told.shortened,
        unplaced=told.unplaced,
        longest=told.longest,
        longest_path=told.longest_path,
        most_characters=LONGEST_PATH,
        is_unique=layout.name != "template" or parse_template(layout.template).is_unique,
        examples=[
            LayoutExample(artwork_id=one.artwork_id, old=one.old, new=one.new)
            for one in told.examples
        ],
        fields=[
            TemplateField(name=name, example=example) for name, example in told.fields.items()
        ],
    )


@bp.get("/api/layouts/moves", responses={200: Moves})
def list_moves(query: MoveList) -> Moves:
    """What was moved, the newest first."""
    before = read_id(_OF, query.cursor)
    with services().store.reading() as connection:
        rows = move_batches.history(connection, before=before, limit=query.limit + 1)
    page, next_cursor = cut(_OF, rows, query.limit)
    return Moves(batches=[_batch(row) for row in page], next_cursor=next_cursor)


@bp.post("/api/layouts/moves/<batch_id>/undo", responses={201: Job})
def undo_move(path: MovePath) -> tuple[Job, int]:
    """Move files back: 201 and the job that does it."""
    at = services()
    started = at.store.transact(lambda connection: start_undo(connection, path.batch_id))
    at.engine.begin(started.job_id)
    at.live.touch()
    with at.store.reading() as connection:
        job = job_json(connection, require(connection, started.job_id), at)
    return job, 201


def _batch(row: move_batches.MoveBatch) -> MoveBatch:
    layout = Layout.from_json(row.options.get("layout") or {})
    name = f"template:{layout.template}" if layout.name == "template" else layout.name
    return MoveBatch(
        id=row.id,
        job_id=row.job_id,
        layout=name,
        query=row.query,
        ended_at=row.ended_at.isoformat(),
        undone_at=iso(row.undone_at),
        files=row.files,
        left=row.left,
    )
