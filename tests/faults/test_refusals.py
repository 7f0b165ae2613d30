"""What the host says: obeyed, told in plain words, never hammered."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from tests.faults.scene import Scene
from tests.faulty import Answer, Exchange
from tests.faulty_answers import reply, serve, server_error, too_many
from tests.gallery import Gallery


@pytest.mark.parametrize(("status", "reason"), [(403, "not_permitted"), (404, "not_found")])
def test_a_refused_file_is_asked_for_once_a_visit(
    scene: Scene, site: Gallery, status: int, reason: str
) -> None:
    refused, *others = site.add("lena", 3)
    site.media(refused, reply(status=status))

    report = scene.get("lena")

    assert report.state == "incomplete"
    assert scene.deferred(refused) == (reason, 1)
    assert len(site.asked(refused)) == 1
    scene.require_exactly(others)


def test_404_is_asked_again_an_hour_later_and_gone_only_by_the_sites_own_word(
    scene: Scene, site: Gallery
) -> None:
    lost, whole = site.add("lena", 2)
    site.media(lost, reply(status=404))
    report = scene.get("lena")
    ((wait_s,),) = scene.rows(
        "SELECT (julianday(not_before) - julianday('now')) * 86400 FROM work "
        "WHERE stage = 'download'"
    )
    assert 25 < wait_s <= 36  # an hour, by the scale of these tests

    site.take_down(lost)
    report = scene.come_back_later(report)

    assert scene.status(lost) == "gone"
    assert report.state == "completed"
    assert (report.progress.gone, report.progress.failed) == (1, 0)
    assert len(site.asked(lost)) == 2
    scene.require_exactly([whole])


def test_404_for_a_picture_that_the_site_still_shows_is_a_failure(
    scene: Scene, site: Gallery
) -> None:
    (lost,) = site.add("lena")
    site.media(lost, reply(status=404))

    report = scene.come_back_later(scene.get("lena"))

    assert (scene.status(lost), scene.failure(lost)) == ("failed", "not_found")
    assert (report.state, report.codes) == ("incomplete", ["not_found"])
    assert len(site.asked(lost)) == 2


def test_410_is_final(scene: Scene, site: Gallery) -> None:
    removed, whole = site.add("lena", 2)
    site.media(removed, reply(status=410))

    report = scene.get("lena")

    assert scene.status(removed) == "gone"
    assert report.state == "completed"
    assert report.progress.gone == 1
    assert len(site.asked(removed)) == 1
    scene.require_exactly([whole])
    again = scene.get("lena")
    assert again.state == "completed"
    assert len(site.asked(removed)) == 1


def test_401_for_one_file_fails_that_file_and_names_the_key(
    scene: Scene, site: Gallery
) -> None:
    locked, *others = site.add("lena", 3)
    site.media(locked, reply(status=401))

    report = scene.get("lena")

    assert report.state == "incomplete"
    assert scene.failure(locked) == "unauthorized"
    assert "Key missing or rejected" in report.words
    assert [reason["exit_code"] for reason in report.progress.job.reasons] == ["5"]
    assert len(site.asked(locked)) == 1
    scene.require_exactly(others)


def test_401_for_every_file_stops_asking(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 40)
    for picture in pictures:
        site.media(picture, reply(status=401))

    report = scene.get("lena", concurrency=1)

    assert report.state == "incomplete"
    assert len(site.media_requests()) <= 15
    scene.require_exactly([])


def test_403_for_every_file_stops_asking(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 40)
    for picture in pictures:
        site.media(picture, reply(status=403))

    report = scene.get("lena", concurrency=1)

    assert report.state == "incomplete"
    assert len(site.media_requests()) <= 15
    scene.require_exactly([])


class Clocked:
    """Answers in turn, and remembers when it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.at: list[float] = []
        self._answers = list(answers)

    async def __call__(self, exchange: Exchange) -> None:
        self.at.append(time.monotonic())
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        await answer(exchange)


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(too_many("1"), id="seconds"),
        pytest.param(
            too_many(formatdate(10_001, usegmt=True), date=formatdate(10_000, usegmt=True)),
            id="a date by the host's own wrong clock",
        ),
        pytest.param(server_error(503, retry_after="1"), id="503"),
    ],
)
def test_retry_after_is_a_floor_for_the_whole_host(
    scene: Scene, site: Gallery, refusal: Answer
) -> None:
    pictures = site.add("lena", 3)
    clocks = [Clocked(refusal, serve(pictures[0].body))]
    clocks += [Clocked(serve(picture.body)) for picture in pictures[1:]]
    for picture, clock in zip(pictures, clocks, strict=True):
        site.media(picture, clock)

    report = scene.get("lena", concurrency=1)

    assert report.state == "completed"
    refused_at = clocks[0].at[0]
    assert all(at >= refused_at + 1 for clock in clocks for at in clock.at[1:])
    assert [len(clock.at) for clock in clocks] == [2, 1, 1]
    scene.require_exactly(pictures)


