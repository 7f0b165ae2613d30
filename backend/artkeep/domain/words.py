"""Text cut into the words that the search knows: what is stored and what is looked for alike.

Case, accents and compatibility forms (full-width letters, ligatures) do not matter. Chinese,
Japanese and Korean are written without spaces: a run of them becomes its single characters and
its overlapping pairs (青い空: 青 青い い い空 空), so that words of one or two are found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_ACCENTS = re.compile("[\u0300-\u036f]")
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 200  # characters of one word; longer ones are no words
_EAST_ASIAN = (
    "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3100-\u318f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_PIECE = re.compile(f"[{_EAST_ASIAN}]+|[^{_EAST_ASIAN}]+")
_IS_EAST_ASIAN = re.compile(f"[{_EAST_ASIAN}]")


def words_of(text: str) -> list[str]:
    """The words of a text that is stored, in their order."""
    return [word for piece, is_run in _pieces(text) for word in _stored(piece, is_run)]


def phrase_of(text: str) -> list[str]:
    """Words that stand side by side in whatever holds this text; empty when it has none.

    A run at an end of it may be part of a longer one, whose pairs surround it.
    """
    pieces = list(_pieces(text))
    sought: list[str] = []
    for index, (piece, is_run) in enumerate(pieces):
        words = list(_stored(piece, is_run))
        if len(words) > 1:
            first = 0 if index else 1
            words = words[first:] if index + 1 < len(pieces) else words[first:-1]
        sought += words
    return sought


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Words, and runs of East Asian characters, which have True."""
    if text.isascii():
        for word in _WORD.findall(text.lower()):
            yield word[:_LONGEST], False
        return
    for word in _WORD.findall(_plain(text)):
        for piece in _PIECE.findall(word):
            is_run = _IS_EAST_ASIAN.match(piece) is not None
            yield piece if is_run else piece[:_LONGEST], is_run


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", folded))
    return unicodedata.normalize("NFC", bare)


def _stored(piece: str, is_run: bool) -> Iterator[str]:
    if not is_run:
        yield piece
        return
    for index, char in enumerate(piece):
        yield char
        if index + 1 < len(piece):
            yield piece[index : index + 2]
