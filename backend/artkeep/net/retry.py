"""Why a request failed, what that means for the next try, and the trying itself.

`RULES` is the matrix of `reliability.md` §3.2 as a table; the reason codes are stable (NF-8).
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from artkeep.errors import AppError

T = TypeVar("T")

VISIT_DELAYS_S = (900, 3600, 21600, 86400, 259200)  # 15 min, 1 h, 6 h, 24 h, 72 h (NF-1)
# A host that asks for more than this gets its artworks deferred (NF-6). Who has somebody
# waiting in front of a page sets less for the task: a longer wait then fails at once.
LONGEST_WAIT_S = 3600.0
longest_wait_s: ContextVar[float] = ContextVar("longest_wait_s", default=LONGEST_WAIT_S)
BASE_DELAY_S = 1.0
TRIES = 6
VISITS = len(VISIT_DELAYS_S) + 1
ALWAYS = 10_000  # visits for what says nothing about the artwork itself

# 0 for a first try. The client reads it to charge the host's retry budget (NF-2).
current_attempt: ContextVar[int] = ContextVar("current_attempt", default=0)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the matrix.

    `max_tries` counts the tries of one visit, `max_visits` the visits before it is final.
    `is_host_level` failures say something about the host and count for its breaker and for
    noticing that we are offline. `message` is what people read and may hold `{host}`.
    """

    retry: Literal["try", "visit", "no"]
    max_tries: int
    max_visits: int
    is_host_level: bool
    message: str
    advice: str = ""
    visit_after_s: int = 0  # the next visit comes no sooner, whatever VISIT_DELAYS_S says


RULES: dict[str, Rule] = {
    # reaching the host
    "dns": Rule("try", TRIES, VISITS, True, "Cannot find host {host}"),
    "connect_refused": Rule("try", TRIES, VISITS, True, "{host} refused the connection"),
    "connect_timeout": Rule("try", TRIES, VISITS, True, "{host} does not answer"),
    "tls": Rule(
        "no", 1, 1, False, "Certificate problem at {host}",
        "Check this computer's clock, and whether a filter sits in between.",
    ),
    "tls_clock": Rule(
        "visit", 1, 3, False, "The certificate of {host} is not valid yet",
        "This computer's clock looks wrong.",
    ),
    "proxy": Rule(
        "try", TRIES, VISITS, True, "Proxy problem on the way to {host}",
        "Check net.proxy in Settings.",
    ),
    "offline": Rule(
        "visit", 1, ALWAYS, False, "No connection to the internet; paused",
        "It goes on by itself.",
    ),
    "host_paused": Rule(
        "visit", 1, ALWAYS, False, "{host} is paused after too many failures",
        "It is tried again by itself.",
    ),
    "address_refused": Rule(
        "no", 1, 1, False, "Refused to connect to {host}",
        "It is not an address of a known site.",
    ),
    "redirect_refused": Rule("no", 1, 1, False, "Refused redirect by {host}"),
    "redirect_loop": Rule("no", 1, 1, False, "{host} redirects in circles"),
    # the reply as a whole
    "reset": Rule("try", TRIES, VISITS, True, "{host} broke the connection"),
    "stalled": Rule("try", TRIES, VISITS, True, "{host} stalled"),
    "too_slow": Rule("try", TRIES, VISITS, False, "{host} sends too slowly"),
    "cut_short": Rule("try", TRIES, VISITS, False, "The file from {host} was cut short"),
    "no_clean_end": Rule("try", TRIES, VISITS, False, "The file from {host} has no clean end"),
    "too_long": Rule("try", 2, 1, False, "{host} sent more data than announced"),
    "bad_reply": Rule("try", 2, 3, False, "Bad reply from {host}"),
    "unknown_shape": Rule(
        "try", 3, 3, False, "{host} answers in a way that this version does not know",
        "The site may have changed: look for a newer version of Artkeep.",
    ),
    "range_mismatch": Rule("try", 2, VISITS, False, "{host} sent another part of the file"),
    "empty": Rule("try", TRIES, VISITS, False, "Empty file from {host}"),
    # what the host says
    "request_refused": Rule("no", 1, 1, False, "{host} does not accept the request"),
    "unauthorized": Rule(
        "no", 1, 1, False, "Key missing or rejected for {host}", "Settings › Sites holds it.",
    ),
    "not_permitted": Rule("visit", 1, 3, False, "Not permitted by {host}"),
    "not_found": Rule(
        "visit", 1, 2, False, "Not there (any more) at {host}", visit_after_s=3600
    ),
    "gone": Rule("no", 1, 1, False, "Removed at the source, says {host}"),
    "region_blocked": Rule("no", 1, 1, False, "{host} is not available in your region"),
    "rate_limited": Rule("try", TRIES, VISITS, False, "{host} limits requests, slowing down"),
    "paging_cap": Rule("no", 1, 1, False, "{host} does not page that deep"),
    "server_error": Rule("try", TRIES, VISITS, True, "{host} has an error of its own"),
    "maintenance": Rule("try", TRIES, VISITS, True, "{host} is under maintenance"),
    "challenge": Rule(
        "visit", 1, VISITS, False, "{host} wants a browser check",
        "Open the site once in your browser, then retry.",
    ),
    # the browser
    "no_browser": Rule(
        "visit", 1, ALWAYS, False, "There is no browser that can be started",
        "`artkeep doctor` says how to get one.",
    ),
    "browser_died": Rule("try", TRIES, VISITS, False, "The browser ended in the middle"),
    "page_shape": Rule(
        "visit", 1, 3, False, "The page at {host} is not what was asked for",
        "The site may have changed: look for a newer version of Artkeep.",
    ),
    "login_wall": Rule(
        "visit", 1, 2, False, "{host} shows this to people with a login only",
        "Log in under Settings › Sites & keys, or set a key there.",
    ),
    "rating_gate": Rule("visit", 1, 2, False, "{host} does not show this rating here"),
    # what came is not the thing
    "html": Rule("visit", 1, 3, False, "Got a web page from {host}, not what was asked for"),
    "json_error": Rule("visit", 1, 3, False, "{host} sent an error instead of the file"),
    "not_media": Rule("visit", 1, 3, False, "What {host} sent is no picture or video"),
    "still_not_video": Rule("visit", 1, 3, False, "{host} sent a still instead of the video"),
    "too_large": Rule("no", 1, 1, False, "The file at {host} is too large"),
    "damaged": Rule("try", 2, 1, False, "Damaged at the source ({host})"),
    "checksum": Rule("try", 2, 1, False, "Checksum differs from what {host} promises"),
}  # fmt: skip


