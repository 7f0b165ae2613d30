"""`/api/files/{file_id}/embedded`: what is written inside a file of the library."""

from __future__ import annotations

from pathlib import Path

from flask_openapi3.blueprint import APIBlueprint

from artkeep.domain.embedded import Embedded
from artkeep.domain.generation import Generation, read_generation
from artkeep.errors import AppError, NotFound
from artkeep.media.beneath import open_beneath
from artkeep.media.embedded import read_embedded
from artkeep.media.xmp_packet import DC, read_xmp
from artkeep.media.xmp_tree import MalformedXmp
from artkeep.store import files
from artkeep.store.places import whole_path
from artkeep.web.schemas.artworks import EmbeddedFile, EmbeddedText, FileReading
from artkeep.web.services import services

bp = APIBlueprint("embedded", __name__)

_SHOWN_CHARS = 20_000
_MOST_TEXTS = 100


@bp.get("/api/files/<file_id>/embedded", responses={200: FileReading})
def show_embedded(path: EmbeddedFile) -> FileReading:
    """What generation tools and picture managers find in a file."""
    with services().store.reading() as connection:
        lying = files.lying(connection, path.file_id)
    if lying is None:
        raise NotFound("There is no such file.", code="no_file")
    try:
        open_beneath(Path(lying.root), lying.path).close()  # never through a link (SE-18)
        embedded = read_embedded(Path(whole_path(lying.root, lying.path)))
    except OSError as error:
        return _reading(None, Embedded(lying.format), error.strerror or "It cannot be read.")
    except AppError as error:
        return _reading(None, Embedded(lying.format), error.message)
    return _reading(read_generation(embedded), embedded, None)


def _reading(found: Generation | None, embedded: Embedded, problem: str | None) -> FileReading:
    return FileReading(
        tool=found.tool if found else None,
        place=found.place if found else None,
        prompt=found.prompt if found else None,
        negative_prompt=found.negative_prompt if found else None,
        parameters=[(name, str(value)) for name, value in found.parameters] if found else [],
        seed=str(found.seed) if found and found.seed is not None else None,
        texts=[
            EmbeddedText(
                place=text.place, text=text.value[:_SHOWN_CHARS], length=len(text.value)
            )
            for text in embedded.texts[:_MOST_TEXTS]
        ],
        keywords=_keywords(embedded),
        problem=problem,
    )


def _keywords(embedded: Embedded) -> list[str]:
    try:
        return list(read_xmp(embedded.xmp or b"").get(f"{DC}subject", ()))
    except MalformedXmp:
        return []
