"""Searches with more tags than a site takes: some are sent, the others are compared here. Pure.

Danbooru takes two tags of a guest and answers 422 to more; `rating:`, `limit:` and `order:` are
not counted. Its posts carry all their tags, so that what is not sent can be compared.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

_FREE = frozenset({"rating", "limit", "order"})
# A word before a colon asks for something else than a tag; `:d` is a tag.
_METATAG = re.compile(r"[-~]?([a-z_]{2,20}):.", re.IGNORECASE)
_WORDS_BETWEEN = frozenset({"or", "and"})


@dataclass(frozen=True, slots=True)
class Split:
    """Terms that are sent (those that count, and those that are free), and the others."""

    sent: tuple[str, ...]
    compared: tuple[str, ...]


def counted(query: str) -> list[str]:
    """The terms that count for the limit."""
    return [term for term in query.split() if _name_of(term) not in _FREE]


def comparable(term: str) -> bool:
    """Whether a post's own tags tell if the term is true of it."""
    return not _name_of(term)


def plain_tags(query: str) -> list[str]:
    """The tags that every post of the search has: any of them may be the one to search for."""
    return [
        term
        for term in counted(query)
        if comparable(term) and term[0] not in "-~" and "*" not in term
    ]


def split(query: str, most: int, amounts: Mapping[str, int]) -> Split | None:
    """As many terms as the site takes: what cannot be compared first, then the rarest tags.

    `amounts` says how many posts a tag has. None when too many terms cannot be compared, or the
    query has brackets or words for "or", which cannot be taken apart.
    """
    terms = query.split()
    if any(t.lower() in _WORDS_BETWEEN or t.lstrip("-~").startswith("(") for t in terms):
        return None
    counting = counted(query)
    needed = [term for term in counting if not comparable(term)]
    if len(needed) > most:
        return None
    usable = sorted(plain_tags(query), key=lambda tag: (amounts.get(tag, 10**12), tag))
    chosen = {*needed, *usable[: most - len(needed)]}
    return Split(
        tuple(term for term in terms if term in chosen or term not in counting),
        tuple(term for term in counting if term not in chosen),
    )


def means(terms: Sequence[str], tags: Collection[str]) -> bool:
    """Whether all of these terms are true of a post with these tags (lower case)."""
    either = [term[1:] for term in terms if term.startswith("~")]
    if either and not any(_has(tag, tags) for tag in either):
        return False
    return all(
        not _has(term[1:], tags) if term.startswith("-") else _has(term, tags)
        for term in terms
        if not term.startswith("~")
    )


def _has(tag: str, tags: Collection[str]) -> bool:
    tag = tag.lower()
    if "*" not in tag:
        return tag in tags
    # Only the star is special there.
    pattern = re.sub(r"[\[?]", lambda sign: f"[{sign[0]}]", tag)
    return any(fnmatchcase(one, pattern) for one in tags)


def _name_of(term: str) -> str:
    """The metatag of a term; empty for a tag."""
    match = _METATAG.match(term)
    return match[1].lower() if match else ""
