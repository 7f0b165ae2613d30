"""Whatever the service: the infotext says all it was told, and every reader takes it."""

from __future__ import annotations

import pytest
from tests.sites.captures.read import FIXTURES, infotexts_of, sample

from artkeep.domain.infotext import is_exact, parse_infotext
from artkeep.sites.captures._rows import parameters_of

NAMES = sorted(path.name for path in FIXTURES.iterdir() if path.is_file())
# AUTOMATIC1111 leaves it out: it is what a missing one means.
USUAL = ("Clip skip", "1")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_capture_is_lost_on_the_way_into_a_file(name: str) -> None:
    for creation in sample(name):
        for output, text in zip(creation.outputs, infotexts_of(creation), strict=True):
            read = parse_infotext(text)
            assert is_exact(read)
            assert read.prompt == (creation.prompt or "")
            assert read.negative_prompt == (creation.negative_prompt or "")
            told = {pair for pair in parameters_of(creation, output) if pair != USUAL}
            if output.seed:
                told.add(("Seed", output.seed))
            assert told <= set(read.parameters)
            steps = read.value("Steps")
            assert steps is None or steps.isdigit()
