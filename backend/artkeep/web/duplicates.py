"""`/api/duplicates`: artworks that look the same, side by side, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_openapi3.blueprint import APIBlueprint

from artkeep.domain.keep_rules import Candidate, KeepRule, best_first, hints
from artkeep.errors import UsageError
from artkeep.jobs.duplicates import Decision, decide, start_looking
from artkeep.store import duplicates, shelf
from artkeep.web.cursors import cut, read_id
from artkeep.web.schemas.library import (
    DecideDuplicates,
    DuplicateGroup,
    DuplicateGroups,
    DuplicateParameters,
    DuplicatesDecided,
    DuplicatesStarted,
    FindDuplicates,
)
from artkeep.web.services import services

bp = APIBlueprint("duplicates", __name__)

_LIST = "duplicates"


@bp.post("/api/duplicates", responses={200: DuplicatesStarted})
def find_duplicates(body: FindDuplicates) -> DuplicatesStarted:
    """Look for artworks that look the same: a job. What it finds takes the place of what was
    found before."""
    at = services()
    started = at.store.transact(
        lambda connection: start_looking(connection, body.query, body.distance)
    )
    at.engine.begin(started.job_id)
    at.live.touch()
    return DuplicatesStarted(job_id=started.job_id, is_new=started.is_new)


@bp.get("/api/duplicates", responses={200: DuplicateGroups})
def list_duplicates(query: DuplicateParameters) -> DuplicateGroups:
    """Groups that nobody has decided, the largest first."""
    after = read_id(_LIST, query.cursor)
    with services().store.reading() as connection:
        found = duplicates.undecided(connection)
        rows = [_Row(one) for one in duplicates.page(connection, after, query.limit + 1)]
        some, cursor = cut(_LIST, rows, query.limit)
        candidates = duplicates.members(connection, [row.id for row in some])
        ids = [one.artwork_id for group in candidates.values() for one in group]
        cards = {card["id"]: card for card in shelf.cards(connection, ids)} if ids else {}
    rule = KeepRule(query.rule)
    return DuplicateGroups(
        groups=[_group(row.id, candidates[row.id], cards, rule) for row in some],
        next_cursor=cursor,
        total=found.groups,
        found_at=found.found_at.isoformat() if found.found_at else None,
        distance=found.distance,
    )


@bp.post("/api/duplicates/decide", responses={200: DuplicatesDecided})
def decide_duplicates(body: DecideDuplicates) -> DuplicatesDecided:
    """Keep some and delete the others, or say that they are no duplicates."""
    at = services()
    days = at.settings.disk.trash_days
    if sum((bool(body.keep), body.rule is not None, body.not_duplicates)) != 1:
        raise UsageError("Give keep, a rule, or not_duplicates.", code="bad_decision")
    if body.not_duplicates:
        amount = at.store.transact(
            lambda connection: duplicates.tell_apart(connection, body.groups)
        )
        return DuplicatesDecided(groups=amount, removed=0, busy=0, batches=[], trash_days=days)
    rule = KeepRule(body.rule) if body.rule is not None else None
    decision = Decision(body.groups, frozenset(body.keep), rule)
    done = decide(at.store, at.engine.library, decision)
    return DuplicatesDecided(
        groups=len(body.groups),
        removed=done.removed,
        busy=done.busy,
        batches=done.batches,
        trash_days=days,
    )


class _Row:
    """A group as the cursor takes it."""

    def __init__(self, group_id: int) -> None:
        self.id = group_id


def _group(
    group_id: int,
    candidates: Sequence[Candidate],
    cards: Mapping[int, dict[str, Any]],
    rule: KeepRule,
) -> DuplicateGroup:
    ordered = best_first(candidates, rule)
    best = ordered[0]
    return DuplicateGroup.model_validate(
        {
            "id": group_id,
            "artworks": [
                {
                    "artwork": cards[one.artwork_id],
                    "distance": _distance(best, one),
                    "is_best": one is best,
                    "hints": hints(one, candidates),
                }
                for one in ordered
            ],
        }
    )


def _distance(one: Candidate, other: Candidate) -> int:
    if one.perceptual_hash is None or other.perceptual_hash is None:
        return 0
    return (one.perceptual_hash ^ other.perceptual_hash).bit_count()
