"""Why a job is not complete, in sentences that name what is missing (design: never "completed"
unless every planned path ended cleanly and nothing failed or waits)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from artkeep.errors import AuthRequired, TargetNotFound
from artkeep.jobs.coverage import Coverage
from artkeep.store import backlog, failures, ledger, walks
from artkeep.store.walks import PROOF_OF_EMPTINESS, ListingRow

POINTLESS = "pointless"  # not walked, because the site does not know the target

_EXIT_CODES = {
    "unauthorized": AuthRequired.exit_code,
    AuthRequired.code: AuthRequired.exit_code,
    TargetNotFound.code: TargetNotFound.exit_code,
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A stable code and a sentence; `exit_code` is what the command line ends with."""

    code: str
    text: str
    exit_code: int = 3

    def to_json(self) -> dict[str, str]:
        """For the job's row."""
        return {"code": self.code, "text": self.text, "exit_code": str(self.exit_code)}


def exit_code_of(code: str, otherwise: int = 3) -> int:
    """What the command line ends with when something ended for this reason."""
    return _EXIT_CODES.get(code, otherwise)


def reasons_of(connection: Connection, job_id: int) -> list[Reason]:
    """Everything that stands between a job that ran out of work and "completed"."""
    reasons: list[Reason] = []
    for target in ledger.targets_of_job(connection, job_id):
        rows = walks.listings_of(connection, target.id, job_id)
        reasons += _of_gaps(target.title, Coverage(rows).gaps)
        if rows and all(row.seen == 0 and row.before == 0 for row in rows) and _is_over(rows):
            reasons += _of_emptiness(target.title, rows)
        else:
            reasons += _of_empty_groups(target.title, rows)
        rejected = sum(row.rejected for row in rows)
        if rejected:
            text = f"{target.title}: {rejected} listed items could not be read."
            reasons.append(Reason("rejects", text))
    for group in failures.groups(connection, job_id):
        if not group.is_gone:
            text = f"{group.amount} failed ({group.stage}, {group.reason}): {group.example}"
            reasons.append(Reason(group.reason, text, exit_code_of(group.reason)))
    total, later, first = backlog.waiting(connection, job_id)
    if later and first:
        when = first.astimezone().strftime("%Y-%m-%d %H:%M")
        text = f"{later} put off, to be tried again from {when} on."
        reasons.append(Reason("deferred", text))
    if total > later:
        reasons.append(Reason("waiting", f"{total - later} still wait."))
    elsewhere = backlog.waiting_elsewhere(connection, job_id)
    if elsewhere:
        text = f"{elsewhere} were asked for by another job and are not finished there."
        reasons.append(Reason("elsewhere", text))
    return reasons


def _is_over(rows: list[ListingRow]) -> bool:
    return all(row.ended == "end" or row.reason == "not_offered" for row in rows)


def _of_gaps(title: str, gaps: list[ListingRow]) -> list[Reason]:
    """A sentence for each; many small ones of a kind share one."""
    kinds: dict[tuple[str, str], list[ListingRow]] = {}
    for row in gaps:
        if row.reason == POINTLESS:
            continue
        key = (row.path, row.reason or "") if row.parent_id is not None else ("", str(row.id))
        kinds.setdefault(key, []).append(row)
    reasons = []
    for rows in kinds.values():
        reason = _of_listing(title, rows[0])
        if len(rows) > 1:
            text = f"{reason.text} And {len(rows) - 1} more like this."
            reason = Reason(reason.code, text, reason.exit_code)
        reasons.append(reason)
    return list(dict.fromkeys(reasons))


def _of_listing(title: str, row: ListingRow) -> Reason:
    how = row.ended or "not finished"
    if row.reason == "max_items":
        return Reason("max_items", f"{title}: stopped as asked ({row.detail}).", exit_code=0)
    why = row.detail or row.reason or "no reason given"
    text = f"{title}: listing {row.path} ended after {row.seen} items ({how}): {why}"
    return Reason(row.reason or "listing", text, exit_code_of(row.reason or ""))


def _of_empty_groups(title: str, rows: list[ListingRow]) -> list[Reason]:
    """Groups that say to hold something and showed nothing, for the first time."""
    now = datetime.now(UTC)
    amount = sum(
        bool(row.claims and row.empty_at and now - row.empty_at < PROOF_OF_EMPTINESS)
        for row in rows
    )
    if not amount:
        return []
    text = (
        f"{title}: {amount} posts say to hold pictures and listed none. That is no proof; run "
        "it again in a few minutes to be sure."
    )
    return [Reason("empty", text)]


def _of_emptiness(title: str, rows: list[ListingRow]) -> list[Reason]:
    """Empty answers count as proof when they repeat minutes apart."""
    now = datetime.now(UTC)
    asked = [row for row in rows if row.reason != "not_offered"]
    if all(row.empty_at and now - row.empty_at >= PROOF_OF_EMPTINESS for row in asked):
        return []
    text = (
        f"{title}: the site listed nothing. An empty answer is no proof that there is nothing; "
        "run it again in a few minutes to be sure."
    )
    return [Reason("empty", text)]
