"""What a failed request means for an artwork: another visit, or the end (NF-1, the matrix)."""

from __future__ import annotations

from artkeep.errors import FileGone, ItemError, NotPermitted, RetryLater
from artkeep.net.retry import VISIT_DELAYS_S, FetchFailed
from artkeep.store.claims import Claim

_NOT_THERE_PAUSE_S = 3600  # "not there" is asked once more, an hour later at the earliest


def comes_back(error: FetchFailed, claim: Claim) -> bool:
    """Whether there is to be another visit. `claim.visits` counts the earlier ones."""
    return error.rule.retry != "no" and claim.visits + 1 < error.rule.max_visits


def give_up(error: FetchFailed, claim: Claim, time_scale: float) -> ItemError | RetryLater:
    """The error that ends this visit."""
    if comes_back(error, claim):
        after_s = VISIT_DELAYS_S[min(claim.visits, len(VISIT_DELAYS_S) - 1)] * time_scale
        if error.reason == "not_found":
            after_s = max(after_s, _NOT_THERE_PAUSE_S * time_scale)
        return RetryLater(
            error.message,
            after_s=max(after_s, error.retry_after_s or 0),
            code=error.reason,
            host=error.host,
            http_status=error.http_status,
            tries=error.tries,
        )
    return final(error)


def final(error: FetchFailed) -> ItemError:
    """The error that ends it: a failure with its reason, until somebody asks again."""
    # A file that is not found is not gone as long as the site shows its artwork.
    kind = {"gone": FileGone, "not_permitted": NotPermitted}.get(error.reason, ItemError)
    return kind(
        error.message,
        code=error.reason,
        advice=error.rule.advice,
        host=error.host,
        http_status=error.http_status,
        tries=error.tries,
    )
