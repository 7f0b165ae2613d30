"""Realbooru, by its pages: its API is closed.

Source: the request code of public clients, read 2026-11.
GET {root}/index.php?page=post&s=list&tags=&pid= -> 42 thumbnails with ids and tags;
`page=post&s=view&id=` -> one post, which alone names the file. So a list tells what there is,
and the address of a file is looked up when it is fetched (`refresh`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from artkeep.domain.artwork import Artwork, Kind, Tag, clean_text
from artkeep.domain.rating import Rating
from artkeep.domain.target import TargetKind
from artkeep.net.retry import FetchFailed
from artkeep.sites._booru import Asked, Posts
from artkeep.sites._booru_fields import (
    RATING_WORDS,
    ending_of,
    hex_digest,
    kind_of,
    words_of,
)
from artkeep.sites.gelbooru import Gelbooru02

if TYPE_CHECKING:
    from artkeep.net.client import Client

_PAGE = 42
_THUMB = re.compile(r'<a\b[^>]{0,300}\bid="p(\d{1,18})"[^>]{0,300}>\s*(<img\b[^>]{0,20000}>)')
_ATTRIBUTE = re.compile(r'\b(src|title|alt)="([^"]*)"')
_HASH = re.compile(r"([0-9a-f]{32})\.\w+(?:\?|$)")
_RATING = re.compile(r'<meta\s+name="rating"\s+content="(\w+)"', re.IGNORECASE)
_FILE = re.compile(
    r'<(?:img|source|video)\b[^>]{0,20000}?\bsrc="([^"]*/images/[^"]+)"', re.IGNORECASE
)
_TAG = re.compile(
    r'<a\b[^>]{0,300}\bclass="(?:tag-type-)?(\w+)"[^>]{0,300}[;&?]tags=([^"&]+)"', re.IGNORECASE
)
_TYPES = {"model": "artist", "metadata": "meta", "tag": "general"}
_KNOWN_TYPES = frozenset({"general", "artist", "copyright", "character", "meta"})
_NOTHING = re.compile(r"nobody here but us|no (?:posts|images) found|0 posts", re.IGNORECASE)
_WHOLE_PAGE = re.compile(r"</html\s*>", re.IGNORECASE)


class Realbooru(Gelbooru02):
    """realbooru.com."""

    kinds = frozenset({TargetKind.SEARCH, TargetKind.IMAGE, TargetKind.FAVOURITES})

    async def fetch_posts(self, client: Client, asked: Asked) -> Posts:
        tags = asked.tags
        if asked.below is not None:
            tags = f"{tags} id:<{asked.below}".strip()
        about: dict[str, str | int] = {"page": "post", "s": "list", "tags": tags}
        if asked.page is not None:
            about["pid"] = (asked.page - 1) * _PAGE
        text = await client.get_text(f"{self.root}/index.php", about)
        return Posts(read_list(text))

    async def fetch_post(self, client: Client, site_id: str) -> Posts:
        about: dict[str, str | int] = {"page": "post", "s": "view", "id": site_id}
        try:
            text = await client.get_text(f"{self.root}/index.php", about)
        except FetchFailed as failed:
            if failed.reason in ("not_found", "gone"):
                return Posts(())
            raise
        found = read_post(text, site_id)
        return Posts((found,) if found else ())

    async def count_posts(self, client: Client, tags: str) -> int | None:
        return None

    def parse(self, row: dict[str, Any], by_tag: Mapping[str, str]) -> Artwork:
        number = str(self.id_of(row))
        url = self.media_address(row.get("file_url"))
        names = words_of(row["tags"])
        categories: Mapping[str, str] = row.get("categories") or {}
        return Artwork(
            site=self.name,
            site_id=number,
            kind=kind_of(ending_of(url)) if url else _kind_by_tags(names),
            page_url=f"{self.page_url}/index.php?page=post&s=view&id={number}",
            media_url=url,
            rating=_rating(row.get("rating")),
            md5=hex_digest(row.get("md5")),
            tags=tuple(Tag(name, categories.get(name, "")) for name in names),
            raw=row,
        )


def read_list(text: str) -> Sequence[dict[str, Any]]:
    """The posts of a list page: id, tags, preview, md5. Raises FetchFailed for another page."""
    rows = []
    for number, image in _THUMB.findall(text):
        told = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(image)}
        words = told.get("title") or told.get("alt") or ""
        tags = [word for word in words.replace(",", " ").split() if not _is_fact(word)]
        preview = told.get("src", "")
        found = _HASH.search(preview)
        rows.append(
            {
                "id": int(number),
                "tags": " ".join(tags),
                "preview_url": preview,
                "md5": found[1] if found else None,
                "rating": _fact(words, "rating"),
            }
        )
    if not rows and not (_WHOLE_PAGE.search(text) or _NOTHING.search(text)):
        raise FetchFailed("html", http_status=200, detail="a page that is cut off")
    return rows


def read_post(text: str, site_id: str) -> dict[str, Any] | None:
    """A post's page; None when it shows none."""
    file = _FILE.search(text)
    if file is None:
        return None
    categories = {}
    for word, name in _TAG.findall(text):
        category = _TYPES.get(word.lower(), word.lower())
        if category in _KNOWN_TYPES:
            categories[_plain(name)] = category
    url = html.unescape(file[1])
    found, rating = _HASH.search(url), _RATING.search(text)
    return {
        "id": int(site_id),
        "tags": " ".join(categories),
        "categories": categories,
        "file_url": url,
        "md5": found[1] if found else None,
        "rating": rating[1].lower() if rating else None,
    }


def _plain(name: str) -> str:
    return clean_text(unquote_plus(html.unescape(name))) or ""


def _is_fact(word: str) -> bool:
    """`score:5` and `rating:Safe` stand among the tags of a thumbnail."""
    return word.partition(":")[0].lower() in ("score", "rating", "size")


def _fact(words: str, name: str) -> str | None:
    found = re.search(rf"\b{name}:(\w+)", words, re.IGNORECASE)
    return found[1].lower() if found else None


def _rating(word: object) -> Rating | None:
    """The page's own word for its posts is `adult`."""
    text = word.lower() if isinstance(word, str) else ""
    return Rating.XXX if text == "adult" else RATING_WORDS.get(text)


def _kind_by_tags(names: Sequence[str]) -> Kind:
    """A list does not name files, but tags what moves."""
    is_video = {"video", "webm", "mp4"}.intersection(names)
    return Kind.VIDEO if is_video else Kind.IMAGE
