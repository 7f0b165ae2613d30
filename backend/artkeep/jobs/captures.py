"""Reading captures: pasted text, JSON, HARs and archives of them become creations.

Nothing else is kept of them, not even in memory: headers and cookies of a HAR are never put
together, and of what is not recognised only an outline is told (SE-26).
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from artkeep.domain.artwork import Reject
from artkeep.errors import UsageError
from artkeep.jobs.outline import count_secrets, outline_of
from artkeep.sites.captures._capture import Creation, Document
from artkeep.sites.captures._copied import CopiedRequest
from artkeep.sites.captures._har import BrokenHar, HarCounts, Readable, is_har, read_har
from artkeep.sites.captures._outputs import judge_url
from artkeep.sites.captures._services import SERVICES
from artkeep.sites.captures._text import Problem, read_reply, read_text
from artkeep.sites.captures._walk import Finder

LONGEST_TEXT = 64 * 2**20  # bytes of what is no HAR
NAMES = (".json", ".har", ".txt")  # of captures in an archive
_PEEK = 4096
_PIECE = 2**18
_ZIP = b"PK\x03\x04"
_MOST_MEMBERS = 1_000
_MOST_UNPACKED = 2**31
_MOST_RATIO = 200
_FREE_OF_RATIO = 64 * 2**20
_BOMB = "archive_bomb"
_MOST_SAMPLES = 5
_MOST_REQUESTS = 20
_LONGEST_SAMPLE = 2_000
_HOW = "Copy the whole reply, or save the HAR with content."


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a capture holds.

    `requests` are copied calls, not sent. `unrecognised` counts documents without a creation,
    `samples` are outlines of some. `secrets` counts logins and signatures that were seen and
    are not kept. `problems` are sentences.
    """

    creations: tuple[Creation, ...] = ()
    rejects: tuple[Reject, ...] = ()
    requests: tuple[CopiedRequest, ...] = ()
    documents: int = 0
    unrecognised: int = 0
    samples: tuple[str, ...] = ()
    secrets: int = 0
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class CaptureReader:
    """Reads one capture in parts. `on_progress` is told bytes done; what it raises ends it."""

    on_progress: Callable[[int], None] = field(default=lambda done: None)
    _finder: Finder = field(default_factory=Finder)
    _requests: list[CopiedRequest] = field(default_factory=list)
    _samples: list[str] = field(default_factory=list)
    _problems: list[str] = field(default_factory=list)
    _documents: int = 0
    _unrecognised: int = 0
    _secrets: int = 0
    _base: int = 0  # bytes of the files before
    _now: int = 0

    def add_file(self, file: Readable, name: str) -> None:
        """A `.json`, `.har`, `.txt` or `.zip`, told apart by what stands in it.

        Raises UsageError when none of it can be read.
        """
        beginning = _read(file, _PEEK)
        whole = _Whole(beginning, file)
        if beginning.startswith(_ZIP):
            self._add_zip(file, name)
        elif is_har(beginning):
            self._add_har(whole, name)
        else:
            content = _read(whole, LONGEST_TEXT + 1)
            if len(content) > LONGEST_TEXT:
                words = f"{name} is larger than {LONGEST_TEXT // 2**20} MiB, and no HAR."
                raise UsageError(words, code="capture_too_large")
            self._tell(len(content))
            self.add_text(content.decode("utf-8-sig", "replace"), name)
        self._base = self._now

    def add_one_of(self, file: Readable, name: str) -> None:
        """One of several files: what cannot be read is told with the rest. Raises UsageError
        for an archive that nobody means well with."""
        try:
            self.add_file(file, name)
        except UsageError as error:
            if error.code == _BOMB:
                raise
            self._problems.append(error.message)

    def add_text(self, text: str, name: str = "") -> None:
        """Pasted text. Raises UsageError with the place of the mistake when none of it can be
        read."""
        read = read_text(text)
        self._requests += read.requests[: max(0, _MOST_REQUESTS - len(self._requests))]
        for document in read.documents:
            self._add(document)
        if read.problem is None:
            return
        words = _words_of(read.problem, name)
        if not read.documents and not read.requests:
            raise UsageError(words, code="bad_capture", advice=_HOW)
        self._problems.append(words)

    def add_document(self, document: Document) -> None:
        """What a service answered to a copied request."""
        self._add(document)

    def add_reply(self, text: str, url: str, request: str | None) -> None:
        """What a service answered its own page. Of what is not recognised nothing is told: a
        page asks for much else."""
        for document in read_reply(text, url, request).documents:
            self._finder.add(document)

    def forget(self, keys: Collection[tuple[str, str]]) -> None:
        """These creations are not wanted any more."""
        self._finder.forget(keys)

    def forget_settings(self) -> None:
        """Settings whose creation has not come are not waited for any more."""
        self._finder.forget_settings()

    def forget_requests(self) -> None:
        """They were sent; nobody needs their login any more."""
        self._requests.clear()

    @property
    def creations(self) -> tuple[Creation, ...]:
        """Those that were found so far."""
        return self._finder.found().creations

    def recognised(self) -> Recognised:
        """All that was found so far."""
        found = self._finder.found()
        return Recognised(
            creations=found.creations,
            rejects=found.rejects,
            requests=tuple(self._requests),
            documents=self._documents,
            unrecognised=self._unrecognised,
            samples=tuple(self._samples),
            secrets=self._secrets + sum(count_secrets(one.raw) for one in found.creations),
            problems=tuple(self._problems),
        )

    def _add(self, document: Document, *, is_telling: bool = True) -> None:
        """`is_telling`: it is worth showing when nothing is recognised in it."""
        self._documents += 1
        if self._finder.add(document):
            return
        self._unrecognised += 1
        if is_telling and len(self._samples) < _MOST_SAMPLES:
            outline = json.dumps(outline_of(document.value), ensure_ascii=False)
            self._samples.append(outline[:_LONGEST_SAMPLE])

    def _add_har(self, file: Readable, name: str) -> None:
        counts = HarCounts()
        try:
            for reply in read_har(file, counts, self._tell):
                told = read_reply(reply.text, reply.url, reply.request)
                is_telling = _is_of_service(reply.url)
                for document in told.documents:
                    self._add(document, is_telling=is_telling)
        except BrokenHar as error:
            if not self._documents:
                raise
            self._problems.append(f"{name}: {error.message}")
        self._secrets += counts.secrets
        for amount, words in (
            (counts.without_body, "replies have no body in it: save the HAR with content"),
            (counts.too_large, "replies are larger than 8 MiB and were left out"),
        ):
            if amount:
                self._problems.append(f"{name}: {amount} {words}.")

    def _add_zip(self, file: Readable, name: str) -> None:
        """Its members are read one after the other and never written anywhere (SE-16)."""
        try:
            size = file.seek(0, 2)  # type: ignore[attr-defined]
        except (AttributeError, OSError) as error:
            words = f"{name}: an archive has to be a file of its own."
            raise UsageError(words, code="bad_capture") from error
        room = _Room(size)
        try:
            with zipfile.ZipFile(file) as archive:  # type: ignore[call-overload]
                members = [one for one in archive.infolist() if _is_wanted(one.filename)]
                if len(members) > _MOST_MEMBERS:
                    words = f"{name} holds more than {_MOST_MEMBERS} captures."
                    raise UsageError(words, code="capture_too_large")
                for member in members:
                    with archive.open(member) as inner:
                        inner_name = member.filename.rpartition("/")[2]
                        self.add_one_of(_Member(inner, room), inner_name)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            words = f"{name} is a damaged archive."
            raise UsageError(words, code="bad_capture") from error
        except RuntimeError as error:  # so the library says that it wants a password
            raise UsageError(f"{name} has a password.", code="bad_capture") from error

    def _tell(self, done: int) -> None:
        self._now = self._base + done
        self.on_progress(self._now)


