"""From pixiv's works to artworks. No I/O.

A work of several pages is a group with an artwork for each; of an animation (ugoira) the
artwork is the archive of its pictures. What the app may not show comes with a placeholder for
a picture and with nothing else: such a work is a reject, and its picture never a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from artkeep.domain.artwork import Artwork, Group, Kind, Reject, Tag, clean_text
from artkeep.domain.rating import Rating
from artkeep.sites._adapter import parse_each
from artkeep.sites._booru_fields import whole_number

SITE = "pixiv"
_PAGES = "https://www.pixiv.net"
_PLACEHOLDER = "/common/images/"
_UGOIRA = re.compile(r"/img-original/(img/[\d/]+/\d+_ugoira)\d+\.\w+")
_LARGE, _SMALL = "1920x1080", "600x600"
# Of works for all ages, by how pixiv sorts them.
_BY_SANITY = {2: Rating.PG, 4: Rating.PG13, 6: Rating.R}


@dataclass(frozen=True, slots=True)
class Works:
    """What a page of works holds."""

    artworks: tuple[Artwork, ...]
    groups: tuple[Group, ...]
    rejects: tuple[Reject, ...]


def read_works(rows: Iterable[Any]) -> Works:
    """Every page of every work; what is withheld or cannot be read is a reject."""
    withheld = [row for row in rows if isinstance(row, dict) and _is_withheld(row)]
    shown = [row for row in rows if row not in withheld]
    parsed, rejects = parse_each(shown, parse_work)
    groups = [group for _, group in parsed if group is not None]
    return Works(
        tuple(artwork for artworks, _ in parsed for artwork in artworks),
        tuple(groups),
        (*rejects, *map(_reject, withheld)),
    )


def parse_work(row: dict[str, Any]) -> tuple[tuple[Artwork, ...], Group | None]:
    """The artworks of a work, and their group when there are several. Raises what `parse_each`
    understands."""
    number = str(int(row["id"]))
    if row["type"] == "ugoira":
        return (_ugoira(row, number),), None
    single = (row.get("meta_single_page") or {}).get("original_image_url")
    pages = [page["image_urls"]["original"] for page in row.get("meta_pages") or ()]
    urls = pages or ([single] if single else [])
    if not urls:
        raise ValueError("a work without pictures")
    if not all(map(file_address, urls)):
        raise ValueError("not every picture has an address")
    is_group = len(urls) > 1
    artworks = tuple(
        _artwork(
            # Each keeps what is about itself: a work may have 200 pages.
            {**row, "meta_pages": row["meta_pages"][place : place + 1]} if is_group else row,
            f"{number}_p{place}",
            Kind.IMAGE,
            url,
            place if is_group else None,
        )
        for place, url in enumerate(urls)
    )
    return artworks, _group(row, number, len(urls)) if is_group else None


def smaller_archive(url: str) -> str | None:
    """The address of the archive with the smaller pictures."""
    smaller = url.replace(f"ugoira{_LARGE}.zip", f"ugoira{_SMALL}.zip")
    return smaller if smaller != url else None


def small_forms(artwork: Artwork) -> Mapping[str, Any]:
    """The addresses of the smaller pictures of an artwork's own page: `medium`, `large` …"""
    pages = artwork.raw.get("meta_pages")
    page = pages[0] if isinstance(pages, list) and pages else artwork.raw
    forms = page.get("image_urls") if isinstance(page, dict) else None
    return forms if isinstance(forms, dict) else {}


def file_address(value: object) -> str | None:
    """An address of a file; None for anything else, and for what pixiv shows in place of what
    it may not show."""
    try:
        split = urlsplit(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if split is None or split.scheme not in ("http", "https") or not split.netloc:
        return None
    return None if _PLACEHOLDER in split.path else split.geturl()


def _ugoira(row: dict[str, Any], number: str) -> Artwork:
    """The archive's address follows from that of the first picture."""
    found = _UGOIRA.search(row["meta_single_page"]["original_image_url"])
    if found is None:
        raise ValueError("an ugoira without an archive")
    split = urlsplit(row["meta_single_page"]["original_image_url"])
    root = f"{split.scheme}://{split.netloc}"
    url = f"{root}/img-zip-ugoira/{found[1]}{_LARGE}.zip"
    return _artwork(row, f"{number}_ugoira", Kind.UGOIRA, url, None)


def _artwork(
    row: dict[str, Any], site_id: str, kind: Kind, url: str, position: int | None
) -> Artwork:
    user = row["user"]
    # Of several pages pixiv tells the size of the first only.
    is_known_size = not position
    return Artwork(
        site=SITE,
        site_id=site_id,
        kind=kind,
        page_url=f"{_PAGES}/artworks/{row['id']}",
        media_url=url,
        author=clean_text(user.get("name")),
        author_id=clean_text(user.get("id")),
        title=clean_text(row.get("title")),
        rating=_rating(row),
        posted_at=datetime.fromisoformat(row["create_date"]),
        width=whole_number(row.get("width")) if is_known_size else None,
        height=whole_number(row.get("height")) if is_known_size else None,
        group_id=str(row["id"]) if position is not None else None,
        position=position,
        tags=tuple(_tag(tag) for tag in row["tags"]),
        tags_origin="booru",
        raw=row,
    )


def _group(row: dict[str, Any], number: str, pages: int) -> Group:
    return Group(
        SITE,
        number,
        title=clean_text(row.get("title")),
        page_url=f"{_PAGES}/artworks/{number}",
        author=clean_text(row["user"].get("name")),
        posted_at=datetime.fromisoformat(row["create_date"]),
        expected_count=pages,
        raw=row,
    )


def _rating(row: dict[str, Any]) -> Rating | None:
    if row.get("x_restrict"):
        return Rating.XXX  # R-18 and R-18G
    return _BY_SANITY.get(row.get("sanity_level") or 0)


def _tag(told: dict[str, Any]) -> Tag:
    """Tags have no ids there: their names are."""
    name = str(clean_text(told["name"]))
    return Tag(name, site_tag_id=name, display=clean_text(told.get("translated_name")))


def _is_withheld(row: dict[str, Any]) -> bool:
    """Deleted, for friends only, or more than this account may see."""
    if row.get("visible") is False:
        return True
    single = row.get("meta_single_page")
    url = single.get("original_image_url") if isinstance(single, dict) else None
    return isinstance(url, str) and _PLACEHOLDER in url


def _reject(row: dict[str, Any]) -> Reject:
    single = row.get("meta_single_page")
    url = str((single or {}).get("original_image_url") or "")
    name = url.rpartition("/")[2].partition(".")[0]
    return Reject("withheld", clean_text(row.get("id")), re.sub(r"_\d+$", "", name))
