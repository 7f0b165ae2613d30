"""`/api/folders`: choosing where files go.

Only the page itself and programs of this machine get here (SE-2, SE-3).
"""

from __future__ import annotations

from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from artkeep.media.folders import list_folders, look_at, parse_folder
from artkeep.web.schemas.settings import CheckFolder, Folder, FolderChecked

bp = APIBlueprint("folders", __name__)


class FolderQuery(BaseModel):
    """Without a path the user's home; an empty one is the top."""

    path: str | None = Field(None, max_length=4096)


@bp.get("/api/folders", responses={200: Folder})
def show_folder(query: FolderQuery) -> Folder:
    """A folder and the folders in it; hidden ones are left out."""
    listed = list_folders(query.path)
    return Folder(
        path=listed.path,
        parent=listed.parent,
        folders=listed.folders,
        is_cut=listed.is_cut,
    )


@bp.post("/api/folders/check", responses={200: FolderChecked})
def check_folder(body: CheckFolder) -> FolderChecked:
    """Whether files can go there. Nothing is made by asking."""
    found = look_at(parse_folder(body.path))
    return FolderChecked(
        path=str(found.path),
        exists=found.exists,
        is_writable=found.is_writable,
        is_system=found.is_system,
        is_library=found.is_library,
        free_bytes=found.free_bytes,
        long_paths=found.long_paths,
        holds_old_data=found.holds_old_data,
        text=found.text,
    )
