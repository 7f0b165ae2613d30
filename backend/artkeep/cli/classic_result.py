"""What became of one identifier of a classic run, in the words of its summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from artkeep.cli.classic_options import Mode
from artkeep.domain.target import TargetKind
from artkeep.errors import AppError, AuthRequired, TargetNotFound
from artkeep.jobs.advice import advise
from artkeep.jobs.progress import Progress
from artkeep.store.classic import LeftOver

COMPLETED = "Completed"
FAILED = "Failed"
PENDING = "Pending"
ALREADY = "Already tracked"
LIMIT_REACHED = "Completed (Limit Reached)"
_INTERRUPTED = 130
_NOT_FOUND = TargetNotFound.exit_code
# Mixed results end the program with the first of these that one of them has.
_WORST_FIRST = (7, 6, _INTERRUPTED, AuthRequired.exit_code, 3, _NOT_FOUND, 0)

_INCOMPLETE = frozenset({"cut_short", "no_clean_end", "too_long", "range_mismatch"})
_CLIENT_ERRORS = {
    "request_refused": "400 Bad Request",
    "unauthorized": "401 Unauthorized",
    "not_permitted": "403 Forbidden",
    "not_found": "404 Not Found",
    "gone": "410 Gone",
}
_EXHAUSTED = frozenset(
    {"rate_limited", "server_error", "maintenance", "stalled", "too_slow", "challenge"}
)
_NETWORK = frozenset(
    {
        *("dns", "connect_refused", "connect_timeout", "tls", "tls_clock", "proxy", "offline"),
        *("host_paused", "reset", "address_refused", "redirect_refused", "redirect_loop"),
    }
)
_FILE_SYSTEM = frozenset(
    {
        *("permission", "disk_error", "disk_full", "link_in_library", "file_changed"),
        *("root_offline", "root_read_only"),
    }
)


@dataclass(frozen=True, slots=True)
class Wish:
    """How one identifier's job is read. `before`: downloads of an earlier, interrupted run."""

    tag: str  # that the prompt was checked for
    no_videos: bool
    is_deep: bool
    before: int = 0