def _is_of_service(url: str) -> bool:
    """Whether a reply came from a service that is recognised."""
    return any(judge_url(url, one.asks + one.media) is None for one in SERVICES)


def _words_of(problem: Problem, name: str) -> str:
    where = f"line {problem.line}, column {problem.column}"
    words = {
        "empty": "There is nothing in it.",
        "cut_off": f"It ends in the middle, at {where}.",
        "too_deep": f"It is nested too deeply at {where}.",
    }.get(problem.code, f"It is no JSON at {where}.")
    return f"{name}: {words}" if name else words


def _is_wanted(path: str) -> bool:
    return path.lower().endswith(NAMES) and "__MACOSX" not in path


def _read(file: Readable, most: int) -> bytes:
    """As much as there is, up to `most` bytes."""
    parts: list[bytes] = []
    while most > 0 and (part := file.read(min(most, _PIECE))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


class _Whole:
    """A file from its beginning, of which a piece was read already."""

    def __init__(self, beginning: bytes, rest: Readable) -> None:
        self._beginning = beginning
        self._rest = rest

    def read(self, amount: int = -1, /) -> bytes:
        told, self._beginning = self._beginning, b""
        return told or self._rest.read(amount)


@dataclass(slots=True)
class _Room:
    """How much the members of an archive may unpack to, told by its size (SE-16)."""

    packed: int
    unpacked: int = 0

    def use(self, amount: int) -> None:
        """Raises UsageError for a bomb."""
        self.unpacked += amount
        most = min(_FREE_OF_RATIO + self.packed * _MOST_RATIO, _MOST_UNPACKED)
        if self.unpacked > most:
            raise UsageError("The archive unpacks to far too much.", code=_BOMB)


class _Member:
    """A member of an archive, charged for what it unpacks to."""

    def __init__(self, file: Readable, room: _Room) -> None:
        self._file = file
        self._room = room

    def read(self, amount: int = -1, /) -> bytes:
        told = self._file.read(amount if 0 <= amount < _PIECE else _PIECE)
        self._room.use(len(told))
        return told
