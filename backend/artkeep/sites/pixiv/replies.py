"""What a search is asked by, and what stands in pixiv's pages. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from artkeep.net.retry import FetchFailed
from artkeep.sites.pixiv import links
from artkeep.sites.pixiv.places import Place


def words_of(value: str) -> dict[str, str | int]:
    """A search and where it looks."""
    for prefix, where in (
        (links.EXACT, "exact_match_for_tags"),
        (links.IN_TITLES, "title_and_caption"),
    ):
        if value.startswith(prefix):
            return {"word": value.removeprefix(prefix), "search_target": where}
    return {"word": value, "search_target": "partial_match_for_tags"}


def rows_of(reply: dict[str, Any]) -> list[Any]:
    rows = reply.get("illusts")
    if not isinstance(rows, list):
        raise FetchFailed("unknown_shape", detail="no illusts")
    return rows


def query_of(url: object) -> Mapping[str, str]:
    """The first value of each parameter; pixiv's next page is asked for by them alone."""
    found = parse_qs(urlsplit(url).query) if isinstance(url, str) else {}
    return {name: values[0] for name, values in found.items()}


def id_of(row: Any) -> str:
    return str(row.get("id")) if isinstance(row, dict) else ""


def unlisted(rows: Sequence[Any], place: Place) -> Sequence[Any]:
    """Without what was listed before the search went on from a day; one is left of a page of
    such, for an empty page would be taken for the end."""
    until = place.until
    if until is None or place.day is not None:
        return rows
    fresh = [row for row in rows if (moment := moment_of([row])) is None or moment <= until]
    return fresh or rows[-1:]


def moment_of(rows: Sequence[Any]) -> datetime | None:
    """When the last work was made; one that says nothing sensible is passed over."""
    for row in reversed(rows):
        told = row.get("create_date") if isinstance(row, dict) else None
        try:
            moment = datetime.fromisoformat(told) if isinstance(told, str) else None
        except ValueError:
            continue
        if moment is not None and moment.tzinfo is not None:
            return moment
    return None