@dataclass(slots=True)
class Result:
    """One identifier. `missing` is listed, not here, and nobody wanted it left out."""

    mode: Mode
    value: str
    status: str = PENDING
    reason: str = ""
    items: int = 0
    downloaded: int = 0
    bare: int = 0
    missing: int = 0
    broken_off: int = 0  # listings that nothing stood in for
    ledger: str = ""  # of a deep scan: how much of everything is here
    exit_code: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    of_models: Counter[str] = field(default_factory=Counter)  # downloads by model id

    @property
    def skipped(self) -> int:
        """Everything that was listed and not downloaded."""
        return self.left_out.total()

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all came of it."""
        return not self.items and not self.downloaded


def result_of(
    mode: Mode, value: str, progress: Progress, left: LeftOver, wish: Wish, *, is_over: bool
) -> Result:
    """Read a job of one target. `is_over` is False when it was interrupted."""
    result = Result(mode, value)
    (target,) = progress.targets
    rejected = sum(int(one["rejected"]) for one in target.listings)
    result.downloaded = progress.done - wish.before
    result.bare = left.bare
    result.of_models = Counter({model: n for model, n in left.of_models.items() if model})
    result.left_out = _reasons(progress, left, wish, rejected)
    waiting = progress.waiting + progress.deferred - sum(left.deferred.values())
    result.items = result.downloaded + result.skipped + max(0, waiting)
    result.missing = rejected + sum(
        (progress.failed, progress.gone, left.gone_before, progress.waiting, progress.deferred)
    )
    result.broken_off = target.gaps
    if wish.is_deep:
        result.ledger = f"{target.stored} of {target.listed - target.skipped}"
    _judge(result, progress, wish, is_over=is_over)
    return result


def refused(mode: Mode, value: str, error: AppError) -> Result:
    """An identifier that could not even be asked for."""
    return Result(
        mode, value, status="Failed (Validation)", reason=str(error), exit_code=_NOT_FOUND
    )


def limit_reached(mode: Mode, value: str) -> Result:
    """An identifier that the limit of the whole run leaves nothing for."""
    return Result(mode, value, status=LIMIT_REACHED)


def worst(codes: Collection[int]) -> int:
    """What the program ends with when its parts ended with these."""
    return next((code for code in _WORST_FIRST if code in codes), max(codes, default=0))


def _reasons(progress: Progress, left: LeftOver, wish: Wish, rejected: int) -> Counter[str]:
    found: Counter[str] = Counter()
    found[ALREADY] = progress.have - left.gone_before + left.known_of_type + wish.before
    found[failure_words("gone")] = left.gone_before
    for reason, amount in progress.skipped_by.items():
        if reason == "filtered_type":
            amount -= left.known_of_type
        if reason == "max_per_model" and left.over_limit:
            found += _over_limit(left.over_limit, amount)
            continue
        found[_skip_words(reason, wish)] += amount
    for group in progress.failures:
        found[failure_words(group.reason)] += group.amount
    for reason, amount in left.deferred.items():
        found[failure_words(reason)] += amount
    found["Missing URL or ID in API data"] += rejected
    return +found


def _over_limit(by_model: dict[str, int], amount: int) -> Counter[str]:
    """`amount` in all: some may have been taken from another model that lists them, too."""
    over = Counter(by_model)
    while over.total() > amount:
        ((largest, _),) = over.most_common(1)
        over[largest] -= 1
    return Counter(
        {f"Per-model limit reached (model {model})": count for model, count in over.items()}
    )


def _skip_words(reason: str, wish: Wish) -> str:
    if reason == "filtered_type":
        option = "no_videos" if wish.no_videos else "videos_only"
        return f"{'Video' if wish.no_videos else 'Image'} skipped (--{option})"
    if reason == "filtered_prompt":
        return f"Prompt check failed: {wish.tag}"
    if reason == "filtered_tags":
        return f"Not tagged on the site: {wish.tag}"
    return advise(reason).title


def failure_words(reason: str) -> str:
    """The classic words for a reason of ours, without numbers or addresses in them."""
    title = advise(reason).title
    if reason in _CLIENT_ERRORS:
        return f"HTTP Client Error {_CLIENT_ERRORS[reason]}"
    if reason in _INCOMPLETE:
        return "Incomplete download"
    if reason in _EXHAUSTED:
        return f"Max retries exceeded: {title}"
    if reason in _NETWORK:
        return f"Network error: {title}"
    if reason in _FILE_SYSTEM:
        return f"File system error: {title}"
    fixed = {
        "empty": "Downloaded empty file",
        "no_media_url": "Missing URL or ID in API data",
        "path_too_long": "Path too long, cannot shorten",
    }
    return fixed.get(reason, title)


def _judge(result: Result, progress: Progress, wish: Wish, *, is_over: bool) -> None:
    """Status, reason and exit code."""
    job = progress.job
    codes = {reason.get("code", "") for reason in job.reasons}
    start = f"{progress.targets[0].target}: "
    result.reason = " ".join(
        reason.get("text", "").removeprefix(start) for reason in job.reasons
    )
    is_listing_empty = not result.items
    if not is_over:
        result.status, result.exit_code = "Processing", _INTERRUPTED
    elif TargetNotFound.code in codes:
        result.status, result.exit_code = _not_found(result.mode), _NOT_FOUND
        if result.mode.kind is TargetKind.MODEL_TAG:
            result.reason = f"The site does not know the tag {result.value}."
    elif is_listing_empty and codes <= {"empty"}:
        _judge_empty(result, progress)
    elif job.state == "failed" or (is_listing_empty and job.state != "completed"):
        result.status = FAILED
    elif codes == {"max_items"}:
        result.status, result.reason = LIMIT_REACHED, ""
    elif job.state == "completed" and not progress.failed:
        result.status = "Completed (Deep Scan)" if wish.is_deep else COMPLETED
    else:
        result.status = f"Incomplete ({_why(progress)})"
    if is_over and result.status.startswith((FAILED, "Incomplete")) and not result.exit_code:
        told = [int(reason.get("exit_code", "3")) for reason in job.reasons]
        result.exit_code = worst([code for code in told if code] or [3])


def _not_found(mode: Mode) -> str:
    if mode.kind is TargetKind.MODEL_TAG:
        return "Completed (No Models Found or Invalid Tag)"
    return "Failed (Not Found)"


def _judge_empty(result: Result, progress: Progress) -> None:
    """It is known, and there is nothing. Of models the site has to have some for a tag."""
    (target,) = progress.targets
    values = [str(one["value"]) for one in target.listings]
    kind, has_versions = result.mode.kind, any("modelVersionId=" in one for one in values)
    if kind is TargetKind.MODEL_TAG and not has_versions:
        result.status, result.exit_code = _not_found(result.mode), _NOT_FOUND
        result.reason = f"The site lists no models with the tag {result.value}."
    elif kind is TargetKind.MODEL and not has_versions:
        result.status, result.exit_code = "Failed (No Model Versions Found)", _NOT_FOUND
        result.reason = f"The model {result.value} has no versions."
    else:
        result.status, result.reason = "Completed (No Items Found)", ""


def _why(progress: Progress) -> str:
    """A few words for each thing that keeps a target from being complete."""
    (target,) = progress.targets
    amounts = (
        (progress.failed, "failed"),
        (progress.deferred, "put off"),
        (progress.waiting, "waiting"),
        (progress.gone, "gone"),
        (target.gaps, "listing broken off" if target.gaps == 1 else "listings broken off"),
    )
    words = [f"{amount} {what}" for amount, what in amounts if amount]
    return ", ".join(words) or "see the reason"
