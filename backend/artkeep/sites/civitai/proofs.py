"""Whether a page shows itself to be what was asked for.

The API ignores what it does not know: an unknown tag or a misspelt parameter gives the whole
catalogue, a deleted user sometimes strangers' pictures. So every page is judged before it is
kept: by what its items say, and by the parameters that the link to the next page repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from artkeep.settings import Site
from artkeep.sites.civitai.generation import id_text
from artkeep.sites.civitai.hosts import is_site_address
from artkeep.sites.civitai.parse import author_of

Rows = Sequence[Mapping[str, Any]]


def say_items(parameter: str, value: str, author: str | None, rows: Rows) -> bool | None:
    """True when items show the page to be the one asked for, False when they show another.

    None when they say nothing. `author` is the name that all items should carry, if any.
    """
    judge = _JUDGES.get(parameter)
    judged = judge(value, rows) if judge else None
    authors = [name.casefold() for row in rows if (name := author_of(row))]
    if author is None or not authors or judged is False:
        return judged
    return author.casefold() in authors


def says_echo(next_page: object, site: Site, parameter: str, value: str) -> bool | None:
    """Whether the link to the next page repeats our parameter; None without a link of ours.

    The link is never followed.
    """
    if not isinstance(next_page, str):
        return None
    try:
        split = urlsplit(next_page)
        repeated = parse_qs(split.query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return None
    if split.scheme not in ("http", "https") or not is_site_address(site, split.netloc):
        return None
    return value.casefold() in [text.casefold() for text in repeated.get(parameter, [])]


def version_ids(row: Mapping[str, Any]) -> list[str]:
    """Every model version an item is linked to."""
    ids: list[str] = []
    for name in ("modelVersionIds", "modelVersionIdsManual"):
        listed = row.get(name)
        ids += filter(None, map(id_text, listed if isinstance(listed, list) else ()))
    return ids


def _by_post(value: str, rows: Rows) -> bool | None:
    posts = {id_text(row.get("postId")) for row in rows} - {None}
    return posts == {value} if posts else None


def _by_image(value: str, rows: Rows) -> bool | None:
    images = {id_text(row.get("id")) for row in rows} - {None}
    return images == {value} if images else None


def _by_tag(value: str, rows: Rows) -> bool | None:
    tags = set()
    for row in rows:
        listed = row.get("tags")
        for tag in listed if isinstance(listed, list) else ():
            if isinstance(tag, Mapping):
                tags.add(id_text(tag.get("id")))
    tags.discard(None)
    return value in tags if tags else None


def _by_version(value: str, rows: Rows) -> bool | None:
    """Versions tagged by hand are missing from the items: their absence says nothing."""
    return True if any(value in version_ids(row) for row in rows) else None


_JUDGES: dict[str, Callable[[str, Rows], bool | None]] = {
    "postId": _by_post,
    "imageId": _by_image,
    "tags": _by_tag,
    "modelVersionId": _by_version,
}
