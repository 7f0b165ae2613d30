"""HAR files, read as a stream: hundreds of megabytes cost a few of memory.

Source: HAR 1.2 as Chrome, Edge, Firefox and Safari export it, read 2026-11: UTF-8 JSON, a byte
order mark is allowed, `log.entries[] {request {method, url, headers[], postData {text}},
response {status, content {mimeType, text, encoding?}}}`. `encoding` is "base64" where the
browser took the body for binary; bodies may be missing.

Headers and cookies are never put together: of each entry only the address, the request's body
and the reply's body are taken up, and handed over one by one (SE-26).
"""

from __future__ import annotations

import base64
import binascii
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import ijson

from artkeep.errors import UsageError

LONGEST_BODY = 8 * 2**20  # bytes of one reply as the file has it
_CHUNK = 256 * 1024
_DEEPEST = 512
_LONGEST_BARE = 2**20
_IS_HAR = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:')
_CUT = "\x00cut"
_OPENED_AND_CUT = b'"\\u0000cut'
_ENTRY = 4  # how many containers are open within an entry: the file, log, entries, itself
_SECRET_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization"})
_TEXTS = re.compile(
    r"(?:application|text)/(?:[\w.+-]*json|plain|html|x-ndjson|octet-stream|event-stream)\b|$",
    re.IGNORECASE,
)


class Readable(Protocol):
    """A binary file; `read` may give less than it was asked for, nothing at the end only."""

    def read(self, amount: int = -1, /) -> bytes: ...


class BrokenHar(UsageError):
    """The file ends in the middle, or is no JSON; `position` is a byte at or before it."""

    code = "bad_capture"

    def __init__(self, message: str, *, position: int) -> None:
        super().__init__(message, advice="Save it once more from the browser.")
        self.position = position


@dataclass(frozen=True, slots=True)
class HarReply:
    """One reply of a service, in memory only. `request` is the body of the question."""

    url: str = field(repr=False)
    text: str = field(repr=False)
    request: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class HarCounts:
    """What was seen on the way. `secrets` are headers that carry a login; they were left."""

    entries: int = 0
    without_body: int = 0
    too_large: int = 0
    secrets: int = 0


def is_har(beginning: bytes) -> bool:
    """Whether a file that begins like this is one."""
    return _IS_HAR.match(beginning) is not None


def read_har(
    file: Readable, counts: HarCounts, on_progress: Callable[[int], None]
) -> Iterator[HarReply]:
    """Every reply that may hold creations, in the file's order.

    `on_progress` is told how many bytes have been read; what it raises ends the reading. Raises
    BrokenHar, after what came before the break.
    """
    short = _ShortStrings(file, on_progress)
    try:
        for entry in _entries(short, counts):
            counts.entries += 1
            text = _body_of(entry, counts)
            if text is not None:
                request = entry.get(("request", "postData", "text"))
                yield HarReply(str(entry.get(("request", "url"), "")), text, request)
    except (ijson.JSONError, ValueError) as error:
        # Not its own words: they quote the file.
        raise BrokenHar(
            f"The HAR file breaks off or is damaged near byte {short.position:,}.",
            position=short.position,
        ) from error


_Entry = dict[tuple[str, ...], str]
_WANTED = frozenset(
    {
        ("request", "url"),
        ("request", "postData", "text"),
        ("response", "status"),
        ("response", "content", "mimeType"),
        ("response", "content", "encoding"),
        ("response", "content", "text"),
    }
)
_NAMES = frozenset(path[-1] for path in _WANTED)


