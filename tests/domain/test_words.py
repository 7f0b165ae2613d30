"""Words as the search knows them, stored and sought."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artkeep.domain.words import phrase_of, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a Misty_valley, 50% (blue:1.2)", ["a", "misty", "valley", "50", "blue", "1", "2"]),
        ("CAFÉ Straße ｆｕｌｌ", ["cafe", "strasse", "full"]),
        ("青い空", ["青", "青い", "い", "い空", "空"]),
        ("v2青い", ["v2", "青", "青い", "い"]),
        ("がか", ["が", "がか", "か"]),
        ("!? ,", []),
    ],
)
def test_a_text_is_cut_into_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text(alphabet="ab 青い空猫_-é", max_size=12), st.data())
def test_what_is_part_of_a_text_at_its_words_is_found_in_it(
    text: str, data: st.DataObject
) -> None:
    runs = text.split()
    begin = data.draw(st.integers(0, len(runs)))
    end = data.draw(st.integers(begin, len(runs)))
    stored, sought = words_of(text), phrase_of(" ".join(runs[begin:end]))
    places = range(len(stored) - len(sought) + 1)
    assert any(stored[at : at + len(sought)] == sought for at in places)
