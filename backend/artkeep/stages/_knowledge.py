"""What is known about an artwork, as it is to travel inside its files."""

from __future__ import annotations

import hashlib
import json

from artkeep.domain.artwork import Artwork
from artkeep.domain.compose import compose_infotext
from artkeep.domain.embedded import Embedded, Knowledge
from artkeep.domain.generation import read_generation
from artkeep.domain.infotext import parse_infotext

# Files that were written by an older version are written again.
_VERSION = 1


def knowledge_of(artwork: Artwork) -> Knowledge:
    """All of it; `for_file` says what of it a certain file is to be given."""
    return Knowledge(
        site=artwork.site,
        site_id=artwork.site_id,
        page_url=artwork.page_url,
        infotext=compose_infotext(artwork),
        tags=artwork.tags,
        author=artwork.author,
        title=artwork.title,
        rating=artwork.rating.label if artwork.rating is not None else None,
        created_at=artwork.posted_at,
    )


def speaks_for_itself(embedded: Embedded) -> bool:
    """Whether the generator's own words are inside: they know more than any site, and stand."""
    return read_generation(embedded) is not None


def says_exactly(infotext: str, artwork: Artwork) -> bool:
    """Whether a reader gets the very prompts back: a line of a prompt may look like the
    grammar's own (`Steps: …`)."""
    told = parse_infotext(infotext)
    return (told.prompt, told.negative_prompt) == (
        (artwork.prompt or "").strip(),
        (artwork.negative_prompt or "").strip(),
    )


def digest(knowledge: Knowledge) -> str:
    """Equal for knowledge that would be written alike."""
    told = [
        _VERSION,
        knowledge.infotext,
        [[tag.name, tag.category, tag.score, tag.up, tag.down] for tag in knowledge.tags],
        knowledge.author,
        knowledge.title,
        knowledge.rating,
        knowledge.page_url,
        knowledge.created_at.isoformat() if knowledge.created_at else None,
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]
