"""The outputs of a creation: with an address that may be fetched (SE-9), or with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from artkeep.domain.artwork import Reject, clean_text
from artkeep.sites.captures._capture import HostRule, MediaUrl, Output, OutputKind
from artkeep.sites.captures._fields import id_in, time_in, whole

_LONGEST_URL: Final = 8_000
_MOST_OUTPUTS: Final = 1_000  # of one creation
_NOT_IN_URLS: Final = re.compile(r"[\x00-\x20\\\x7f]")
_HOST: Final = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63}){1,10}")
_VIDEOS: Final = (".mp4", ".webm", ".mov")
_OTHERS: Final = (".mp3", ".wav", ".flac", ".ogg", ".glb", ".obj", ".fbx", ".ply", ".stl")
_LONGEST_SIGNED: Final = timedelta(days=366)

# What a service tells of an address: the URL, its quality, when it dies.
Candidate = tuple[object, str, datetime | None]


class Outputs:
    """Collects the outputs of one creation, each id once."""

    def __init__(self, rules: tuple[HostRule, ...]) -> None:
        self._rules = rules
        self._made: dict[str, Output] = {}
        self._rejects: list[Reject] = []

    @property
    def made(self) -> tuple[Output, ...]:
        """In the order in which they came."""
        return tuple(self._made.values())

    def rejects(self, is_finished: bool = True) -> tuple[Reject, ...]:
        """Those that cannot be had; a creation without any output has one in its place."""
        if not self._made and not self._rejects:
            return (Reject("no_url" if is_finished else "unfinished"),)
        return tuple(self._rejects)

    def rows(self, listed: object) -> Iterator[Mapping[str, Any]]:
        """The objects of a list of outputs; anything else in it is a reject."""
        told = listed if isinstance(listed, list) else []
        for row in told[:_MOST_OUTPUTS]:
            if isinstance(row, Mapping):
                yield row
            else:
                self.refuse(None, "not_an_object")
        if len(told) > _MOST_OUTPUTS:
            self.refuse(None, "too_many")

    def add(self, candidates: Iterable[Candidate], **fields: Any) -> None:
        """One output, its addresses best first; without any that is allowed, a reject.

        `id` is as it came; without a usable one the file's name is taken.
        """
        urls, reason, host = [], "no_url", ""
        for url, quality, expires_at in candidates:
            trouble = judge_url(url, self._rules)
            if trouble is None and isinstance(url, str):
                urls.append(MediaUrl(url, quality, expires_at))
            elif trouble != "no_url":
                reason, host = trouble or "", host_of(url)
        told = fields.pop("id")
        if not urls:
            self.refuse(told, reason, host)
            return
        output_id = _usable(told) or _usable(stem_of(urls[0].url))
        known = self._made.get(output_id or "")
        if known and _path_of(known.urls[0].url) != _path_of(urls[0].url):
            output_id = f"{output_id}-{len(self._made) + 1}"  # another one of the same name
        elif known:
            return
        if output_id is None:
            self.refuse(None, "no_id")
            return
        kind = fields.pop("kind", None) or kind_of(urls[0].url)
        self._made[output_id] = Output(id=output_id, urls=tuple(urls), kind=kind, **fields)

    def refuse(self, output_id: object, reason: str, excerpt: str = "") -> None:
        """It is there, but cannot be had."""
        usable = _usable(output_id)
        if usable is None or usable not in self._made:
            self._rejects.append(Reject(reason, usable, excerpt))


def _usable(output_id: object) -> str | None:
    try:
        return id_in(output_id)
    except ValueError:
        return None


def _path_of(url: str) -> str:
    """Without what signs it, which differs from capture to capture."""
    return url.partition("?")[0]


def judge_url(url: object, rules: tuple[HostRule, ...]) -> str | None:
    """None when it may be fetched, else the reason: https on the service's own hosts only."""
    if url in (None, "", "null"):
        return "no_url"
    if not isinstance(url, str) or len(url) > _LONGEST_URL or _NOT_IN_URLS.search(url):
        return "bad_url"
    try:
        split = urlsplit(url)
        host, port = split.hostname or "", split.port
    except ValueError:
        return "bad_url"
    if split.scheme != "https" or port not in (None, 443) or "@" in split.netloc:
        return "bad_url"
    if not _HOST.fullmatch(host) or clean_text(url) != url:
        return "bad_url"
    # A path is resolved before it is asked for: `/ours/../theirs` leads elsewhere.
    if {"..", "."} & set(re.split(r"[/\\]", unquote(unquote(split.path)))):
        return "bad_url"
    is_ours = any(rule.allows(host, split.path) for rule in rules)
    return None if is_ours else "foreign_host"


def allowed_url(url: object, rules: tuple[HostRule, ...]) -> str | None:
    """The URL itself when it may be fetched."""
    return url if isinstance(url, str) and judge_url(url, rules) is None else None


def host_of(url: object) -> str:
    """What is said of a refused address: no more of it than the host."""
    try:
        host = urlsplit(url[:_LONGEST_URL]).hostname if isinstance(url, str) else None
    except ValueError:
        return ""
    return (clean_text(host) or "")[:100]


def stem_of(url: object) -> str | None:
    """The name of the file in a path or URL, without its extension."""
    try:
        path = urlsplit(url[:_LONGEST_URL]).path if isinstance(url, str) else ""
    except ValueError:
        return None
    return PurePosixPath(unquote(path)).stem or None


def kind_of(url: str) -> OutputKind:
    """As far as its extension tells."""
    path = urlsplit(url).path.lower()
    if path.endswith(_VIDEOS):
        return OutputKind.VIDEO
    return OutputKind.OTHER if path.endswith(_OTHERS) else OutputKind.IMAGE


def expiry_of(url: object) -> datetime | None:
    """When a signed address dies by its own words: `exp`, or Amazon's date and duration."""
    try:
        query = urlsplit(url[:_LONGEST_URL]).query if isinstance(url, str) else ""
        asked = {name: values[0] for name, values in parse_qs(query, max_num_fields=50).items()}
    except ValueError:
        return None
    if "exp" in asked:
        return time_in(asked["exp"])
    signed, lives_s = asked.get("X-Amz-Date"), whole(asked.get("X-Amz-Expires"))
    if signed is None or lives_s is None:
        return None
    try:
        signed_at = datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return signed_at + min(timedelta(seconds=lives_s), _LONGEST_SIGNED)
    except (ValueError, OverflowError):
        return None
