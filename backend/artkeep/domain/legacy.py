"""What earlier programs wrote down about a picture, and how their spellings are understood.

Source: the classic downloader's JSON history and database, from version 0.4 on, read 2026-11.
Pure: readers of files, trees and databases make an `OldEntry` each, and `jobs/adopt.py` takes
them over. Everything here was written by somebody else's program and is to be distrusted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from artkeep.domain.artwork import Artwork, Group, Kind, Tag, clean_text
from artkeep.domain.target import Target, TargetKind

CIVITAI = "civitai"
HD, SD = "hd", "sd"
ADOPTED = "adopted"  # in a record: what earlier programs wrote down, as they wrote it
OUTPUT_FOLDER = "image_downloads"  # where the classic downloader puts everything by default
HISTORY = "downloaded_images.json"
TEXT_HISTORY = "downloaded_images.txt"
UNSORTED = frozenset(
    {"videos", "no_metadata", "invalid_metadata", "no_meta_data", "invalid_meta"}
)

_TARGETS = {
    "username": TargetKind.USER,
    "model": TargetKind.MODEL,
    "tag": TargetKind.MODEL_TAG,
    "modelVersion": TargetKind.VERSION,
}
SEARCH_FOLDERS = {
    "Username_Search": ("", TargetKind.USER),
    "Model_ID_Search": ("model_", TargetKind.MODEL),
    "Model_Tag_Search": ("", TargetKind.MODEL_TAG),
    "Model_Version_ID_Search": ("modelVersion_", TargetKind.VERSION),
}
_BY_ID = (TargetKind.MODEL, TargetKind.VERSION)
_KEY = re.compile(
    r"(?:(?P<type>username|model|tag|modelVersion):(?P<value>.+)_)?"
    r"(?P<id>[0-9]{1,18})(?:_(?P<quality>sd|hd)?(?P<rest>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?: - (\d\d):(\d\d))?", re.ASCII)
_VIDEOS = frozenset({"mp4", "webm", "mov", "mkv"})
_LONGEST_VALUE = 200
_LONGEST_TAG = 500
_MOST_TAGS = 2_000


@dataclass(frozen=True, slots=True)
class Stated:
    """What is said of a file's bytes: how many, and a hash of them in lower case."""

    size: int
    algorithm: str  # md5 sha1 sha256 sha512
    digest: str


@dataclass(frozen=True, slots=True)
class OldEntry:
    """One picture as an earlier program knew it.

    `path` is where it says that the file lies, as it spelt that. `tags` are what the program
    noted beside what the site itself said (`artwork.tags`). `notes` are reason codes of what
    could not be understood; the entry counts all the same.
    """

    key: str
    artwork: Artwork
    path: str | None = None
    quality: str = HD
    downloaded_at: datetime | None = None
    downloaded_sha256: str | None = None  # of the bytes as they came, where that was written
    tags: tuple[Tag, ...] = ()
    targets: tuple[Target, ...] = ()
    group: Group | None = None
    voted_at: datetime | None = None  # when the site was asked for `artwork.tags` with votes
    role: str = "original"
    stated: Stated | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OldReject:
    """Something that is no picture's entry, and why."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class OldKey:
    """What a key of the classic history tells. `quality` is None where it does not."""

    site_id: str
    quality: str | None
    target: Target | None
    is_odd: bool


def read_key(key: str) -> OldKey | None:
    """`<id>_<SD|HD>` or `<type>:<value>_<id>_<SD|HD>`; None where no number is to be found.

    Values hold underscores and digits: they are read from the right.
    """
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    quality = found["quality"]
    target = read_target(found["type"], found["value"]) if found["type"] else None
    return OldKey(
        str(int(found["id"])), quality.lower() if quality else None, target, bool(found["rest"])
    )


def read_target(kind: object, value: object) -> Target | None:
    """The target of a row, in our words: a tag's underscores are its spaces."""
    known = _TARGETS.get(kind) if isinstance(kind, str) else None
    name = (clean_text(value) or "").strip()[:_LONGEST_VALUE]
    if known is None or not name or (known in _BY_ID and not name.isdecimal()):
        return None
    if known is TargetKind.MODEL_TAG:
        name = name.replace("_", " ").strip() or name
    return Target(CIVITAI, known, name)


def read_quality(told: object) -> str | None:
    """`hd`, `sd`, or None."""
    text = told.strip().lower() if isinstance(told, str) else ""
    return text if text in (HD, SD) else None


