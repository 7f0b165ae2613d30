"""A death between any two steps of a download, and what the next start does about it (CR-17).

The table of steps is in docs/architecture.md.
"""

from __future__ import annotations

import pytest
from tests.e2e.program import Home, times_fetched
from tests.gallery import Gallery

FILES = 12
WORDS = ("get", "--user", "lena", "--json", "--concurrency", "4")
STEPS = {
    "D5: a body is there, not yet walked": ("artkeep.stages._body", "walk", "before"),
    "D6: the first part is flushed, its sidecar is not there": (
        "artkeep.stages._body",
        "write_sidecar",
        "before",
    ),
    "D6: parts are proven, nobody knows": ("artkeep.store.places", "reserve", "before"),
    "D7: names and intents are committed": ("artkeep.stages.download", "put_all", "before"),
    "D8: one file is renamed, without its sidecar": (
        "artkeep.stages._body",
        "rename_into_place",
        "after",
    ),
    "D8: all of a batch are renamed": ("artkeep.stages.download", "put_all", "after"),
    "D9: in the middle of its transaction": ("artkeep.store.files", "settle", "after"),
}
IS_PROVEN = {
    step for step in STEPS if not step.startswith("D5") and "sidecar is not there" not in step
}


@pytest.mark.parametrize("step", STEPS)
def test_a_death_at_a_step_costs_nothing_that_was_proven(
    step: str, home: Home, site: Gallery
) -> None:
    pictures = site.add("lena", FILES)
    dying = home.start_dying(*STEPS[step], *WORDS)
    out, err = dying.communicate(timeout=60)
    assert dying.returncode == -9, out + err
    home.require_whole(pictures)
    before = times_fetched(site)

    code, out, err = home.run(*WORDS)

    assert code == 0, out + err
    assert home.require_whole(pictures) == FILES
    assert home.parts() == []
    again = {path: times - 1 for path, times in times_fetched(site).items() if times > 1}
    assert sum(again.values()) <= (4 if step in IS_PROVEN else len(before)), again
    code, out, err = home.run("check", "--hashes", "--json")
    assert code == 0, out + err
