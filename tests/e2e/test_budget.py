"""Two programs on one site: no more than one alone, and what one is told holds for both.

MI-10, with the limits that downloads really have (ten files a second).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from tests.bench.instances import excess
from tests.e2e.program import Home
from tests.faulty import Answer, Exchange
from tests.faulty_answers import serve, too_many
from tests.gallery import Gallery, Picture

WORDS = ("get", "--user", "lena", "--json", "--concurrency", "8")
LIMITED = {"ARTKEEP_NET__UNLIMITED": "0", "ARTKEEP_NET__TIME_SCALE": "0.05"}
WAIT_S = 6
KNOWN_AFTER_S = 2.2  # what the other knew has been looked up again


def _noting(answer: Answer, moments: list[float]) -> Answer:
    async def note(exchange: Exchange) -> None:
        moments.append(time.monotonic())
        await answer(exchange)

    return note


def _hang_up(site: Gallery, count: int) -> tuple[Sequence[Picture], list[float]]:
    """Pictures that write down when they were asked for."""
    moments: list[float] = []
    pictures = site.add("lena", count)
    for one in pictures:
        site.media(one, _noting(serve(one.body), moments))
    return pictures, moments


def test_two_together_are_as_fast_as_one_alone(home: Home, site: Gallery) -> None:
    pictures, moments = _hang_up(site, 120)
    first = home.start(*WORDS, **LIMITED)
    while len(moments) < 5:
        assert first.poll() is None
    second = home.start(*WORDS, **LIMITED)
    users = "SELECT users FROM budgets WHERE lane = 'media'"
    while len(moments) < 115 and str(home.rows(users)).count(":") < 3:
        assert first.poll() is None

    for process in (first, second):
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, out + err
    assert home.require_whole(pictures) == 120
    assert str(home.rows("SELECT users FROM budgets")), "both asked"
    assert excess(sorted(moments), rate=10.0, burst=10) <= 1.0, "one for the ways they took"


def test_a_site_that_told_one_to_wait_is_not_asked_by_the_other(
    home: Home, site: Gallery
) -> None:
    pictures, moments = _hang_up(site, 80)
    told: list[float] = []
    strict = pictures[40]
    wait = _noting(too_many(str(WAIT_S)), told)
    site.media(strict, wait, _noting(serve(strict.body), moments))
    running = [home.start(*WORDS, **LIMITED) for _ in range(2)]

    for process in running:
        out, err = process.communicate(timeout=90)
        assert process.returncode == 0, out + err
    assert home.require_whole(pictures) == 80
    (begun,) = told
    after = [moment - begun for moment in moments]
    assert [at for at in after if KNOWN_AFTER_S < at < WAIT_S - 0.1] == []
    assert any(at > WAIT_S - 0.1 for at in after), "it went on afterwards"
