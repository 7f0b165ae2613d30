"""Name templates: `{author}/{date} {title:40|untitled} {id}`.

`/` parts folders, `{field}` stands for what is known about the artwork, `{field:40}` for its
first 40 characters, `{field|other|words}` for the first of these that is known (words that are
no field stand for themselves); `{{` and `}}` are braces. The file's own extension is added.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from artkeep.domain.artwork import Artwork
from artkeep.domain.naming import FileFacts, fit_path, safe_component, shorten, utf16_length
from artkeep.domain.template_fields import FIELD_OF, Field
from artkeep.errors import UsageError

LONGEST_TEMPLATE = 500  # characters
_MOST_FOLDERS = 12
_MOST_BYTES = 180  # of a file's name, so that every ending we add fits into 255 (DF-6)
_ROOM_FOR_FOLDER = 11
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}/\\]")
_CUT = re.compile(r"([a-z0-9_]+):([0-9]{1,3})")
_EXTENSION = "ext"


class BadTemplate(UsageError):
    """A template with a mistake; `position` is its offset in the text, in characters."""

    code = "bad_template"

    def __init__(self, message: str, *, position: int, advice: str = "") -> None:
        place = f"(character {position + 1})."
        super().__init__(f"{message.removesuffix('.')} {place}", advice=advice)
        self.position = position


@dataclass(frozen=True, slots=True)
class Choice:
    """`field`, or words that stand for themselves; cut to `longest` characters."""

    field: Field | None
    words: str = ""
    longest: int | None = None

    def text(self, artwork: Artwork, facts: FileFacts) -> str:
        """Empty when nothing is known."""
        if self.field is None:
            return self.words
        value = unicodedata.normalize("NFC", self.field.value(artwork, facts) or "").strip()
        return value if self.longest is None else value[: self.longest].strip()


@dataclass(frozen=True, slots=True)
class Piece:
    """The first of `choices` that says something."""

    choices: tuple[Choice, ...]

    def text(self, artwork: Artwork, facts: FileFacts) -> str:
        for choice in self.choices:
            if text := choice.text(artwork, facts):
                return text
        fields = [choice.field for choice in self.choices if choice.field is not None]
        return fields[0].unknown if fields else ""


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: for each part of the path the pieces that it is made of."""

    text: str
    parts: tuple[tuple[Piece, ...], ...]

    @property
    def is_unique(self) -> bool:
        """Whether names of different artworks differ by themselves; else a number does it."""
        pieces = [piece for part in self.parts for piece in part]
        # A field that was cut, or may give way to another one, keeps nothing apart.
        firsts = [piece.choices[0] for piece in pieces if len(piece.choices) == 1]
        return any(one.field and one.field.is_unique and one.longest is None for one in firsts)

    def path(self, artwork: Artwork, facts: FileFacts, suffix: int, room: int) -> str:
        """The `suffix`-th path to try below the library, in at most `room` UTF-16 units.

        Raises FileProblem when not even a shortened name fits.
        """
        *folders, stem = ("".join(p.text(artwork, facts) for p in part) for part in self.parts)
        ending = f"{f' ({suffix + 1})' if suffix else ''}.{facts.extension}"
        stem = safe_component(stem, artwork.site_id, max_bytes=_MOST_BYTES)
        longest = room - utf16_length(ending) - _ROOM_FOR_FOLDER
        if longest >= 2 * _ROOM_FOR_FOLDER:
            stem = shorten(stem, longest)
        folder = "/".join(safe_component(name, "unnamed") for name in folders)
        return fit_path(folder, stem + ending, room)


@lru_cache(maxsize=64)
def parse_template(text: str) -> Template:
    """Raises BadTemplate (a UsageError) with the position of what is wrong."""
    if len(text) > LONGEST_TEMPLATE:
        raise BadTemplate(
            f"A template has at most {LONGEST_TEMPLATE} characters.", position=LONGEST_TEMPLATE
        )
    parts: list[list[Piece]] = [[]]
    begins = [0]
    at = 0
    for match in _TOKEN.finditer(text):
        _add_words(parts[-1], text[at : match.start()])
        at = match.end()
        token = match[0]
        if token in ("{{", "}}"):
            _add_words(parts[-1], token[0])
        elif token == "/":
            parts.append([])
            begins.append(at)
        elif match[1] is not None:
            parts[-1].append(_parse_field(match[1], match.start() + 1))
        else:
            raise _stray(token, match.start())
    _add_words(parts[-1], text[at:])
    _without_extension(parts[-1])
    for part, begin in zip(parts, begins, strict=True):
        _require_name(part, begin)
    if len(parts) - 1 > _MOST_FOLDERS:
        raise BadTemplate("These are too many folders.", position=begins[_MOST_FOLDERS])
    return Template(text, tuple(map(tuple, parts)))


def _add_words(part: list[Piece], words: str) -> None:
    if words:
        part.append(Piece((Choice(None, words),)))


def _parse_field(text: str, position: int) -> Piece:
    choices: list[Choice] = []
    for word in text.split("|"):
        name, longest = word.strip(), None
        if match := _CUT.fullmatch(name):
            name, longest = match[1], int(match[2])
        field = FIELD_OF.get(name)
        if field is None and not choices:
            raise _unknown(name, position)
        if longest == 0:
            raise BadTemplate(f"{{{word}}} would be cut to nothing.", position=position)
        choices.append(Choice(field, "" if field else word, longest))
    return Piece(tuple(choices))


def _unknown(name: str, position: int) -> BadTemplate:
    name = name[:40]
    near = difflib.get_close_matches(name.lower(), FIELD_OF, n=1, cutoff=0.5)
    advice = f"Did you mean {{{near[0]}}}?" if near else f"Fields are {', '.join(FIELD_OF)}."
    return BadTemplate(f"There is no field {{{name}}}.", position=position, advice=advice)


def _stray(token: str, position: int) -> BadTemplate:
    if token == "\\":
        return BadTemplate(
            "A template has no \\.", position=position, advice="Part folders with /."
        )
    if token == "{":
        return BadTemplate(
            "This { is never closed.", position=position, advice="Write {{ for the sign itself."
        )
    return BadTemplate(
        "This } closes nothing.", position=position, advice="Write }} for the sign itself."
    )


def _without_extension(part: list[Piece]) -> None:
    """`{id}.{ext}` means the same as `{id}`."""
    if len(part) < 2 or part[-1].choices[0].field is not FIELD_OF[_EXTENSION]:
        return
    before = part[-2].choices[0]
    if before.field is None and before.words.endswith("."):
        part[-2:] = [Piece((Choice(None, before.words[:-1]),))] if before.words[:-1] else []


def _require_name(part: list[Piece], position: int) -> None:
    if not part:
        raise BadTemplate("A name is missing here.", position=position)
    words = [choice for piece in part for choice in piece.choices]
    if all(word.field is None for word in words):
        name = "".join(word.words for word in words)
        if not name.strip(" ."):
            raise BadTemplate(f"{name!r} is not a name.", position=position)
