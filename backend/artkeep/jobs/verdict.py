"""Whether a target is complete, in one word, and what to do when it is not."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Verdict(StrEnum):
    """The first of these that is true."""

    NEVER_LISTED = "never_listed"  # do: download
    LISTING = "listing"  # a job is at it, or was interrupted: resume
    GAPS = "gaps"  # something was not listed: run it again, by other ways
    FAILED = "failed"  # listed, and could not be fetched: retry
    WAITING = "waiting"  # listed, and not fetched (yet): download
    LIMITED = "limited"  # all of what this key may see; the site keeps more back
    COMPLETE = "complete"


class Ledger(Protocol):
    """What a verdict is made of."""

    @property
    def is_listed(self) -> bool: ...
    @property
    def walks(self) -> int: ...
    @property
    def gaps(self) -> int: ...
    @property
    def failed(self) -> int: ...
    @property
    def waiting(self) -> int: ...
    @property
    def hidden(self) -> int: ...
    @property
    def unreachable(self) -> tuple[str, ...]: ...


def verdict_of(ledger: Ledger) -> Verdict:
    """Judge a target by its ledger."""
    if not ledger.walks:
        return Verdict.WAITING if ledger.waiting else Verdict.NEVER_LISTED
    if not ledger.is_listed:
        return Verdict.LISTING
    if ledger.gaps:
        return Verdict.GAPS
    if ledger.failed:
        return Verdict.FAILED
    if ledger.waiting:
        return Verdict.WAITING
    return Verdict.LIMITED if ledger.hidden or ledger.unreachable else Verdict.COMPLETE
