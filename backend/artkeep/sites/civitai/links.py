"""What a pasted link, resource name or `civitai:kind:value` means.

The host must be Civitai's own, exactly; whatever else a text holds, it is only read, never
followed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from artkeep.domain.artwork import clean_text
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import UsageError
from artkeep.settings import Site
from artkeep.sites.civitai.hosts import is_site_address
from artkeep.sites.civitai.parse import SITE

KINDS = frozenset(
    {
        TargetKind.USER,
        TargetKind.MODEL,
        TargetKind.VERSION,
        TargetKind.MODEL_TAG,
        TargetKind.IMAGE_TAG,
        TargetKind.POST,
        TargetKind.COLLECTION,
        TargetKind.COLLECTIONS,
        TargetKind.IMAGE,
        TargetKind.LIKED,
        TargetKind.FOLLOWED,
        TargetKind.GENERATOR,
    }
)

GENERATOR_SITE = "civitai_generator"  # what it makes is artworks of a site of their own

_LONGEST_TEXT = 4000
_LONGEST_NAME = 200
_BIGGEST_ID = 2**31 - 1
_BIGGEST_IMAGE_ID = 2**63 - 1

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_RESOURCE = re.compile(
    r"(?:urn:)?air:[^:\s]+:[^:\s]+:civitai:(?P<model>[^@:.\s]+)(?:@(?P<version>[^@:.\s]+))?"
    r"(?:[:.].*)?",
    re.IGNORECASE,
)

# The first that a listing's address names decides; the rest only narrows it.
_IMAGE_FILTERS = (
    ("imageId", TargetKind.IMAGE),
    ("postId", TargetKind.POST),
    ("modelVersionId", TargetKind.VERSION),
    ("modelId", TargetKind.MODEL),
    ("collectionId", TargetKind.COLLECTION),
    ("username", TargetKind.USER),
    ("tags", TargetKind.IMAGE_TAG),
)
_MODEL_FILTERS = (
    ("username", TargetKind.USER),
    ("user", TargetKind.USER),
    ("tag", TargetKind.MODEL_TAG),
    ("tagname", TargetKind.MODEL_TAG),
)


def match(text: str, site: Site) -> Target | None:
    """The target, or None when the text is not about Civitai.

    Raises UsageError when it is but cannot be right: an id with letters, an unknown kind.
    """
    text = (clean_text(text) or "").strip().strip("<>\"'").strip()
    if not text or len(text) > _LONGEST_TEXT or any(sign < " " for sign in text):
        return None
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() == SITE:
        return _explicit(text[scheme.end() :])
    resource = _RESOURCE.fullmatch(text)
    if resource:
        if resource["version"]:
            return _target(TargetKind.VERSION, resource["version"])
        return _target(TargetKind.MODEL, resource["model"])
    split = _split(text)
    if split is None or not is_site_address(site, split.netloc):
        return None
    segments = [unquote(part).strip() for part in split.path.split("/")]
    query = _query(split.query)
    return _by_path([part for part in segments if part], query)


def _split(text: str) -> SplitResult | None:
    """The parts of a web address, with or without its scheme."""
    try:
        if re.match(r"https?://", text, re.IGNORECASE):
            return urlsplit(text)
        if "://" in text:
            return None
        return urlsplit("https://" + text.removeprefix("//"))
    except ValueError:
        return None


def _query(query: str) -> dict[str, str]:
    """Each parameter that has a value; several values are joined by commas."""
    try:
        parameters = parse_qs(query, max_num_fields=100)
    except ValueError:
        return {}
    texts = {name: ",".join(values).strip() for name, values in parameters.items()}
    return {name: text for name, text in texts.items() if text}


def _by_path(segments: list[str], query: Mapping[str, str]) -> Target | None:
    match segments:
        case ["api", "v1", *rest]:
            return _by_api_path(rest, query)
        case ["api", "download", "models", version, *_]:
            return _target(TargetKind.VERSION, version)
        case ["user", name, *_]:
            return _target(TargetKind.USER, name)
        case ["models", _, *_] if "modelVersionId" in query:
            return _target(TargetKind.VERSION, query["modelVersionId"])
        case ["tag", name, *_]:
            return _target(TargetKind.MODEL_TAG, name)
        case ["generate", *_]:
            return _target(TargetKind.GENERATOR, "me")
        case ["images" | "videos" | "posts" | "models" | "model-versions" | "collections", *_]:
            return _by_resource(segments, query)
    return None


def _by_api_path(segments: list[str], query: Mapping[str, str]) -> Target | None:
    match segments:
        case ["model-versions", "by-hash" | "mini", *_]:
            return None
        case ["images" | "models" | "model-versions" | "collections", *_]:
            return _by_resource(segments, query)
    return None


def _by_resource(segments: list[str], query: Mapping[str, str]) -> Target | None:
    match segments:
        case ["images" | "videos", image, *_]:
            return _target(TargetKind.IMAGE, image)
        case ["images" | "videos" | "posts"]:
            return _filtered(_IMAGE_FILTERS, query)
        case ["models", model, *_]:
            return _target(TargetKind.MODEL, model)
        case ["models"]:
            return _filtered(_MODEL_FILTERS, query)
        case ["model-versions", version, *_]:
            return _target(TargetKind.VERSION, version)
        case ["posts", post, *_]:
            return _target(TargetKind.POST, post)
        case ["collections", collection, *_]:
            return _target(TargetKind.COLLECTION, collection)
    return None


def _filtered(
    filters: tuple[tuple[str, TargetKind], ...], query: Mapping[str, str]
) -> Target | None:
    for name, kind in filters:
        if name in query:
            return _target(kind, query[name])
    return None


def _explicit(rest: str) -> Target:
    """`user:lena`, after `civitai:`."""
    word, colon, value = rest.partition(":")
    known = sorted(KINDS)
    kind = word.strip().lower().replace("-", "_")
    if kind not in known:
        near = difflib.get_close_matches(kind, known, n=1)
        advice = f"Did you mean {SITE}:{near[0]}:…?" if near else f"Known: {', '.join(known)}."
        raise UsageError(f"Civitai has no kind of target called {word!r}.", advice=advice)
    if not colon or not value.strip():
        raise UsageError(f"{SITE}:{kind}: needs a value.", advice=_EXAMPLES[TargetKind(kind)])
    return _target(TargetKind(kind), value.strip())


def _target(kind: TargetKind, value: str) -> Target:
    site = GENERATOR_SITE if kind is TargetKind.GENERATOR else SITE
    return Target(site, kind, _CHECKS[kind](kind, value))


def _number(kind: TargetKind, value: str) -> str:
    biggest = _BIGGEST_IMAGE_ID if kind is TargetKind.IMAGE else _BIGGEST_ID
    digits = value.lstrip("0") if value.isascii() and value.isdigit() else ""
    if digits and len(digits) <= len(str(biggest)) and int(digits) <= biggest:
        return digits
    raise UsageError(
        f"{_shown(value)!r} is not the number of a Civitai {kind.value}.",
        advice=f"It is made of digits, up to {biggest}. {_EXAMPLES[kind]}",
    )


def _name(kind: TargetKind, value: str) -> str:
    name = clean_text(value) or ""
    if not name or len(name) > _LONGEST_NAME or any(sign < " " or sign == "/" for sign in name):
        what = kind.value.replace("_", " ")
        raise UsageError(
            f"{_shown(value)!r} cannot be the name of a Civitai {what}.", advice=_EXAMPLES[kind]
        )
    return name


def _number_or_name(kind: TargetKind, value: str) -> str:
    parts = value.split(",")
    if not all(part.isascii() and part.isdigit() for part in parts):
        return _name(kind, value)
    if len(parts) > 1:
        raise UsageError("This link names several tags.", advice="Give one tag at a time.")
    return _number(kind, value)


def _shown(value: str) -> str:
    return value if len(value) <= 60 else value[:60] + "…"


_CHECKS: dict[TargetKind, Callable[[TargetKind, str], str]] = {
    TargetKind.USER: _name,
    TargetKind.MODEL: _number,
    TargetKind.VERSION: _number,
    TargetKind.MODEL_TAG: _name,
    TargetKind.IMAGE_TAG: _number_or_name,
    TargetKind.POST: _number,
    TargetKind.COLLECTION: _number,
    TargetKind.COLLECTIONS: _name,
    TargetKind.LIKED: _name,
    TargetKind.FOLLOWED: _name,
    TargetKind.GENERATOR: _name,
    TargetKind.IMAGE: _number,
}
_EXAMPLES = {
    TargetKind.USER: f"Write {SITE}:user:lena_paints or paste the link of the profile.",
    TargetKind.MODEL: f"Write {SITE}:model:900001 or paste the link of the model.",
    TargetKind.VERSION: f"Write {SITE}:version:910002 or paste a link with modelVersionId.",
    TargetKind.MODEL_TAG: f"Write {SITE}:model_tag:landscape or paste the link of the tag.",
    TargetKind.IMAGE_TAG: f"Write {SITE}:image_tag:landscape or paste the link of the tag.",
    TargetKind.POST: f"Write {SITE}:post:90000001 or paste the link of the post.",
    TargetKind.COLLECTION: f"Write {SITE}:collection:1201 or paste the link of the collection.",
    TargetKind.COLLECTIONS: f"Write {SITE}:collections:me for those of your key's account.",
    TargetKind.LIKED: f"Write {SITE}:liked:me for what your key's account likes.",
    TargetKind.FOLLOWED: f"Write {SITE}:followed:me for whom your key's account follows.",
    TargetKind.GENERATOR: f"Write {SITE}:generator:me for what your key's account generated.",
    TargetKind.IMAGE: f"Write {SITE}:image:100000008 or paste the link of the picture.",
}