def test_a_host_that_asks_for_two_hours_gets_them(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 3)
    site.media(pictures[0], too_many("7200"))

    report = scene.get("lena", concurrency=1)

    assert report.state == "incomplete"
    assert scene.deferred(pictures[0]) == ("rate_limited", 1)
    assert "3 put off" in report.words
    assert len(site.media_requests()) == 1
    waits = scene.rows(
        "SELECT (julianday(not_before) - julianday('now')) * 86400 FROM work "
        "WHERE stage = 'download'"
    )
    assert all(wait_s > 7100 for (wait_s,) in waits)


@pytest.mark.parametrize("retry_after", ["soon", "-5", "", None])
def test_garbage_in_retry_after_is_ordinary_back_off(
    scene: Scene, site: Gallery, retry_after: str | None
) -> None:
    (only,) = site.add("lena")
    site.media(only, too_many(retry_after), serve(only.body))

    report = scene.get("lena")

    assert report.state == "completed"
    assert len(site.asked(only)) == 2


def test_a_burst_of_server_errors_is_sat_out(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 5)
    for status, picture in zip((500, 502, 503, 504, 520), pictures, strict=True):
        site.media(picture, server_error(status), serve(picture.body))

    report = scene.get("lena")

    assert report.state == "completed"
    assert [len(site.asked(picture)) for picture in pictures] == [2] * 5
    scene.require_exactly(pictures)


def test_a_broken_file_server_does_not_keep_the_job_from_ending(
    scene: Scene, site: Gallery
) -> None:
    good, bad = site.add("lena", 2)
    site.media(bad, server_error(500))

    report = scene.get("lena")

    assert report.state == "incomplete"
    assert scene.deferred(bad) == ("server_error", 1)
    assert len(site.asked(bad)) == 6
    scene.require_exactly([good])


def test_a_server_error_on_a_page_is_asked_again_by_another_address(
    scene: Scene, site: Gallery
) -> None:
    """The site's edge caches errors by address."""
    pictures = site.add("lena", 3)
    site.pages(*[server_error(500)] * 3, site.listing)

    report = scene.get("lena")

    assert report.state == "completed"
    addresses = [tuple(sorted(page.items())) for page in site.page_requests()]
    assert len(addresses) == 4
    assert len(set(addresses[1:])) == 3
    scene.require_exactly(pictures)


def test_a_page_that_stays_broken_leaves_a_gap_and_goes_on_from_there(
    scene: Scene, site: Gallery
) -> None:
    pictures = site.add("lena", 4)
    site.page_size = 2
    site.pages(site.listing, server_error(500))

    report = scene.get("lena")

    assert report.state == "incomplete"
    assert set(report.codes) == {"server_error"}
    assert "ended after 2 items" in report.words
    scene.require_exactly(pictures[:2])

    site.pages(site.listing)
    asked_before = len(site.page_requests())
    report = scene.run(report.id)

    assert report.state == "completed"
    walked = [page for page in site.page_requests()[asked_before:] if "username" in page]
    assert [page["cursor"][:1] for page in walked] == ["2"]
    assert len(site.media_requests()) == 4
    scene.require_exactly(pictures)
