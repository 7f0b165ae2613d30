"""What a log line looks like: JSON for the file, a short sentence for the terminal.

Everything from outside passes `clean` on its way here: redacted first, then cut, so that half a
secret cannot be what is left of it.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import structlog

from artkeep.logs.redaction import MARK, is_secret_field, redact

LONGEST_TEXT = 1024  # bytes (RB-11)
LONGEST_TRACEBACK = 16 * 1024
_READ_AT_MOST = 64 * 1024  # characters looked at, of a text of any length
_MOST_ITEMS = 50
_DEEPEST = 5
_TIME_FIELD = len('{"time": "2026-11-20T10:00:00.000000Z", ')
_OWN_NAMES = frozenset({"time", "level", "logger", "exception"})
# What moves the cursor, turns text around or breaks lines, beyond what JSON escapes itself.
_INVISIBLE = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f]")


class ForFile(logging.Formatter):
    """`{"time": …, "level": …, "logger": …, "event": …, fields …, "exception": …}`"""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON; the time comes first and is always as long."""
        return _as_json(describe(record))


class ForConsole(logging.Formatter):
    """`warning: event (name=value, …)`"""

    def format(self, record: logging.LogRecord) -> str:
        """One line; a traceback is only its last line, the file has the rest."""
        fields = describe(record)
        words = [f"{fields['level']}: {fields['event']}"]
        exception = str(fields.pop("exception", "")).strip()
        rest = [
            f"{name}={value}"
            for name, value in fields.items()
            if name not in _OWN_NAMES and name != "event"
        ]
        if rest:
            words.append(f"({', '.join(rest)})")
        if exception:
            words.append(f"- {exception.splitlines()[-1]}")
        return _visible(_CONTROL.sub(_escape, " ".join(words)))


def same_in_file(line: str) -> str:
    """A line of the file without its time: repetitions are equal in it."""
    return line[_TIME_FIELD:]


def repeated_in_file(excerpt: str, count: int, now: float) -> str:
    """The line that tells that another came `count` more times."""
    event = f"repeated {count} times"
    return _as_json(
        {
            "time": _time(now),
            "level": "info",
            "logger": __name__,
            "event": event,
            "line": excerpt,
        }
    )


def repeated_on_console(excerpt: str, count: int, now: float) -> str:
    """The same for the terminal; the time is not shown."""
    return f"{excerpt} (repeated {count} times)"


def bound_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A structlog logger that hands its fields to the standard logger of this name."""
    return structlog.stdlib.BoundLogger(
        logging.getLogger(name),
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            _pass_on,
        ],
        context={},
    )


def describe(record: logging.LogRecord) -> dict[str, Any]:
    """A record as what may be written: clean, in a stable order."""
    fields = dict(record.msg) if isinstance(record.msg, Mapping) else {}
    event = fields.pop("event", "") if fields else record.getMessage()
    described: dict[str, Any] = {
        "time": _time(record.created),
        "level": record.levelname.lower(),
        "logger": clean_text(record.name),
        "event": clean_text(str(event)),
    }
    for name, value in fields.items():
        shown = f"{name}_" if name in _OWN_NAMES else str(name)
        described[clean_text(shown)] = MARK if is_secret_field(shown) else clean(value)
    if record.exc_info and record.exc_info[1] is not None:
        described["exception"] = _traceback(record.exc_info[1], record.exc_info[2])
    return described


def clean(value: Any, depth: int = _DEEPEST) -> Any:
    """A value of any kind as JSON that is safe to write: redacted, cut, not too deep."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**63:
        return value
    if isinstance(value, float) and value - value == 0:  # neither NaN nor infinite
        return value
    if depth == 0:
        return "…"
    if isinstance(value, Mapping):
        items = list(value.items())[:_MOST_ITEMS]
        return {
            clean_text(str(name)): MARK
            if is_secret_field(str(name))
            else clean(part, depth - 1)
            for name, part in items
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(part, depth - 1) for part in list(value)[:_MOST_ITEMS]]
    try:
        text = (
            f"{type(value).__name__}: {value}"
            if isinstance(value, BaseException)
            else str(value)
        )
    except Exception:  # any object's __str__ may fail; the line is still worth writing
        text = f"<a {type(value).__name__} that cannot be shown>"
    return clean_text(text)


def clean_text(text: str) -> str:
    """Redacted, then cut to 1 KiB of UTF-8."""
    return _cut(redact(text[:_READ_AT_MOST]), LONGEST_TEXT)


def _traceback(error: BaseException, where: TracebackType | None) -> str:
    text = "".join(traceback.format_exception(type(error), error, where))
    if len(text) > _READ_AT_MOST:  # begins where it happened, ends with what it was
        half = _READ_AT_MOST // 2
        text = f"{text[:half]}\n…\n{text[-half:]}"
    lines = [_cut(line, LONGEST_TEXT) for line in redact(text).splitlines()]
    whole = "\n".join(lines)
    if len(whole) > LONGEST_TRACEBACK:
        half = LONGEST_TRACEBACK // 2
        whole = f"{whole[:half]}\n…\n{whole[-half:]}"
    return whole


def _cut(text: str, most: int) -> str:
    if len(text) * 4 <= most:
        return text
    encoded = text.encode("utf-8", "surrogatepass")
    if len(encoded) <= most:
        return text
    return encoded[: most - 3].decode("utf-8", "ignore") + "…"


def _as_json(fields: Mapping[str, Any]) -> str:
    return _visible(json.dumps(fields, ensure_ascii=False))


def _visible(text: str) -> str:
    return _INVISIBLE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _time(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
    return moment.replace("+00:00", "Z")


def _pass_on(
    logger: Any, method: str, fields: MutableMapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The last processor: the fields as the record's message, the exception as its own."""
    error = fields.pop("exc_info", None)
    return (dict(fields),), {"exc_info": error}
