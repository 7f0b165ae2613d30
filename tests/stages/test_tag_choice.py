"""Which way of asking for tags is gone, and that it can always be told."""

from __future__ import annotations

import pytest
from tests.fake_clock import FakeClock

from artkeep.domain.tags import TagMethod
from artkeep.errors import UsageError
from artkeep.net.retry import FetchFailed
from artkeep.settings import Settings
from artkeep.stages._tag_choice import Chooser
from artkeep.stages._tag_options import read_tag_options

KEY, PAGE, READ = TagMethod.KEY, TagMethod.PAGE, TagMethod.READ
REFUSED = FetchFailed("not_permitted")


@pytest.mark.parametrize(("has_key", "method"), [(True, KEY), (False, PAGE)])
def test_a_key_comes_first_then_a_page(has_key: bool, method: TagMethod) -> None:
    now = Chooser(None, has_key=has_key).now
    assert now.method is method
    assert now.why == ("key" if has_key else "no_key")
    assert now.text


def test_three_refusals_in_a_row_lead_to_the_next_way() -> None:
    chooser = Chooser(None, has_key=False)
    chooser.refused(PAGE, REFUSED)
    chooser.refused(PAGE, REFUSED)
    chooser.worked(PAGE)
    for _ in range(3):
        assert chooser.now.method is PAGE
        assert chooser.refused(PAGE, REFUSED)
    assert (chooser.now.method, chooser.now.why) == (READ, "refused")
    assert chooser.now.refusal == "not_permitted"
    assert "Not permitted" in chooser.now.text


def test_a_refused_key_is_given_up_at_once() -> None:
    chooser = Chooser(None, has_key=True)
    assert chooser.refused(KEY, FetchFailed("unauthorized"))
    assert chooser.now.method is PAGE


def test_one_goes_ahead_until_a_way_has_worked() -> None:
    chooser = Chooser(None, has_key=True)
    assert not chooser.is_proven
    chooser.worked(KEY)
    assert chooser.is_proven
    chooser.refused(KEY, FetchFailed("unauthorized"))
    assert not chooser.is_proven


def test_the_better_way_is_tried_again_after_a_while() -> None:
    clock = FakeClock()
    chooser = Chooser(None, has_key=True, clock=clock.now)
    chooser.refused(KEY, FetchFailed("unauthorized"))
    chooser.worked(PAGE)
    clock.time += 899
    assert chooser.now.method is PAGE
    clock.time += 2
    assert chooser.now.method is KEY
    assert not chooser.is_proven


def test_trouble_that_waiting_mends_is_no_refusal() -> None:
    chooser = Chooser(None, has_key=True)
    for reason in ("rate_limited", "server_error", "browser_died", "host_paused"):
        assert not chooser.refused(KEY, FetchFailed(reason))
    assert chooser.now.method is KEY


def test_what_was_chosen_stays() -> None:
    chooser = Chooser(READ, has_key=True)
    assert not chooser.refused(READ, REFUSED)
    assert (chooser.now.method, chooser.now.why) == (READ, "chosen")


def test_the_last_way_has_no_other_behind_it() -> None:
    chooser = Chooser(None, has_key=False)
    for _ in range(3):
        chooser.refused(PAGE, REFUSED)
    assert not chooser.refused(READ, FetchFailed("html"))


def test_options_are_those_of_the_settings_where_none_are_told(tmp_path) -> None:  # type: ignore[no-untyped-def]
    settings = Settings(data_dir=tmp_path, library=tmp_path)
    found = read_tag_options({}, settings)
    assert (found.method, found.rate, found.at_once) == (None, None, 10)
    told = read_tag_options({"method": "read", "rate": 2, "at_once": 99}, settings)
    assert (told.method, told.rate, told.at_once) == (READ, 2.0, 20)
    assert read_tag_options(told.to_json(), settings) == told
    for wrong in ({"method": "magic"}, {"rate": 500}):
        with pytest.raises(UsageError):
            read_tag_options(wrong, settings)
