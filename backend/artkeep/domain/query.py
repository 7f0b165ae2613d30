r"""The search language: what every search, job and export takes as its scope.

    model:"Pony" -tag:blurry score:>=3 since:2026-05
    download:done kind:image
    (author:lena* OR tag:"blue sky") rating:<=pg13

    query   = [ any ]
    any     = all { "OR" all }            OR binds weaker than standing side by side
    all     = part { part }               side by side: all must hold
    part    = [ "-" ] ( word | "(" any ")" )
    word    = [ field ":" ] value         no spaces around ":"; field names in any case
    value   = text { "," text }           any of them; bare words are not split at commas
            | sign item | item ".." item | item ".." | ".." item | item { "," … }
    sign    = ">=" | ">" | "<=" | "<" | "="

Quotes "…" keep spaces, commas and brackets together; `\` takes the meaning of the next
character away, inside quotes and outside. `*` stands for any text unless it is escaped.
Brackets inside a word belong to it when they are closed there: `tag:saber_(fate)`. Case never
matters but in ids without a wildcard.

Text, as a whole   author, model (model, version or base model), base_model, version (name or
                   id), tag, target (value of a target it belongs to), format (of a file that is
                   there), reason (of a failure), site, id (the site's), group (likewise), seed
Text, contained    title
Words              prompt, negative, and words without a field: in prompt, title, author, model,
                   version, base model or a tag. Negative prompts are left out there, for they
                   name what is not to be seen. Whole words: `cat` is not in "category", `cat*`
                   is; in quotes side by side. Accents do not matter, nor signs between words.
                   Chinese, Japanese and Korean are found anywhere in a text. With `*` elsewhere
                   than at the end, or without a letter or digit, the text as it stands
Numbers            width, height, pixels (`1MP`), size (`2MB`, `2MiB`: bytes of a file that is
                   there), tags (how many; `tag:none` is `tags:0`), stars (yours, 1 to 5; 0:
                   none), score (see below)
Dates, UTC         posted, added, downloaded, tagged (its votes were asked for): `2026`,
                   `2026-05`, `2026-05-01`,
                   `2026-05-01T18:30`, `today`, `yesterday`; `24h 7d 2w 3m 1y` is the time
                   since then, or that moment after a sign and in a range. `since:x` is
                   `posted:>=x`, `until:x` is `posted:<=x`
Levels             rating: `pg pg13 r x xxx`, `sfw` (PG, PG-13), `nsfw` (the rest and the
                   unrated), `unrated`
Choices            kind: `image video ugoira`; favourite: `yes no`; has: `prompt model seed file
                   tags`; download, examine, tagging, embed, convert: `none queued done failed
                   skipped gone`

`score` is what the site's votes give a tag. Beside `tag:` terms it is about those tags,
otherwise about any one tag; several scores side by side are about the same tag. After `-` or
within OR it stands for itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from artkeep.domain.query_fields import ALIASES, FIELDS, did_you_mean, read_patterns
from artkeep.domain.query_nodes import (
    FIELD_PREFIX,
    And,
    Node,
    Not,
    Or,
    Query,
    Term,
    Words,
    to_text,
)
from artkeep.errors import BadQuery

__all__ = ["DEEPEST_NESTING", "LONGEST_QUERY", "MOST_TERMS", "Query", "parse_query", "to_text"]

LONGEST_QUERY = 10_000  # characters
MOST_TERMS = 200  # alternatives counted one by one
DEEPEST_NESTING = 20

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # no database can hold, so none can find it
_USE_QUOTES = 'To look for the text itself, put it in "quotes".'


def parse_query(text: str, *, now: datetime | None = None) -> Query:
    """Read a query; empty text is everything. Raises BadQuery with the word's offset.

    Relative dates count from `now` (aware; by default the present, to the second).
    """
    if len(text) > LONGEST_QUERY:
        raise BadQuery(f"The query is longer than {LONGEST_QUERY} characters.", position=0)
    if bad := _UNSTORABLE.search(text):
        raise BadQuery("There is an unreadable character.", position=bad.start())
    moment = (now or datetime.now(UTC).replace(microsecond=0)).astimezone(UTC)
    parser = _Parser(_tokens(text), moment, end=len(text))
    return Query(parser.whole())


@dataclass(frozen=True, slots=True)
class _Token:
    """A word as it stands in the text, `OR`, or a bracket; "" is the end."""

    raw: str
    position: int
    negated: bool = False


def _tokens(text: str) -> list[_Token]:
    tokens = []
    index = 0
    while index < len(text):
        if text[index].isspace():
            index += 1
            continue
        start, negated = index, text[index] == "-"
        index += negated
        if negated and (text[index : index + 1] in ("", ")", "-") or text[index].isspace()):
            raise BadQuery("A - needs a word after it.", position=start, advice=_USE_QUOTES)
        end = index + 1 if text[index] in "()" else _word_end(text, index)
        tokens.append(_Token(text[index:end], start, negated))
        index = end
    return tokens


def _word_end(text: str, start: int) -> int:
    """The offset after the word; spaces and `)` end it outside quotes and its own brackets."""
    open_brackets: list[int] = []
    index = start
    while index < len(text) and not text[index].isspace():
        char = text[index]
        if char == "\\":
            index += 1
        elif char == '"':
            index = _closing_quote(text, index)
        elif char == "(":
            open_brackets.append(index)
        elif char == ")":
            if not open_brackets:
                break
            open_brackets.pop()
        index += 1
    if open_brackets:
        raise BadQuery("A ( is never closed.", position=open_brackets[-1], advice=_USE_QUOTES)
    return min(index, len(text))


def _closing_quote(text: str, start: int) -> int:
    index = start + 1
    while index < len(text):
        if text[index] == '"':
            return index
        index += 2 if text[index] == "\\" else 1
    raise BadQuery("A quote is never closed.", position=start, advice='Write \\" for a quote.')


class _Parser:
    """Recursive descent over the tokens, one method per rule of the grammar."""

    def __init__(self, tokens: list[_Token], now: datetime, *, end: int) -> None:
        self._tokens = tokens
        self._end = _Token("", end)
        self._now = now
        self._next = 0
        self._terms = 0

    def whole(self) -> Node | None:
        if not self._tokens:
            return None
        root = self._any(depth=0)
        if self._peek().raw:
            raise BadQuery("There is a ) too many.", position=self._peek().position)
        return root

    def _peek(self) -> _Token:
        return self._tokens[self._next] if self._next < len(self._tokens) else self._end

    def _any(self, depth: int) -> Node:
        parts: list[Node] = []
        while True:
            node = self._all(depth)
            parts += node.parts if isinstance(node, Or) else (node,)
            if self._peek().raw != "OR":
                return parts[0] if len(parts) == 1 else Or(tuple(parts))
            self._next += 1

    def _all(self, depth: int) -> Node:
        parts: list[Node] = []
        while self._peek().raw not in ("", ")", "OR") or self._peek().negated:
            node = self._part(depth)
            parts += node.parts if isinstance(node, And) else (node,)
        if not parts:
            at = self._peek()
            where = f"before {at.raw}" if at.raw else "at the end"
            raise BadQuery(f"A word is missing {where}.", position=at.position)
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _part(self, depth: int) -> Node:
        token = self._peek()
        self._next += 1
        node = self._group(token, depth + 1) if token.raw == "(" else self._term(token)
        return Not(node) if token.negated else node

    def _group(self, token: _Token, depth: int) -> Node:
        if depth > DEEPEST_NESTING:
            raise BadQuery(
                f"Brackets go deeper than {DEEPEST_NESTING}.", position=token.position
            )
        node = self._any(depth)
        if self._peek().raw != ")":
            raise BadQuery("A ( is never closed.", position=token.position)
        self._next += 1
        return node

    def _term(self, token: _Token) -> Term:
        term = _read_term(token, self._now)
        self._terms += len(term.values)
        if self._terms > MOST_TERMS:
            raise BadQuery(f"There are more than {MOST_TERMS} words.", position=token.position)
        return term


def _read_term(token: _Token, now: datetime) -> Term:
    prefix = FIELD_PREFIX.match(token.raw)
    if prefix is None:
        return _read_bare(token)
    written, value = prefix[1], token.raw[prefix.end() :]
    field = ALIASES.get(written.lower(), written.lower())
    if field not in FIELDS:
        near = did_you_mean(field, (*FIELDS, *ALIASES))
        raise BadQuery(
            f"There is no field {written[:50]}.",
            position=token.position,
            advice=f"{near} {_USE_QUOTES}".strip(),
        )
    if not value or value.startswith("("):
        raise BadQuery(
            f"{field}: needs a value right after it.",
            position=token.position,
            advice=f'Write {field}:value, {field}:"two words" or {field}:one,other.',
        )
    try:
        return FIELDS[field](field, value, now)
    except ValueError as error:
        raise BadQuery(
            f"{field}: cannot be {value[:50]}.", position=token.position, advice=str(error)
        ) from None


def _read_bare(token: _Token) -> Term:
    if token.raw in ("AND", "NOT", "OR"):
        raise BadQuery(
            f"{token.raw} has no meaning here.",
            position=token.position,
            advice="Words side by side must all hold, - before a word means not.",
        )
    try:
        return Words("text", read_patterns(token.raw, separator=""))
    except ValueError as error:
        raise BadQuery(
            "A word cannot be read.", position=token.position, advice=str(error)
        ) from None
