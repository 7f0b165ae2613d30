"""What `page=dapi` answers: Gelbooru and its 0.2 relatives. Pure functions.

Refusals come with status 200 as often as not: as a sentence, as a JSON string, as XML although
JSON was asked for. None of them may pass for an empty page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from xml.parsers import expat

from artkeep.errors import AppError, AuthRequired
from artkeep.net.replies import decode_json, error_text, excerpt, looks_like_html
from artkeep.net.retry import FetchFailed
from artkeep.sites._booru import Posts

# As the API numbers them; what it calls deprecated is a word like any other.
TAG_TYPES = {0: "general", 1: "artist", 3: "copyright", 4: "character", 5: "meta", 6: "general"}
_CATEGORIES = {"metadata": "meta", "deprecated": "general", "tag": "general"}
_MOST_ELEMENTS = 20_000
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOMENT = re.compile(
    r"\w{3} (\w{3}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d) (\d{4})", re.ASCII
)


class _TooMuch(ValueError):
    """The answer has a document type or more elements than any page."""


def read_posts(text: str, title: str) -> Posts:
    """The posts of an answer; an empty one has none.

    Rows of XML are as those of JSON, but need no unescaping: they are marked `_is_plain`.
    Raises FetchFailed; AuthRequired when the site wants a key or refuses it.
    """
    text = text.strip()
    if not text:
        return Posts(())
    if text.startswith("<"):
        return _read_xml(text, title)
    try:
        body = decode_json(text.encode())
    except ValueError:
        raise refusal(text, title) from None
    if isinstance(body, list):
        return Posts(body)
    if isinstance(body, str):
        raise refusal(body, title)
    if not isinstance(body, dict):
        raise FetchFailed("bad_reply", detail="neither posts nor an error")
    about = body.get("@attributes")
    count = about.get("count") if isinstance(about, Mapping) else None
    total = count if isinstance(count, int) and not isinstance(count, bool) else None
    if "post" in body:
        rows = body["post"]
        return Posts(rows if isinstance(rows, list) else [rows], total)
    if isinstance(about, Mapping):
        if total:
            # It says that there are some and lists none: beyond the end, or a fault.
            return Posts((), total)
        return Posts((), 0)
    said = error_text(body) or body.get("reason")
    if isinstance(said, str) and said:
        raise refusal(said, title)
    raise FetchFailed("unknown_shape", detail="an answer without posts", body=body)


def read_count(text: str) -> int | None:
    """How many posts a search has, by an answer in XML or JSON; None when it does not say."""
    found = re.search(r"<posts\b[^>]*\bcount=\"(\d{1,12})\"", text[:2000])
    if found:
        return int(found[1])
    try:
        return read_posts(text, "").total
    except AppError:
        return None


def read_tag_types(body: Any) -> dict[str, str]:
    """Categories by tag name, as `s=tag` answers."""
    rows = body.get("tag") if isinstance(body, Mapping) else body
    found: dict[str, str] = {}
    for row in rows if isinstance(rows, list) else [rows]:
        name = row.get("name") if isinstance(row, Mapping) else None
        kind = row.get("type") if isinstance(row, Mapping) else None
        if isinstance(kind, str):
            kind = int(kind) if kind.isascii() and kind.isdigit() and len(kind) < 3 else None
        if isinstance(name, str) and isinstance(kind, int):
            found[html.unescape(name)] = TAG_TYPES.get(kind, "")
    return found


def tag_info_of(row: Mapping[str, Any]) -> dict[str, str]:
    """Categories by tag name that came with a post (`fields=tag_info`)."""
    found = {}
    rows = row.get("tag_info")
    for one in rows if isinstance(rows, list) else ():
        if isinstance(one, Mapping) and isinstance(one.get("tag"), str):
            word = str(one.get("type") or "").lower()
            found[html.unescape(one["tag"])] = _CATEGORIES.get(word, word)
    return found


def read_moment(value: object) -> datetime | None:
    """`Sat Sep 26 03:51:09 -0500 2026`, whatever the system's language."""
    found = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or found[1] not in _MONTHS:
        return None
    day, hour, minute, second = map(int, found.group(2, 3, 4, 5))
    offset = timedelta(hours=int(found[7]), minutes=int(found[8]))
    try:
        zone = timezone(-offset if found[6] == "-" else offset)
        return datetime(
            int(found[9]),
            _MONTHS.index(found[1]) + 1,
            day,
            hour,
            minute,
            second,
            tzinfo=zone,
        )
    except ValueError:
        return None


def refusal(words: str, title: str) -> AppError:
    """What a sentence in place of posts means."""
    said = excerpt(words)
    lower = said.lower()
    if "authentication" in lower or "api key" in lower or "api_key" in lower:
        return AuthRequired(
            f"{title} wants a key: {said}",
            advice="Set it in Settings › Sites & keys; it is shown in your account's options.",
        )
    if "too deep" in lower:
        return FetchFailed("paging_cap", http_status=200, detail=said)
    if any(word in lower for word in ("abuse", "limited", "exceeded", "too many", "throttl")):
        return FetchFailed("rate_limited", http_status=200, detail=said)
    if "search" in lower and ("error" in lower or "down" in lower):
        return FetchFailed("server_error", http_status=200, detail=said)
    return FetchFailed("bad_reply", http_status=200, detail=said)


def _read_xml(text: str, title: str) -> Posts:
    if looks_like_html(text[:4096].encode()):
        raise FetchFailed("html", http_status=200)
    try:
        root, attributes, rows, words = _Tree().read(text)
    except (expat.ExpatError, ValueError) as error:
        raise FetchFailed("bad_reply", http_status=200, detail="broken XML") from error
    if root == "posts":
        count = attributes.get("count", "")
        return Posts(rows, int(count) if count.isdigit() and len(count) < 13 else None)
    raise refusal(attributes.get("reason") or words or f"<{root}>", title)


class _Tree:
    """`<posts><post a="…"/></posts>`, or with the values as elements; nothing deeper."""

    def __init__(self) -> None:
        self._depth = 0
        self._root = ""
        self._attributes: dict[str, str] = {}
        self._rows: list[dict[str, Any]] = []
        self._words: list[str] = []
        self._elements = 0

    def read(self, text: str) -> tuple[str, dict[str, str], list[dict[str, Any]], str]:
        """Root, its attributes, a row for each element in it, and the text right below it.

        Raises ExpatError, ValueError; also for a document type (SE-12).
        """
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.Parse(text.encode(), True)
        return self._root, self._attributes, self._rows, "".join(self._words).strip()

    def _refuse(self, *_: object) -> None:
        raise _TooMuch("a document type")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > _MOST_ELEMENTS:
            raise _TooMuch("too many elements")
        if self._depth == 0:
            self._root, self._attributes = name, attributes
        elif self._depth == 1:
            self._rows.append({**attributes, "_is_plain": True})
        self._depth += 1
        self._words = []

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth == 2:
            self._rows[-1][name] = "".join(self._words)
        if self._depth:
            self._words = []

    def _text(self, words: str) -> None:
        self._words.append(words)
