"""What a training set would hold, and why the rest stays out, before anything is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.captions import captioner
from artkeep.domain.query import parse_query
from artkeep.domain.training import (
    READ_BY_ALL,
    TrainingOptions,
    bucket_of,
    resized,
    stem_of,
    without_near_duplicates,
)
from artkeep.store import removal, training
from artkeep.store.base import Store
from artkeep.store.training import PictureFile

LICENCE = "Not stated by the site; what its artist allows counts. See the page."
EXTENSIONS = {"jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture of the set, in pixels as it will be there. With `is_made` it is written anew,
    as PNG; else the file is taken as it is."""

    stem: str
    caption: str
    file: PictureFile
    width: int
    height: int
    is_made: bool
    bucket: tuple[int, int]
    origin: dict[str, Any]

    @property
    def name(self) -> str:
        """The file's name in the set."""
        name = self.file.format
        extension = "png" if self.is_made else EXTENSIONS.get(name, name)
        return f"{self.stem}.{extension}"

    def recipe(self, options: TrainingOptions) -> str:
        """Equal where the same bytes come out."""
        if not self.is_made:
            return f"{self.file.sha256} as it is"
        flat = " flat" if options.flatten else ""
        return f"{self.file.sha256} png {self.width}x{self.height}{flat}"


@dataclass(slots=True)
class TrainingPlan:
    """`left_out` by reason: no_file video animated unknown_size too_small odd_aspect unreadable
    near_duplicate same_file."""

    options: TrainingOptions
    artworks: int = 0
    entries: list[Entry] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """The numbers, without the pictures."""
        buckets = Counter(one.bucket for one in self.entries)
        return {
            "artworks": self.artworks,
            "pictures": len(self.entries),
            "steps": len(self.entries) * self.options.repeats,
            "bytes": sum(one.file.size for one in self.entries),
            "made": sum(one.is_made for one in self.entries),
            "enlarged": sum(_is_small(one) for one in self.entries),
            "left_out": dict(sorted(self.left_out.items())),
            "buckets": [
                {"width": width, "height": height, "pictures": amount}
                for (width, height), amount in sorted(buckets.items())
            ],
            "captions": [
                {"file": one.name, "caption": one.caption} for one in self.entries[:5]
            ],
        }


def plan(
    store: Store,
    query: str,
    options: TrainingOptions,
    go_on: Callable[[], None] = lambda: None,
) -> TrainingPlan:
    """Look at everything that a query means; nothing is written. Raises BadQuery, and what
    `go_on` raises to end it early."""
    with store.reading() as connection:
        meant = removal.without_removed(connection, parse_query(query))
    found = TrainingPlan(options)
    entries: list[Entry] = []
    seen: set[str] = set()
    captions = captioner(options.rules)
    for one, file in training.candidates(store, meant):
        go_on()
        found.artworks += 1
        reason = _reason_against(one.artwork, file, options)
        if reason is None and file is not None and file.sha256 in seen:
            reason = "same_file"
        if reason is not None or file is None:
            found.left_out[reason or "no_file"] += 1
            continue
        seen.add(file.sha256)
        entries.append(_entry(one.artwork, file, captions.caption(one.artwork), options))
    # Of two that look alike the larger one stays; the order is the same every time.
    entries.sort(key=lambda one: (-(one.file.width or 0) * (one.file.height or 0), one.stem))
    if options.near is not None:
        hashed = [(one, one.file.perceptual_hash) for one in entries]
        entries, amount = without_near_duplicates(hashed, options.near)
        found.left_out["near_duplicate"] += amount
        found.left_out = +found.left_out
    found.entries = sorted(entries, key=lambda one: one.stem)
    return found


def _reason_against(
    artwork: Artwork, file: PictureFile | None, options: TrainingOptions
) -> str | None:
    if artwork.kind is not Kind.IMAGE:
        return "video"
    if file is None:
        return "no_file"
    if file.format not in READABLE:
        return "unreadable"
    if (file.frames or 1) > 1:
        return "animated"
    if not file.width or not file.height:
        return "unknown_size"
    if min(file.width, file.height) < options.min_side:
        return "too_small"
    aspect = max(file.width, file.height) / min(file.width, file.height)
    return "odd_aspect" if options.max_aspect and aspect > options.max_aspect else None


READABLE: Sequence[str] = ("png", "jpeg", "webp", "gif", "avif")


def _entry(
    artwork: Artwork, file: PictureFile, caption: str, options: TrainingOptions
) -> Entry:
    width, height = file.width or 1, file.height or 1
    smaller = resized(width, height, options.size) if options.resize else None
    is_read = file.format in READ_BY_ALL or file.format == "avif"
    may_be_clear = options.flatten and file.format != "jpeg"
    is_made = bool(smaller) or not is_read or file.format in options.convert or may_be_clear
    artists = [tag.name for tag in artwork.tags if tag.category == "artist"]
    source = artwork.raw.get("source")
    origin = {
        "site": artwork.site,
        "id": artwork.site_id,
        "page": artwork.page_url,
        "artist": ", ".join(artists) or artwork.author,
        "source": source if isinstance(source, str) and source else None,
        "md5": artwork.md5,
        "rating": artwork.rating.label if artwork.rating is not None else None,
        "licence": LICENCE,
        "original_sha256": file.sha256,
    }
    return Entry(
        stem_of(artwork.site, artwork.site_id),
        caption,
        file,
        *(smaller or (width, height)),
        is_made=is_made,
        bucket=bucket_of(width, height, options.size),
        origin=origin,
    )


def _is_small(one: Entry) -> bool:
    return one.width < one.bucket[0] or one.height < one.bucket[1]
