"""`/api/logs`: the log of all instances of this data folder, secrets removed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from artkeep.errors import UsageError
from artkeep.logs.reading import LEVELS, Line, Place, newest_first, parse_line
from artkeep.web.schemas.settings import LogLine, LogLines
from artkeep.web.services import services

bp = APIBlueprint("logs", __name__)

_MOST_LINES = 200
_MOST_BYTES = 8 * 2**20  # looked through for one page
_LONGEST_FILE = 10 * 2**20


class LogQuery(BaseModel):
    """Which lines. `level` is the least one, `q` a word in them."""

    level: Literal["debug", "info", "warning", "error"] = "debug"
    job: int | None = None
    q: str = Field("", max_length=200)
    cursor: str | None = Field(None, max_length=60)
    limit: int = Field(100, ge=1, le=_MOST_LINES)


@bp.get("/api/logs", responses={200: LogLines})
def list_logs(query: LogQuery) -> LogLines:
    """A page of lines, the newest first. It may hold few or none and still have a next one."""
    found: list[LogLine] = []
    looked = 0
    for place, written in newest_first(services().settings.logs_dir, _place(query.cursor)):
        looked += len(written)
        line = parse_line(written)
        if line is not None and _is_wanted(line, query):
            found.append(_wire(line))
        if len(found) >= query.limit or looked >= _MOST_BYTES:
            return LogLines(lines=found, next_cursor=str(place))
    return LogLines(lines=found, next_cursor=None)


@bp.get("/api/logs.txt")
def download_logs() -> Response:
    """The newest 10 MiB as text, the oldest line first, to be sent with a report."""
    headers = {"Content-Disposition": 'attachment; filename="artkeep-log.txt"'}
    return Response(_text(services().settings.logs_dir), mimetype="text/plain", headers=headers)


def _text(logs_dir: Path) -> Iterator[bytes]:
    size = 0
    lines: list[bytes] = []
    for _, written in newest_first(logs_dir):
        size += len(written)
        if size > _LONGEST_FILE:
            break
        lines.append(written)
    for written in reversed(lines):
        line = parse_line(written)
        if line is not None:
            yield f"{line}\n".encode("utf-8", "backslashreplace")


def _place(cursor: str | None) -> Place | None:
    try:
        return Place.parse(cursor) if cursor is not None else None
    except ValueError:
        raise UsageError("This cursor is not one of ours.", code="bad_cursor") from None


def _is_wanted(line: Line, query: LogQuery) -> bool:
    if LEVELS.index(line.level) < LEVELS.index(query.level):
        return False
    if query.job is not None and line.job != query.job:
        return False
    return not query.q or query.q.casefold() in str(line).casefold()


def _wire(line: Line) -> LogLine:
    return LogLine(
        id=line.id,
        at=line.time,
        level=line.level,
        event=line.event,
        job=line.job,
        fields=line.fields,
    )
