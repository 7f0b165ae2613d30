"""One post of Danbooru → Artwork. Pure. Fields: Danbooru's `app/models/post.rb`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from artkeep.domain.artwork import Artwork, Kind, Tag, clean_text, json_safe
from artkeep.domain.rating import Rating
from artkeep.sites._booru_fields import (
    ending_of,
    hex_digest,
    iso_time,
    kind_of,
    whole_number,
    words_of,
)

RATINGS = {"g": Rating.PG, "s": Rating.PG13, "q": Rating.R, "e": Rating.XXX}
# Sub-domains that show a part only, and the words of a query for that part.
SITES_OF_RATING = {
    "safebooru.donmai.us": "rating:g",
    "general.aibooru.online": "rating:g",
    "safe.aibooru.online": "rating:g,s",
}
# The fields of tags by category; AIBooru has a sixth one.
CATEGORIES = {
    "tag_string_artist": "artist",
    "tag_string_copyright": "copyright",
    "tag_string_character": "character",
    "tag_string_model": "model",
    "tag_string_general": "general",
    "tag_string_meta": "meta",
}
# AIBooru's labels are title-cased words of what stands in the file.
_LABELS = {
    "Cfg Scale": "CFG scale",
    "Clip Skip": "Clip skip",
    "Model Hash": "Model hash",
    "Schedule Type": "Schedule type",
    "Denoising Strength": "Denoising strength",
    "Vae": "VAE",
    "Vae Hash": "VAE hash",
    "Ensd": "ENSD",
}
_LONGEST_LABEL = 60


def parse_post(
    row: Mapping[str, Any], site: str, root: str, address: Callable[[object], str | None]
) -> Artwork:
    """One element of posts.json, with `ai_metadata` where that was put beside it.

    Raises ValueError without a usable id or tags.
    """
    site_id = whole_number_text(row.get("id"))
    tags = parse_tags(row)
    artist = next((tag.name for tag in tags if tag.category == "artist"), None)
    url = address(row.get("file_url"))
    made = row.get("ai_metadata")
    made = json_safe(made) if isinstance(made, dict) else {}
    generation = read_generation(made)
    model = next((tag.name for tag in tags if tag.category == "model"), None)
    return Artwork(
        site=site,
        site_id=site_id,
        kind=_kind(row, url),
        page_url=f"{root}/posts/{site_id}",
        media_url=url,  # absent where the viewer may not see it
        author=artist,
        author_id=None,
        rating=RATINGS.get(str(row.get("rating"))),
        posted_at=iso_time(row.get("created_at")),
        width=whole_number(row.get("image_width")),
        height=whole_number(row.get("image_height")),
        model=_text(generation.get("Model")) or model,
        prompt=_text(made.get("prompt")),
        negative_prompt=_text(made.get("negative_prompt")),
        seed=_text(generation.get("Seed")),
        generation=generation or None,
        md5=hex_digest(row.get("md5")),
        tags=tags,
        raw=row,
    )


def parse_tags(row: Mapping[str, Any]) -> tuple[Tag, ...]:
    """By category where the post tells; what no category has is a general tag."""
    tags = [
        Tag(name, category)
        for field, category in CATEGORIES.items()
        if isinstance(row.get(field), str)
        for name in words_of(row[field])
    ]
    known = {tag.name for tag in tags}
    rest = [name for name in words_of(row["tag_string"]) if name not in known]
    return (*tags, *(Tag(name, "general") for name in rest))


def tags_in(row: Mapping[str, Any]) -> frozenset[str]:
    """The names of a post's tags in lower case."""
    return frozenset(words_of(str(row.get("tag_string") or "").lower()))


def read_generation(made: Mapping[str, Any]) -> dict[str, Any]:
    """AIBooru's record of how a post was made, under the names that infotexts use."""
    told = made.get("parameters")
    found: dict[str, Any] = {}
    if prompt := _text(made.get("prompt")):
        found["prompt"] = prompt
    if negative := _text(made.get("negative_prompt")):
        found["negativePrompt"] = negative
    for label, value in told.items() if isinstance(told, dict) else ():
        name, text = _LABELS.get(label, str(label)), _text(value)
        if text and len(name) <= _LONGEST_LABEL:
            found.setdefault(name, text)
    return found


def withheld(row: Mapping[str, Any]) -> str | None:
    """Why a post comes without its file, in words; None when it has one."""
    if row.get("file_url"):
        return None
    if row.get("is_banned"):
        return "The artist or the site took this post down."
    if row.get("is_deleted"):
        return "The site deleted this post."
    return "The site shows this post only to accounts that may see more."


def _kind(row: Mapping[str, Any], url: str | None) -> Kind:
    ending = str(row.get("file_ext") or "").lower() or ending_of(url)
    return Kind.UGOIRA if ending == "zip" else kind_of(ending)


def whole_number_text(value: object) -> str:
    """An id as text. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ValueError("no usable id")
    return str(value)


def _text(value: object) -> str | None:
    if isinstance(value, bool | dict | list):
        return None
    text = clean_text(value)
    return text if text and text.strip() else None
