"""The summary at the end of a classic run: the labels and their order, which scripts read."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from artkeep.cli.classic_result import COMPLETED, FAILED, Result
from artkeep.cli.output import clean

_MOST_MODELS = 10
_GREEN, _RED, _PLAIN = "\033[92m", "\033[91m", "\033[0m"
_LINE = "-" * 10
STATES = {
    0: "complete",
    2: "usage",
    3: "incomplete",
    4: "not found",
    5: "login or key needed",
    6: "disk",
    7: "database",
    130: "interrupted",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """`most` and `per_model` of a run; None: no limit."""

    most: int | None
    per_model: int | None


def print_summary(results: Sequence[Result], limits: Limits) -> None:
    """On stdout, in colour on a terminal only."""
    for line in summary_lines(results, limits, in_colour=sys.stdout.isatty()):
        print(line)


def summary_lines(
    results: Sequence[Result], limits: Limits, *, in_colour: bool = False
) -> Iterator[str]:
    """Line by line."""
    if not results:
        yield "No identifiers were processed."
        return
    reasons: Counter[str] = Counter()
    for result in results:
        reasons += result.left_out
    downloaded = sum(one.downloaded for one in results)
    yield ""
    yield "--- Download Statistics Summary ---"
    yield f"Total API items processed (approx): {sum(one.items for one in results)}"
    yield f"Total successful downloads this run: {downloaded}"
    yield f"Total images without metadata: {sum(one.bare for one in results)}"
    yield f"Total skipped/failed items: {reasons.total()}"
    if reasons:
        yield ""
        yield "Reasons for skipping/failing items across run:"
        for reason, amount in sorted(reasons.items(), key=lambda one: (-one[1], one[0])):
            yield f"- {clean(reason)}: {amount} times"
    yield from _limit_lines(results, limits, downloaded)
    yield ""
    yield "--- Results per Identifier ---"
    for result in sorted(results, key=lambda one: (one.mode.word_in_lists, one.value)):
        yield from _result_lines(result, in_colour=in_colour)
    yield from _notes(results)


def _limit_lines(results: Sequence[Result], limits: Limits, got: int) -> Iterator[str]:
    if limits.most is None and limits.per_model is None:
        return
    yield ""
    yield "--- Image Limits ---"
    if limits.most is not None:
        state = "REACHED" if got >= limits.most else "NOT REACHED"
        yield f"Global limit: {got}/{limits.most} images [{state}]"
    if limits.per_model is not None:
        yield f"Per-model limit: {limits.per_model} images per model"
        models: Counter[str] = Counter()
        for result in results:
            models += result.of_models
        for model, amount in models.most_common(_MOST_MODELS):
            yield f"  Model {clean(model)}: {amount}/{limits.per_model}"


def _result_lines(result: Result, *, in_colour: bool) -> Iterator[str]:
    colour = {COMPLETED: _GREEN, FAILED: _RED}.get(result.status) if in_colour else None
    status = clean(result.status)
    yield f"Identifier: {clean(result.value)} (Type: {result.mode.word_in_lists})"
    yield f"  Status: {colour}{status}{_PLAIN}" if colour else f"  Status: {status}"
    if result.reason:
        yield f"  Reason: {clean(result.reason)}"
    yield f"  API Items: {result.items}"
    yield f"  Downloaded: {result.downloaded}"
    yield f"  Skipped/Failed: {result.skipped}"
    yield f"  No Metadata: {result.bare}"
    yield f"  Missing: {result.missing}"
    if result.ledger:
        yield f"  Stored: {result.ledger} listed"
    yield _LINE


def _notes(results: Sequence[Result]) -> Iterator[str]:
    empty = [one for one in results if one.is_empty]
    if empty:
        yield "NOTE: nothing was found for: " + ", ".join(clean(one.value) for one in empty)
    yield "-" * 35
    for one in results:
        if one.status.startswith(FAILED):
            yield f"WARNING: {clean(one.value)}: {clean(one.status)}"
        if one.broken_off:
            yield f"WARNING: {clean(one.value)}: {one.broken_off} API listings broke off"
