"""What other programs put beside a picture, and what it says of it.

gallery-dl (`<file>.json`, from `--write-metadata`): its extractors, read 2026-11. Hydrus
(`<file>.txt`, `<file>.json`): https://hydrusnetwork.github.io/hydrus/advanced_sidecars.html,
read 2026-11. All of it is hostile: a value of another type than expected is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from artkeep.domain.artwork import Artwork, Tag, clean_text
from artkeep.domain.legacy import (
    ADOPTED,
    CIVITAI,
    OldEntry,
    civitai_artwork,
    kind_of_name,
)
from artkeep.domain.rating import Rating, rating_of_level
from artkeep.media.loose_values import (
    as_https,
    as_moment,
    as_object,
    as_side,
    as_stated,
    as_text,
)
from artkeep.media.sidecar import MOST_BYTES

HYDRUS = "hydrus"
_MOST_TAGS = 5_000
_LONGEST_TAG = 500
_HEX = re.compile(r"[0-9a-f]{64}")
_PAGES = {  # of sites whose pictures gallery-dl numbers as the site does
    CIVITAI: "https://civitai.com/images/{}",
    "danbooru": "https://danbooru.donmai.us/posts/{}",
    "gelbooru": "https://gelbooru.com/index.php?page=post&s=view&id={}",
    "yandere": "https://yande.re/post/show/{}",
    "konachan": "https://konachan.com/post/show/{}",
    "e621": "https://e621.net/posts/{}",
}
_RATINGS = {
    **dict.fromkeys(("g", "general", "safe"), Rating.PG),
    **dict.fromkeys(("sensitive",), Rating.PG13),
    **dict.fromkeys(("q", "questionable"), Rating.R),
    **dict.fromkeys(("e", "explicit"), Rating.XXX),
}

Identify = Callable[[str], tuple[str, str] | None]  # a page's address -> (site, site id)


def read_json(path: Path) -> Any:
    """A JSON file beside a picture, None when it is too large or none."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None


def entry_of_gallery_dl(told: Any, path: str) -> OldEntry | None:
    """The metadata that gallery-dl wrote beside a file; None when it is something else."""
    if not isinstance(told, dict) or not isinstance(told.get("category"), str):
        return None
    site = told["category"]
    file, user = as_object(told.get("file")), as_object(told.get("user"))
    # Civitai's picture is the file, what holds it is a post; e621's is the post itself.
    is_file = "file" in told and (site == CIVITAI or "id" in file)
    site_id = as_text(file.get("id") if is_file else told.get("id"))
    if not site_id or not site or len(site) > 60:
        return None
    page = _PAGES.get(site, "")
    level = told.get("nsfwLevel", file.get("nsfwLevel"))
    post_id = as_text(as_object(told.get("post")).get("id")) or as_text(told.get("postId"))
    artwork = Artwork(
        site=site,
        site_id=site_id,
        kind=kind_of_name(path),
        page_url=page.format(site_id) if page else "",
        media_url=as_https(file.get("url")) or as_https(told.get("file_url")),
        author=as_text(user.get("username")) or as_text(told.get("username")),
        title=as_text(told.get("title")),
        rating=_RATINGS.get(str(told.get("rating")).lower()) or rating_of_level(level),
        posted_at=as_moment(told.get("date")),
        width=as_side(file.get("width", told.get("width"))),
        height=as_side(file.get("height", told.get("height"))),
        md5=as_text(told.get("md5")) or as_text(file.get("md5")),
        group_id=post_id if site == CIVITAI else None,
        tags=tuple(_gallery_dl_tags(told)),
        raw=told,
    )
    sizes = (told.get("file_size"), told.get("filesize"), file.get("size"))
    size = next((one for one in sizes if one is not None), None)
    return OldEntry(path, artwork, path, stated=as_stated({**told, **file}, size=size))


