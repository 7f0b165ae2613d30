"""What people paste about a booru, as far as that is the same for all of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from artkeep.domain.artwork import clean_text
from artkeep.domain.target import TargetKind
from artkeep.errors import UsageError

_LONGEST_LINK = 4000
_LONGEST_QUERY = 1000
_NUMBERS = frozenset({TargetKind.IMAGE, TargetKind.POOL})
_EXAMPLES = {
    TargetKind.IMAGE: "image:123",
    TargetKind.POOL: "pool:123",
    TargetKind.SEARCH: "search:blue_sky rating:general",
    TargetKind.FAVOURITES: "favourites:123",
}
_ALSO = {"post": TargetKind.IMAGE, "tag": TargetKind.SEARCH, "tags": TargetKind.SEARCH}


def split_link(text: str) -> SplitResult | None:
    """The parts of a web address, with or without its scheme; None for anything else."""
    text = text.strip("<>\"'").strip()
    if not text or len(text) > _LONGEST_LINK or any(sign < " " for sign in text):
        return None
    try:
        if re.match(r"https?://", text, re.IGNORECASE):
            split = urlsplit(text)
        elif "://" in text or not re.match(r"(//)?[\w.-]+\.\w+(:\d+)?/", text):
            return None
        else:
            split = urlsplit("https://" + text.removeprefix("//"))
        return split if split.hostname else None
    except ValueError:
        return None


def read_named(
    text: str, site: str, title: str, kinds: Collection[TargetKind]
) -> tuple[TargetKind, str] | None:
    """`site:kind:value`; None when the text is not about this site. Raises UsageError."""
    name, colon, rest = text.partition(":")
    if not colon or name.strip().lower() != site or rest.startswith("//"):
        return None
    word, colon, value = rest.partition(":")
    word = word.strip().lower().replace("-", "_")
    known = sorted(kind.value for kind in kinds)
    if word in _ALSO and _ALSO[word] in kinds and word not in known:
        word = _ALSO[word].value
    if word not in known:
        near = difflib.get_close_matches(word, known, n=1)
        advice = f"Did you mean {site}:{near[0]}:…?" if near else f"Known: {', '.join(known)}."
        raise UsageError(f"{title} has no kind of target called {word[:40]!r}.", advice=advice)
    return TargetKind(word), value.strip()


def checked_value(site: str, kind: TargetKind, value: str) -> str:
    """A post's or pool's number, or a query as it is kept. Raises UsageError."""
    value = " ".join((clean_text(value) or "").split())
    if kind in _NUMBERS:
        digits = value.lstrip("0") if value.isascii() and value.isdigit() else ""
        if not digits or len(digits) > 18:
            what = "post" if kind is TargetKind.IMAGE else kind.value
            raise UsageError(
                f"{value[:60]!r} is not the number of a {what}.",
                advice=f"Write {site}:{_EXAMPLES[kind]}.",
            )
        return digits
    if not value:
        example = _EXAMPLES.get(kind, f"{kind.value}:…")
        raise UsageError(
            f"{site}:{kind.value}: needs a value.", advice=f"Write {site}:{example}."
        )
    if len(value) > _LONGEST_QUERY:
        raise UsageError(f"This is longer than {_LONGEST_QUERY} letters.")
    return value
