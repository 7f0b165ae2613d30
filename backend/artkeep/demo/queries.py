"""Reading and refusing query parameters the way the real API does."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TRUE_WORDS = frozenset({"true", "1", "yes", "on", "y", "enabled"})
FALSE_WORDS = frozenset({"false", "0", "no", "off", "n", "disabled"})
IMAGE_SORTS = (
    "Most Reactions",
    "Most Comments",
    "Most Collected",
    "Newest",
    "Oldest",
    "Random",
)
PERIODS = ("Day", "Week", "Month", "Year", "AllTime")
_USERNAME = re.compile(r"[A-Za-z0-9_]*")
_LEGACY_MASKS = {
    "None": 1,
    "Soft": 3,
    "Mature": 7,
    "X": 31,
    "Blocked": 1,
    "true": 28,
    "false": 1,
}


class Refused(Exception):
    """A request that gets an error body. `body` is what is sent as JSON."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


def invalid(field: str, issue: Mapping[str, Any], message: str) -> Refused:
    """A validation error: its message is itself JSON text, a list of issues."""
    full = {**issue, "path": [field], "message": message}
    return Refused(
        400, {"error": {"name": "ZodError", "message": json.dumps([full], indent=2)}}
    )


def too_many_pages() -> Refused:
    return Refused(
        429, {"error": "You've requested too many pages, please use cursors instead"}
    )


@dataclass(frozen=True, slots=True)
class ImageQuery:
    """The parameters of `/images`. `mask` is already cleaned, `flat_meta` None if not said."""

    limit: int
    cursor: str | None
    page: int | None
    username: str | None
    user_id: int | None
    post_id: int | None
    model_id: int | None
    version_id: int | None
    image_id: int | None
    tags: tuple[int, ...]
    type: str | None
    base_models: tuple[str, ...]
    sort: str
    period: str
    mask: int
    with_meta: bool
    with_tags: bool
    flat_meta: bool | None

    @property
    def uses_database(self) -> bool:
        return self.image_id is not None or (
            self.model_id is not None and self.version_id is None
        )


def parse_image_query(params: Mapping[str, str]) -> ImageQuery:
    """Raises Refused for what upstream answers with 400 or 429."""
    limit = integer(params, "limit", 0, 200)
    page = integer(params, "page", 0, None)
    username = params.get("username")
    if username is not None and not _USERNAME.fullmatch(username):
        issue = {
            "origin": "string",
            "code": "invalid_format",
            "format": "regex",
            "pattern": "/^[A-Za-z0-9_]*$/",
        }
        message = 'The "username" field can only contain letters, numbers, and _.'
        raise invalid("username", issue, message)
    limit = 100 if limit is None else limit
    if page is not None and page * limit > 1000:
        raise too_many_pages()
    return ImageQuery(
        limit=limit,
        cursor=params.get("cursor"),
        page=page,
        username=username or None,
        user_id=integer(params, "userId"),
        post_id=integer(params, "postId"),
        model_id=integer(params, "modelId"),
        version_id=integer(params, "modelVersionId"),
        image_id=integer(params, "imageId"),
        tags=_numbers(params, "tags"),
        type=_choice(params, "type", ("image", "video", "audio"), None),
        base_models=tuple(filter(None, params.get("baseModels", "").split(","))),
        sort=_choice(params, "sort", IMAGE_SORTS, "Most Reactions") or "Most Reactions",
        period=_choice(params, "period", PERIODS, "AllTime") or "AllTime",
        mask=_mask(params),
        with_meta=boolean(params, "withMeta") or False,
        with_tags=boolean(params, "withTags") or False,
        flat_meta=boolean(params, "flatMeta"),
    )


def integer(
    params: Mapping[str, str], name: str, low: int | None = None, high: int | None = None
) -> int | None:
    """A whole number or None when absent."""
    text = params.get(name)
    if text is None or text == "":
        return None
    try:
        value = int(text)
    except ValueError:
        issue = {"expected": "number", "code": "invalid_type", "received": "NaN"}
        raise invalid(name, issue, "Invalid input: expected number, received NaN") from None
    if high is not None and value > high:
        bound = {"origin": "number", "code": "too_big", "maximum": high, "inclusive": True}
        raise invalid(name, bound, f"Too big: expected number to be <={high}")
    if low is not None and value < low:
        bound = {"origin": "number", "code": "too_small", "minimum": low, "inclusive": True}
        raise invalid(name, bound, f"Too small: expected number to be >={low}")
    return value


def boolean(params: Mapping[str, str], name: str) -> bool | None:
    word = params.get(name, "").lower()
    if word in TRUE_WORDS:
        return True
    return False if word in FALSE_WORDS else None


def path_id(text: str) -> int:
    """An id from the path. Raises Refused with the text such endpoints use."""
    if not text.isdecimal():
        raise Refused(
            400, {"error": "✖ Invalid input: expected number, received NaN\n  → at id"}
        )
    return int(text)


def clean_mask(mask: int) -> int:
    """Without the bit for blocked images; an empty mask falls back to PG."""
    return mask & 31 or 1


def _mask(params: Mapping[str, str]) -> int:
    level = integer(params, "browsingLevel")
    if level is not None:
        return clean_mask(level)
    word = params.get("nsfw", "false")
    if word in _LEGACY_MASKS:
        return _LEGACY_MASKS[word]
    flag = boolean(params, "nsfw")
    if flag is None:
        raise invalid("nsfw", {"code": "invalid_union", "errors": []}, "Invalid input")
    return 28 if flag else 1


def _numbers(params: Mapping[str, str], name: str) -> tuple[int, ...]:
    parts = [part for part in params.get(name, "").split(",") if part]
    return tuple(integer({name: part}, name) or 0 for part in parts)


def _choice(
    params: Mapping[str, str], name: str, choices: tuple[str, ...], default: str | None
) -> str | None:
    value = params.get(name)
    if value is None:
        return default
    if value not in choices:
        options = "|".join(f'"{choice}"' for choice in choices)
        issue = {"code": "invalid_value", "values": list(choices)}
        raise invalid(name, issue, f"Invalid option: expected one of {options}")
    return value
