"""A tracking database as large as a collector's, made in a few seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image
from sqlalchemy import insert

from artkeep.stages.examine import thumb_path
from artkeep.store.base import Store
from artkeep.store.models import Artwork, ArtworkFile, ArtworkTag, File, Place, Root, Tag

_BATCH = 5000
_THEN = datetime(2026, 1, 1, tzinfo=UTC)
_RATINGS = (1, 1, 2, 4, 8, 16)


def fill(store: Store, amount: int) -> list[int]:
    """Downloaded artworks with a file, a place and three tags each; their row ids."""
    with store.writing() as connection:
        connection.execute(
            insert(Root), {"id": 1, "marker": "m", "path": "/", "added_at": _THEN}
        )
        connection.execute(
            insert(Tag), [{"id": n, "name": f"tag {n}", "category": ""} for n in range(1, 201)]
        )
        for first in range(1, amount + 1, _BATCH):
            numbers = range(first, min(first + _BATCH, amount + 1))
            connection.execute(insert(Artwork), [_artwork(number) for number in numbers])
            connection.execute(insert(File), [_file(number) for number in numbers])
            connection.execute(
                insert(ArtworkFile), [{"artwork_id": n, "file_id": n} for n in numbers]
            )
            connection.execute(insert(Place), [_place(number) for number in numbers])
            connection.execute(
                insert(ArtworkTag),
                [
                    {
                        "artwork_id": number,
                        "tag_id": (number * step) % 200 + 1,
                        "origin": f"site{step}",
                        "fetched_at": _THEN,
                    }
                    for number in numbers
                    for step in (1, 7, 31)
                ],
            )
    return list(range(1, amount + 1))


def add_thumbnails(thumbs: Path, artwork_ids: list[int]) -> None:
    """Thumbnails of about 25 KB, as the examine stage leaves them."""
    picture = Image.effect_noise((320, 480), 60).convert("RGB")
    for artwork_id in artwork_ids:
        path = thumb_path(thumbs, artwork_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, "WEBP", quality=60)


def _artwork(number: int) -> dict[str, object]:
    return {
        "id": number,
        "site": "civitai",
        "site_id": str(10_000_000 + number),
        "kind": "video" if number % 20 == 0 else "image",
        "page_url": f"https://civitai.com/images/{10_000_000 + number}",
        "author": f"author_{number % 500}",
        "model": f"Model {number % 90}",
        "rating": _RATINGS[number % 6],
        "prompt": f"a misty valley at dawn, volumetric light, number {number}, " * 4,
        "width": 1024,
        "height": 1536,
        "download_status": "done",
        "examine_status": "done",
        "added_at": _THEN + timedelta(seconds=number),
        "downloaded_at": _THEN + timedelta(seconds=number),
        # Pages list neighbours in time, not in the order in which they were stored.
        "posted_at": _THEN + timedelta(seconds=number * 7919 % 1_000_003),
    }


def _file(number: int) -> dict[str, object]:
    return {
        "id": number,
        "role": "original",
        "quality": "hd",
        "format": "mp4" if number % 20 == 0 else "jpeg",
        "size": 200_000 + number % 5000,
        "width": 1024,
        "height": 1536,
        "sha256": f"{number:064x}",
        "downloaded_sha256": f"{number:064x}",
        "created_at": _THEN,
    }


def _place(number: int) -> dict[str, object]:
    path = f"CivitAI_Browse/Images/SFW/Model {number % 90}/author_{number % 500}/{number}.jpeg"
    return {
        "id": number,
        "root_id": 1,
        "path": path,
        "compare_key": path.casefold(),
        "file_id": number,
        "artwork_id": number,
        "is_primary": True,
    }
