"""Trying again: by the matrix, with jitter, never sooner than asked (NF-1, NF-6)."""

from __future__ import annotations

import pytest

from artkeep.net.retry import (
    RULES,
    TRIES,
    VISIT_DELAYS_S,
    FetchFailed,
    Rule,
    backoff_s,
    current_attempt,
    with_retries,
)

QUICK = 1e-9


class Call:
    """Fails with the given failures in turn, then answers."""

    def __init__(self, *failures: FetchFailed) -> None:
        self.failures = list(failures)
        self.attempts: list[int] = []

    async def __call__(self, attempt: int) -> str:
        self.attempts.append(attempt)
        assert current_attempt.get() == attempt
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


def failures(reason: str, count: int) -> list[FetchFailed]:
    return [FetchFailed(reason, host="civitai.com") for _ in range(count)]


async def test_it_tries_until_it_works() -> None:
    call = Call(*failures("reset", 5))

    assert await with_retries(call, time_scale=QUICK) == "answer"
    assert call.attempts == [0, 1, 2, 3, 4, 5]
    assert current_attempt.get() == 0


@pytest.mark.parametrize(
    ("reason", "max_tries", "expected"),
    [
        ("reset", None, 6),
        ("server_error", 8, 8),
        ("reset", 2, 2),
        ("bad_reply", None, 2),
        ("too_long", 8, 2),
        ("not_found", None, 1),
        ("not_permitted", 8, 1),
        ("unauthorized", None, 1),
        ("paging_cap", None, 1),
        ("challenge", None, 1),
        ("host_paused", None, 1),
    ],
)
async def test_the_reason_decides_how_often(
    reason: str, max_tries: int | None, expected: int
) -> None:
    call = Call(*failures(reason, 20))
    with pytest.raises(FetchFailed) as caught:
        await with_retries(call, max_tries=max_tries, time_scale=QUICK)

    assert len(call.attempts) == expected
    assert (caught.value.reason, caught.value.tries) == (reason, expected)


async def test_a_bug_is_not_tried_again() -> None:
    calls = []

    async def broken(attempt: int) -> None:
        calls.append(attempt)
        raise KeyError("bug")

    with pytest.raises(KeyError):
        await with_retries(broken, time_scale=QUICK)
    assert calls == [0]


async def test_more_than_an_hour_is_for_another_visit() -> None:
    call = Call(FetchFailed("rate_limited", retry_after_s=3601))
    with pytest.raises(FetchFailed):
        await with_retries(call, time_scale=QUICK)

    assert call.attempts == [0]


def test_back_off_is_random_up_to_a_doubling_limit_with_a_cap() -> None:
    for failed_before, longest_s in ((0, 1), (1, 2), (3, 8), (6, 60), (5000, 60)):
        waits = [backoff_s(failed_before, cap_s=60, time_scale=1) for _ in range(300)]
        assert 0 <= min(waits) < longest_s / 4
        assert longest_s * 3 / 4 < max(waits) <= longest_s


def test_retry_after_is_a_floor_that_no_scale_shrinks() -> None:
    assert backoff_s(0, cap_s=60, time_scale=0.001, floor_s=7) == 7
    assert backoff_s(0, cap_s=60, time_scale=0.001) <= 0.001


@pytest.mark.parametrize("reason", RULES)
def test_every_reason_reads_well(reason: str) -> None:
    rule = RULES[reason]
    named = str(FetchFailed(reason, host="civitai.com", detail="why"))
    unnamed = str(FetchFailed(reason))

    assert "{" not in named + unnamed
    assert "why" in named
    assert unnamed.endswith(".")
    assert rule.max_tries >= 1
    assert rule.max_visits >= 1


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("dns", ("try", 6, 6, True)),
        ("connect_refused", ("try", 6, 6, True)),
        ("server_error", ("try", 6, 6, True)),
        ("tls", ("no", 1, 1, False)),
        ("cut_short", ("try", 6, 6, False)),
        ("too_long", ("try", 2, 1, False)),
        ("request_refused", ("no", 1, 1, False)),
        ("not_permitted", ("visit", 1, 3, False)),
        ("not_found", ("visit", 1, 2, False)),
        ("html", ("visit", 1, 3, False)),
        ("checksum", ("try", 2, 1, False)),
    ],
)
def test_the_rules_are_those_of_the_matrix(
    reason: str, expected: tuple[str, int, int, bool]
) -> None:
    rule: Rule = RULES[reason]

    assert (rule.retry, rule.max_tries, rule.max_visits, rule.is_host_level) == expected


def test_visits_are_spread_over_days() -> None:
    assert [seconds / 3600 for seconds in VISIT_DELAYS_S] == [0.25, 1, 6, 24, 72]
    assert TRIES == 6
    assert RULES["not_found"].visit_after_s == 3600