def read_date(told: object) -> datetime | None:
    """`2024-03-02` or `2024-03-02 - 21:07`, in this machine's time, as UTC."""
    found = _DATE.fullmatch(told.strip()) if isinstance(told, str) else None
    if found is None:
        return None
    try:
        year, month, day, hour, minute = (int(part or 0) for part in found.groups())
        moment = datetime(year, month, day, hour, minute)  # noqa: DTZ001 - local
        return moment.astimezone(UTC) if 1990 <= moment.year <= 2200 else None
    except (ValueError, OverflowError, OSError):
        return None


def read_tags(told: object) -> tuple[tuple[Tag, ...], bool]:
    """Tags in their order, each once, and whether they were all written as they should be.

    A text is one tag, an object is its `name`, a number is itself.
    """
    if told is None or told == "":
        return (), True
    rows = told if isinstance(told, list) else [told]
    is_plain = isinstance(told, list)
    names: dict[str, None] = {}
    for row in rows[:_MOST_TAGS]:
        if isinstance(row, dict):
            row = row.get("name")
        if isinstance(row, str) or (isinstance(row, int) and not isinstance(row, bool)):
            name = (clean_text(row) or "").strip()[:_LONGEST_TAG]
            if name:
                names[name] = None
        elif row is not None:
            is_plain = False
    return tuple(map(Tag, names)), is_plain


def path_parts(path: str) -> tuple[str, ...]:
    """Components of a stored path of either system; a drive or a leading slash is one, too."""
    slashed = path.replace("\\", "/")
    parts = [part for part in slashed.split("/") if part not in ("", ".")]
    return ("/", *parts) if slashed.startswith("/") else tuple(parts)


def output_depth(parts: Sequence[str]) -> int | None:
    """How many of the components of a file's path name the output folder; None if unknown."""
    for at, part in enumerate(parts[:-1]):
        if part in SEARCH_FOLDERS:
            return at
    if OUTPUT_FOLDER in parts[:-1]:
        return parts.index(OUTPUT_FOLDER) + 1
    return None


def target_of_path(parts: Sequence[str]) -> Target | None:
    """The target whose folder a file of a classic tree lies in.

    The oldest trees have no search folder: there, the folder is a user's.
    """
    depth = output_depth(parts)
    folders = parts[depth:-1] if depth is not None else ()
    if not folders:
        return None
    if folders[0] in SEARCH_FOLDERS:
        prefix, kind = SEARCH_FOLDERS[folders[0]]
        name = folders[1] if len(folders) > 1 else ""
        if not name.startswith(prefix):
            return None
        return read_target(_word(kind), name.removeprefix(prefix))
    if folders[0] in UNSORTED:
        return None
    for prefix, kind in (("modelVersion_", TargetKind.VERSION), ("model_", TargetKind.MODEL)):
        if (number := folders[0].removeprefix(prefix)) != folders[0] and number.isdecimal():
            return read_target(_word(kind), number)
    return read_target("username", folders[0])


def _word(kind: TargetKind) -> str:
    return next(word for word, known in _TARGETS.items() if known is kind)


def kind_of_name(name: str) -> Kind:
    """By the ending of a file's name, until its bytes are seen."""
    return Kind.VIDEO if name.rpartition(".")[2].lower() in _VIDEOS else Kind.IMAGE


def civitai_artwork(
    site_id: str,
    *,
    path: str | None = None,
    url: object = None,
    model: object = None,
    author: str | None = None,
    history: Mapping[str, Any] | None = None,
) -> Artwork:
    """As much of an artwork as a line of the classic history tells; `history` is the line
    itself, which is kept until the site tells more."""
    media_url = clean_text(url) if isinstance(url, str) else None
    return Artwork(
        site=CIVITAI,
        site_id=site_id,
        kind=kind_of_name(path or media_url or ""),
        page_url=f"https://civitai.com/images/{site_id}",
        media_url=media_url if media_url and media_url.startswith("https://") else None,
        author=author,
        model=clean_text(model) if isinstance(model, str) and model.strip() else None,
        raw={ADOPTED: [history]} if history else {},
    )


def author_among(targets: Sequence[Target]) -> str | None:
    """A user's listing holds that user's pictures only."""
    return next((one.value for one in targets if one.kind is TargetKind.USER), None)
