"""Captures as the importer reads them, for the tests beside this file."""

from __future__ import annotations

from pathlib import Path

from artkeep.domain.compose import compose_infotext
from artkeep.sites.captures._capture import Creation, Output
from artkeep.sites.captures._rows import rows_of
from artkeep.sites.captures._text import read_text
from artkeep.sites.captures._walk import Finder, Found

FIXTURES = Path(__file__).parent / "fixtures"


def found_in(text: str) -> Found:
    """What a pasted text holds."""
    finder = Finder()
    for document in read_text(text).documents:
        finder.add(document)
    return finder.found()


def sample(name: str) -> tuple[Creation, ...]:
    """The creations of a sample, nothing of which may be rejected."""
    found = found_in((FIXTURES / name).read_text("utf-8"))
    assert found.rejects == ()
    assert [one.rejects for one in found.creations] == [()] * len(found.creations)
    return found.creations


def urls_of(output: Output) -> list[tuple[str, str]]:
    """Addresses and qualities, best first."""
    return [(one.url, one.quality) for one in output.urls]


def infotexts_of(creation: Creation) -> list[str]:
    """What is embedded into each of its outputs."""
    return [compose_infotext(artwork) or "" for artwork in rows_of(creation)[1]]