class FetchFailed(AppError):
    """A request that did not bring what was asked for; `reason` is a key of RULES.

    `detail` is an excerpt for people, already redacted. `body` is the decoded JSON that came
    with an error status. `tries` counts the tries of this visit.
    """

    def __init__(
        self,
        reason: str,
        *,
        host: str = "",
        http_status: int | None = None,
        detail: str = "",
        retry_after_s: float | None = None,
        body: Any = None,
    ) -> None:
        rule = RULES[reason]
        text = rule.message.format(host=host or "the site")
        if reason == "rate_limited" and retry_after_s:
            until = time.strftime("%H:%M", time.localtime(time.time() + retry_after_s))
            text = f"{host or 'The site'} asks to wait until {until}"
        text = f"{text}: {detail}" if detail else text
        super().__init__(text.rstrip(".") + ".", code=reason, advice=rule.advice)
        self.reason = reason
        self.host = host
        self.http_status = http_status
        self.detail = detail
        self.retry_after_s = retry_after_s
        self.body = body
        self.tries = 1

    @property
    def rule(self) -> Rule:
        """What the matrix says about this reason."""
        return RULES[self.reason]


async def with_retries(
    call: Callable[[int], Awaitable[T]],
    *,
    max_tries: int | None = None,
    cap_s: float = 60.0,
    time_scale: float = 1.0,
    also: Collection[str] = (),
) -> T:
    """Call until it works or the failed reason allows no further try in this visit.

    The attempt number, from 0, is handed to `call`. `max_tries` replaces the ordinary six,
    never the fewer tries of a stricter row; reasons in `also` are tried again in any case.
    Raises the last FetchFailed with `tries` set; at once when its row is not "try" or the host
    asks for more than an hour.
    """

    seen: Counter[str] = Counter()

    def is_worth_another(error: BaseException) -> bool:
        if not isinstance(error, FetchFailed):
            return False
        is_granted = error.reason in also
        if error.rule.retry != "try" and not is_granted:
            return False
        if (error.retry_after_s or 0) > longest_wait_s.get():
            return False
        in_all = TRIES if max_tries is None else max_tries
        if is_granted or error.rule.max_tries == TRIES:
            return error.tries < in_all
        # A stricter row counts its own failures: what broke before for another reason must not
        # cost the one fresh try that it still grants.
        return error.tries < in_all and seen[error.reason] < error.rule.max_tries

    def delay_s(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        floor_s = error.retry_after_s if isinstance(error, FetchFailed) else None
        return backoff_s(
            state.attempt_number - 1, cap_s=cap_s, time_scale=time_scale, floor_s=floor_s
        )

    try:
        return await call(0)  # nearly all calls end here, without tenacity's bookkeeping
    except FetchFailed as failure:
        failure.tries = 1
        if not is_worth_another(failure):
            raise
        first = failure

    async def call_again(number: int) -> T:
        if number == 0:
            raise first
        return await call(number)

    retrying = AsyncRetrying(
        retry=retry_if_exception(is_worth_another), wait=delay_s, reraise=True
    )
    async for attempt in retrying:
        with attempt:
            number = attempt.retry_state.attempt_number - 1
            token = current_attempt.set(number)
            try:
                return await call_again(number)
            except FetchFailed as failure:
                failure.tries = number + 1
                seen[failure.reason] += 1
                raise
            finally:
                current_attempt.reset(token)
    raise AssertionError("tenacity ends by returning or raising")


def backoff_s(
    failed_before: int, *, cap_s: float, time_scale: float, floor_s: float | None = None
) -> float:
    """Full jitter: random between 0 and min(cap, 1 s · 2ⁿ); `Retry-After` is a floor (NF-6)."""
    longest_s = min(cap_s, BASE_DELAY_S * 2 ** min(failed_before, 30))
    return max(random.uniform(0, longest_s) * time_scale, floor_s or 0.0)
