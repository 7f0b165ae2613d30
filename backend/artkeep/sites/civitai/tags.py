"""Tags with their votes: what the page's own call returns for a picture.

Learnt from the site's published source (`tag.getVotableTags`, civitai/civitai 5.0.2257). The
list comes by score; an id that the site does not know has an empty list, too.
"""

from __future__ import annotations

from typing import Any

from artkeep.domain.artwork import clean_text
from artkeep.domain.tags import TagSet, VotedTag
from artkeep.net.retry import FetchFailed

PROCEDURE = "tag.getVotableTags"
USUAL_MOST = 100  # a list of this length may have been cut
_LONGEST_NAME = 500
_BIGGEST = 2**31

_CROWDS = ("2", "3", "4", "5", "6+", "multiple ")
# `src/libs/tags.ts`; what else a page shows under another name is learnt by reading pages.
DISPLAY_NAMES = {
    "1girl": "woman",
    "1boy": "man",
    **{f"{crowd}girls": "women" for crowd in _CROWDS},
    **{f"{crowd}boys": "men" for crowd in _CROWDS},
}


def parse_votes(answer: object) -> TagSet:
    """The decoded value of one call. Raises FetchFailed(unknown_shape): a list of which a part
    cannot be read must not replace one that could."""
    if not isinstance(answer, list):
        raise FetchFailed("unknown_shape", detail=f"{PROCEDURE} did not answer with a list")
    return unique(tuple(_vote(row) for row in answer if not _is_draft(row)))


def unique(tags: tuple[VotedTag, ...]) -> TagSet:
    """Each tag once, the first one counts."""
    return TagSet(tuple({tag.site_tag_id: tag for tag in reversed(tags)}.values())[::-1])


def _is_draft(row: object) -> bool:
    """Just added by the viewer: the site has not stored it."""
    return isinstance(row, dict) and row.get("id") == 0


def _vote(row: Any) -> VotedTag:
    if not isinstance(row, dict):
        raise FetchFailed("unknown_shape", detail="a tag is no object")
    number, name = _count(row.get("id")), short_name(row.get("name"))
    if number is None or not name:
        raise FetchFailed("unknown_shape", detail="a tag without id or name")
    automated = row.get("automated")
    return VotedTag(
        site_tag_id=str(number),
        name=name,
        display=DISPLAY_NAMES.get(name, name),
        category=(clean_text(row.get("type")) or "")[:40],
        level=_count(row.get("nsfwLevel")),
        score=_count(row.get("score")),
        up=_count(row.get("upVotes")),
        down=_count(row.get("downVotes")),
        automated=automated if isinstance(automated, bool) else None,
    )


def short_name(value: object) -> str:
    """A tag name as it can be kept; empty when there is none."""
    return (clean_text(value) or "")[:_LONGEST_NAME].strip() if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= _BIGGEST:
        return None
    return value
