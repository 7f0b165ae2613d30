"""The fields of name templates: what each is called and what it says about an artwork.

`docs/names.md` lists them for people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.naming import UNKNOWN_AUTHOR, UNKNOWN_MODEL, FileFacts, model_version


@dataclass(frozen=True, slots=True)
class Field:
    """`value` is None where nothing is known; then `unknown` stands there, unless the template
    names something else. `is_unique` fields keep different artworks apart."""

    name: str
    value: Callable[[Artwork, FileFacts], str | None]
    unknown: str
    is_unique: bool = False


def _posted(form: str) -> Callable[[Artwork, FileFacts], str | None]:
    """When it was published, in UTC: the same name wherever the file is put."""

    def value(artwork: Artwork, _: FileFacts) -> str | None:
        moment = artwork.posted_at
        return moment.astimezone(UTC).strftime(form) if moment else None

    return value


def _number(number: int | None) -> str | None:
    return None if number is None else str(number)


def _hash(length: int) -> Callable[[Artwork, FileFacts], str | None]:
    return lambda _, facts: facts.sha256[:length] if facts.sha256 else None


FIELDS = (
    Field("site", lambda a, _: a.site, "unknown_site"),
    Field("id", lambda a, _: a.site_id, "unknown_id", is_unique=True),
    Field("author", lambda a, _: a.author, UNKNOWN_AUTHOR),
    Field("author_id", lambda a, _: a.author_id, UNKNOWN_AUTHOR),
    Field("title", lambda a, _: a.title, "untitled"),
    Field("group", lambda a, _: a.group_id, "no_group"),
    Field("group_title", lambda _, facts: facts.group_title, "untitled"),
    Field("position", lambda a, _: _number(a.position), "0"),
    Field("model", lambda a, _: a.model, UNKNOWN_MODEL),
    Field("version", lambda a, _: a.version_name, "unknown_version"),
    Field("version_id", lambda a, _: a.version_id, "unknown_version"),
    Field("model_version", lambda a, _: model_version(a), UNKNOWN_MODEL),
    Field("base_model", lambda a, _: a.base_model, UNKNOWN_MODEL),
    Field("seed", lambda a, _: a.seed, "no_seed"),
    Field("prompt", lambda a, _: a.prompt, "no_prompt"),
    Field("rating", lambda a, _: a.rating.label if a.rating else None, "unrated"),
    Field("sfw", lambda a, facts: "SFW" if a.rating in facts.safe else "NSFW", "NSFW"),
    Field(
        "kind", lambda _, facts: "Images" if facts.kind is Kind.IMAGE else "Videos", "Images"
    ),
    Field("year", _posted("%Y"), "undated"),
    Field("month", _posted("%m"), "undated"),
    Field("day", _posted("%d"), "undated"),
    Field("date", _posted("%Y-%m-%d"), "undated"),
    Field("time", _posted("%H%M%S"), "000000"),
    Field("width", lambda a, _: _number(a.width), "0"),
    Field("height", lambda a, _: _number(a.height), "0"),
    Field("ext", lambda _, facts: facts.extension, "bin"),
    Field("hash", _hash(64), "unhashed", is_unique=True),
    Field("hash8", _hash(8), "unhashed", is_unique=True),
)
FIELD_OF = {field.name: field for field in FIELDS}