def _gallery_dl_tags(told: Mapping[str, Any]) -> Iterator[Tag]:
    """Tags of a category (`tags_artist`) are also in the plain list, once without it."""
    seen: set[str] = set()
    for name, rows in told.items():
        category = name.removeprefix("tags_").removeprefix("tag_string_")
        if category != name:
            for tag in _names(rows):
                if tag not in seen:
                    seen.add(tag)
                    yield Tag(tag, "" if category == "general" else category)
    for tag in _names(told.get("tags")):
        if tag not in seen:
            seen.add(tag)
            yield Tag(tag)


def _names(rows: Any) -> Iterator[str]:
    if isinstance(rows, str):
        rows = rows.split(", " if ", " in rows else None)
    for row in rows[:_MOST_TAGS] if isinstance(rows, list) else ():
        name = row.get("name") if isinstance(row, dict) else row
        if isinstance(name, str) and (name := (clean_text(name) or "").strip()):
            yield name[:_LONGEST_TAG]


def hydrus_lines(text: str) -> list[str]:
    """Lines of a `.txt` beside a file."""
    return [line.strip() for line in text.splitlines()[:_MOST_TAGS] if line.strip()]


def hydrus_texts(told: Any) -> list[str] | None:
    """Every text of a `.json` beside a file; None when it is no list or object of lists."""
    if isinstance(told, list):
        rows = told
    elif isinstance(told, dict) and told:
        if not all(isinstance(value, list) for value in told.values()):
            return None
        rows = [row for value in told.values() for row in value]
    else:
        return None
    return [row.strip() for row in rows[:_MOST_TAGS] if isinstance(row, str) and row.strip()]


def entry_of_hydrus(texts: list[str], path: str, identify: Identify) -> OldEntry | None:
    """Tags and addresses that Hydrus wrote beside a file, `creator:` and `title:` read.

    Which picture it is, an address tells, or the hash that the file is named by.
    """
    addresses = [text for text in texts if re.match(r"https?://", text)]
    tags: list[Tag] = []
    author = title = None
    for text in texts:
        if text in addresses:
            continue
        space, colon, name = text.partition(":")
        if colon and space == "creator":
            author = author or clean_text(name)
        elif colon and space == "title":
            title = title or clean_text(name)
        is_spaced = bool(colon and name and space.isascii() and space.isidentifier())
        name = clean_text(name if is_spaced else text) or ""
        if name:
            tags.append(Tag(name[:_LONGEST_TAG], space if is_spaced else ""))
    found = next(filter(None, map(identify, addresses)), None)
    stem = Path(path).stem.lower()
    if found is None and _HEX.fullmatch(stem):
        found = (HYDRUS, stem)
    if found is None:
        return None
    page = addresses[0] if addresses else ""
    artwork = Artwork(
        *found,
        kind_of_name(path),
        page,
        author=author,
        title=title,
        raw={ADOPTED: [{"texts": texts}]},
    )
    return OldEntry(path, artwork, path, tags=tuple(tags))


def entry_of_text(site_id: str, path: str, text: str | None) -> OldEntry:
    """A file named by its number, and what its `_meta.txt` says if there is one."""
    fields = _meta_fields(text or "")
    user = re.search(r"[?&]username=([\w.-]+)", fields.get("URL", ""))
    author = user[1] if user and user[1] != "unknown_user" else None
    artwork = civitai_artwork(
        site_id,
        path=path,
        model=fields.get("Model"),
        author=author,
        history={"text": text} if text else None,
    )
    return OldEntry(path, _with_prompt(artwork, fields), path)


def _with_prompt(artwork: Artwork, fields: Mapping[str, str]) -> Artwork:
    return replace(
        artwork,
        prompt=clean_text(fields.get("prompt")),
        negative_prompt=clean_text(fields.get("negativePrompt")),
        seed=clean_text(fields.get("seed")),
    )


def _meta_fields(text: str) -> dict[str, str]:
    """`key: value` lines; what is not one belongs to the value before it."""
    fields: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        name, colon, value = line.partition(": ")
        if colon and re.fullmatch(r"[A-Za-z][\w ]{0,40}", name):
            last = name
            fields.setdefault(name, value)
        elif last:
            fields[last] += f"\n{line}"
    return fields
