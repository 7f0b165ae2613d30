"""Tags of an image with their scores and votes, as the site counts them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from artkeep.demo.records import Catalogue, SiteImage, SiteTag, moment


@dataclass(frozen=True, slots=True)
class VotedTag:
    """`score` is ten times the classifier's confidence plus the votes; it can be negative."""

    tag: SiteTag
    score: int
    up: int
    down: int
    automated: bool
    last_upvote: datetime | None


def voted_tags(catalogue: Catalogue, image: SiteImage) -> list[VotedTag]:
    """Score descending, then id ascending: the site's own order."""
    chance = random.Random(image.id * 31 + 5)
    voted = [_vote(chance, catalogue.tags[tag_id], image) for tag_id in image.tag_ids]
    return sorted(voted, key=lambda vote: (-vote.score, vote.tag.id))


def listed_tags(catalogue: Catalogue, image: SiteImage) -> list[SiteTag]:
    """What `withTags=true` shows: a filtered cache without scores, not the votable list."""
    return [
        catalogue.tags[tag_id]
        for tag_id in image.tag_ids
        if catalogue.tags[tag_id].type == "Label"
        and catalogue.tags[tag_id].name != "lens flare"
    ]


def _vote(chance: random.Random, tag: SiteTag, image: SiteImage) -> VotedTag:
    if tag.type == "UserGenerated":
        up, down, confidence = chance.choice((1, 1, 2, 3)), 0, 0
    elif tag.name in ("lens flare", "1boy"):
        up, down, confidence = 0, chance.choice((1, 2, 3)), chance.choice((1, 2, 4))
    else:
        up, down = chance.choice((0, 0, 0, 0, 1, 2)), chance.choice((0, 0, 0, 0, 0, 0, 1))
        confidence = chance.randint(4, 10)
    by_creator = 2 if up and chance.random() < 0.4 else 0  # the creator's own vote counts three
    at = moment(image.sort_ms) + timedelta(minutes=chance.randint(30, 20_000))
    return VotedTag(
        tag,
        confidence + up + by_creator - down,
        up,
        down,
        tag.type != "UserGenerated",
        at if up else None,
    )