def _entries(file: _ShortStrings, counts: HarCounts) -> Iterator[_Entry]:
    """The wanted fields of each entry. Only keys of the outer levels are remembered."""
    keys = [""] * 8
    depth = 0
    entry: _Entry = {}
    for event, value in ijson.basic_parse(file, use_float=True, buf_size=_CHUNK):
        if event == "map_key":
            if depth < 8:
                keys[depth] = value
        elif event in ("start_map", "start_array"):
            depth += 1
            if depth > _DEEPEST:
                raise ValueError("nested too deeply")
            if depth < 8:
                keys[depth] = "" if event == "start_map" else "*"
        elif event in ("end_map", "end_array"):
            depth -= 1
            if depth == _ENTRY - 1 and keys[1:4] == ["log", "entries", "*"]:
                yield entry
                entry = {}
        elif keys[1:4] != ["log", "entries", "*"]:
            continue
        elif depth in (_ENTRY + 1, _ENTRY + 2) and keys[depth] in _NAMES:
            path = tuple(keys[_ENTRY : depth + 1])
            if path in _WANTED:
                entry[path] = value if isinstance(value, str) else str(value)
        elif depth == _ENTRY + 3 and keys[depth - 2] == "headers" and keys[depth] == "name":
            counts.secrets += str(value).lower() in _SECRET_HEADERS


def _body_of(entry: _Entry, counts: HarCounts) -> str | None:
    """The text of a reply that may hold creations."""
    if not _TEXTS.match(entry.get(("response", "content", "mimeType"), "").strip()):
        return None
    status = entry.get(("response", "status"), "0").partition(".")[0]
    if status != "0" and not status.startswith("2"):
        return None
    text = entry.get(("response", "content", "text"), "")
    if not text:
        counts.without_body += 1
        return None
    if text == _CUT:
        counts.too_large += 1
        return None
    if entry.get(("response", "content", "encoding")) == "base64":
        try:
            return base64.b64decode(text, validate=False).decode("utf-8", "replace")
        except binascii.Error:
            counts.without_body += 1
            return None
    return text


class _ShortStrings:
    """The same JSON with every string that is too long replaced by a mark.

    A parser keeps a string whole; here it never sees one of 100 MB.
    """

    def __init__(self, file: Readable, on_progress: Callable[[int], None]) -> None:
        self._file = file
        self._on_progress = on_progress
        self.position = 0
        self._held: list[bytes] = []  # the parts of a string that goes on
        self._held_size = 0
        self._is_inside = False  # of a string
        self._is_skipping = False  # what is left of it
        self._half_escape = b""
        self._since_quote = 0

    def read(self, amount: int = _CHUNK) -> bytes:
        """At least a byte, or nothing at the end."""
        if amount == 0:  # asked for to learn whether it is bytes
            return b""
        while True:
            chunk = self._file.read(_CHUNK)
            if not chunk:
                return b""
            if self.position == 0:
                while len(chunk) < len(BOM_UTF8) and (more := self._file.read(_CHUNK)):
                    chunk += more
                chunk = chunk.removeprefix(BOM_UTF8)
            self.position += len(chunk)
            self._on_progress(self.position)
            if told := self._shortened(self._half_escape + chunk):
                return told

    def _shortened(self, chunk: bytes) -> bytes:
        bare = chunk.replace(b"\\\\", b"__").replace(b'\\"', b"__")  # every " is one now
        self._half_escape = b"\\" if bare.endswith(b"\\") else b""
        chunk = chunk.removesuffix(self._half_escape)
        begin = 0
        told = b""
        if self._is_inside:
            begin = bare.find(b'"') + 1
            if not begin:
                return self._hold(chunk)
            told = b'"' if self._is_skipping else b"".join((*self._held, chunk[:begin]))
            self._held, self._is_inside, self._is_skipping = [], False, False
        quotes = bare.count(b'"', begin)
        # What stands between strings is never long: a number of megabytes is nobody's.
        self._since_quote = 0 if quotes or begin else self._since_quote + len(chunk)
        if self._since_quote > _LONGEST_BARE and chunk.strip():
            raise ValueError("no JSON of a browser")
        if quotes % 2 == 0:
            return told + chunk[begin:]
        opened = bare.rfind(b'"')
        self._is_inside, self._held_size = True, 0
        return told + chunk[begin:opened] + self._hold(chunk[opened:])

    def _hold(self, part: bytes) -> bytes:
        """Keep a part of a string, or give the string up when it is too long."""
        if self._is_skipping:
            return b""
        self._held.append(part)
        self._held_size += len(part)
        if self._held_size <= LONGEST_BODY:
            return b""
        self._held, self._is_skipping = [], True
        return _OPENED_AND_CUT
