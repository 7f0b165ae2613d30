"""What a Shimmie2 says about its posts: in XML, in JSON, or in its pages. Pure functions.

All three give rows of the same shape: `id`, `tags` and `file_url`, and more where it is told.
The XML of 2023 holds HTML's entities, which no XML parser accepts, and calls a post `tag`: so
it is read as a page is, by attributes. A page's own addresses tell how the host writes links.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/quicktime": "mov",
    "video/x-matroska": "mkv",
}
_TITLE = re.compile(r"(?:Image|Post) (\d{1,18}): (.*)", re.DOTALL)
_VIEW = re.compile(r"post/view/(\d{1,18})")
# What a search must not contain as it is; the dot only where it stands alone.
_CARETS = {"^": "^^", "/": "^s", "\\": "^b", "?": "^q", "&": "^a"}


def escaped(tags: str) -> str:
    """A search as a part of a path."""
    text = "".join(_CARETS.get(sign, sign) for sign in tags)
    return "^d" * len(text) if text in (".", "..") else text


def read_xml(text: str) -> tuple[list[dict[str, Any]], int | None] | None:
    """Posts and their number from `<posts count offset>`; None when it is no such answer."""
    parser = _Parser()
    parser.feed(text)
    if parser.posts is None:
        return None
    count = parser.posts.get("count") or ""
    rows = [row for row in parser.elements if "md5" in row]
    return rows, int(count) if count.isdigit() else None


def read_page(text: str) -> list[dict[str, Any]] | None:
    """Posts of a list, or the one post that a search led to; None when it is neither."""
    parser = _Parser()
    parser.feed(text)
    rows = [_of_thumbnail(row) for row in parser.elements if "data-post-id" in row]
    if rows:
        return rows
    one = _of_view(parser)
    return [one] if one else ([] if parser.is_shimmie else None)


def _of_thumbnail(told: Mapping[str, str]) -> dict[str, Any]:
    number, link = told["data-post-id"], told.get("href", "")
    ending = _ENDINGS.get(told.get("data-mime", ""), "png")
    # The bytes tell what they are; the ending of the address is not looked at by the server.
    before = "/index.php?q=" if "index.php?q=" in link else "/"
    return {
        "id": number,
        "tags": told.get("data-tags", ""),
        "width": told.get("data-width"),
        "height": told.get("data-height"),
        "file_url": f"{before}image/{number}.{ending}",
        "preview_url": f"{before}thumb/{number}.jpg",
    }


def _of_view(parser: _Parser) -> dict[str, Any] | None:
    """A post's own page: its title names number and tags, its picture where the file is."""
    title = _TITLE.search(parser.title)
    picture = next((e for e in parser.elements if e.get("id") == "main_image"), None)
    source = parser.video_source or (picture or {}).get("src")
    if title is None or not source:
        return None
    return {"id": title[1], "tags": " ".join(title[2].split()), "file_url": source}


class _Parser(HTMLParser):
    """Every element's attributes, and the few texts that matter."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[dict[str, str]] = []
        self.posts: dict[str, str] | None = None
        self.title = ""
        self.video_source: str | None = None
        self.is_shimmie = False
        self._is_in_title = False
        self._is_in_video = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self._is_in_title = tag == "title"
        self._is_in_video = tag == "video" or (self._is_in_video and tag == "source")
        if self._is_in_video and self.video_source is None:
            self.video_source = told.get("src") or None
        if tag == "posts":
            self.posts = told
        self.is_shimmie = self.is_shimmie or "shm-" in told.get("class", "")
        self.is_shimmie = self.is_shimmie or bool(_VIEW.search(told.get("href", "")))
        if told:
            self.elements.append(told)

    def handle_data(self, data: str) -> None:
        if self._is_in_title:
            self.title += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._is_in_title = False
