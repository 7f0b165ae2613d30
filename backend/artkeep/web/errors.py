"""How what went wrong is said over HTTP: `Problem` JSON with the right status, never a stack.

Only a known cause may give 503; 500 means an error of the program, which the log explains.
"""

from __future__ import annotations

from concurrent.futures import CancelledError
from typing import Any

from flask import Flask, Response, request
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from artkeep.errors import (
    AppError,
    AuthRequired,
    Conflict,
    DatabaseError,
    FileGone,
    ItemError,
    JobError,
    NotFound,
    NotPermitted,
    RetryLater,
    SkipItem,
    TargetNotFound,
)
from artkeep.logs import get_logger, redact
from artkeep.store.base import is_busy
from artkeep.web.schemas.common import Problem

log = get_logger(__name__)


_STATUSES: tuple[tuple[type[AppError], int], ...] = (  # the first that fits
    (NotFound, 404),
    (Conflict, 409),
    (SkipItem, 409),
    (TargetNotFound, 404),
    (FileGone, 404),
    (AuthRequired, 403),
    (NotPermitted, 403),
    (RetryLater, 503),
    (JobError, 503),  # the other site, the disk or the library keeps us from it
    (ItemError, 503),
    (DatabaseError, 503),
    (AppError, 422),
)


def register_errors(app: Flask) -> None:
    """Let every error of this app leave as a `Problem`."""
    app.register_error_handler(AppError, _known)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _unknown)


def problem(
    status: int,
    code: str,
    message: str,
    *,
    detail: str | None = None,
    retry_after_s: float | None = None,
) -> Response:
    """The reply itself."""
    said = Problem(
        code=code, message=redact(message), detail=None if detail is None else redact(detail)
    )
    response = Response(said.model_dump_json(), status, mimetype="application/json")
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(max(1, round(retry_after_s)))
    return response


def invalid(error: ValidationError) -> Response:
    """What a request says wrong, field by field: 422."""
    lines = []
    for one in error.errors(include_url=False, include_input=False):
        where = ".".join(map(str, one["loc"])) or "the body"
        lines.append(f"{where}: {one['msg'].removeprefix('Value error, ')}")
    return problem(422, "invalid", "; ".join(lines[:5])[:1000], detail="\n".join(lines[:50]))


def _known(error: AppError) -> Response:
    status = next(status for kind, status in _STATUSES if isinstance(error, kind))
    return problem(
        status,
        error.code,
        str(error),
        detail=_where_from(error),
        retry_after_s=error.after_s if isinstance(error, RetryLater) else None,
    )


def _where_from(error: AppError) -> str | None:
    host = getattr(error, "host", None)
    status = getattr(error, "http_status", None)
    return f"{host} answered {status}" if host and status else host


def _of_http(error: HTTPException) -> Any:
    if error.response is not None:
        return error.response
    status = error.code or 500
    code = (error.name or "error").lower().replace(" ", "_")
    response = problem(status, code, _SENTENCES.get(status) or error.description or error.name)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "The body is too large.",
    415: "The body must be JSON: Content-Type application/json.",
}


def _unknown(error: Exception) -> Response:
    if isinstance(error, ValidationError):  # a reply of ours that breaks the contract is a bug
        log.exception("reply does not fit its schema", path=request.path)
    elif isinstance(error, PoolTimeout) or (isinstance(error, DBAPIError) and is_busy(error)):
        sentence = "The tracking database is busy. Try again in a moment."
        return problem(503, "database_busy", sentence, retry_after_s=1)
    elif isinstance(error, CancelledError):
        return problem(503, "stopping", "Artkeep is being stopped.", retry_after_s=5)
    else:
        log.exception("request failed", method=request.method, path=request.path)
    return problem(500, "bug", "An error of the program; the log has the details.")
