"""Captions for training: one line of text about an artwork, from its tags or its prompt.

Pure. What trainers read, and how boorus spell tags, as of 2026-11: tags with commas between,
underscores as spaces except in emoticons, brackets escaped where a prompt parser will read
them. An empty text stops some trainers, so there is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from artkeep.domain.artwork import Artwork, Tag
from artkeep.domain.caption_rules import (
    ALPHABETICAL,
    MARK,
    PARTS,
    CaptionRules,
    is_among,
    plain_name,
)
from artkeep.domain.rating import Rating

UNTAGGED = "untagged"
_MAIN = frozenset({"character", "copyright", "species", "artist", "meta"})
_LEFT_OUT = frozenset({"meta", "deprecated", "invalid", "rating"})  # categories
_MOST_REMEMBERED = 200_000

EMOTICONS = frozenset(
    (
        *(">_<", "^_^", "0_0", "@_@", ";_;", "+_+", "|_|", "=_=", "u_u", "x_x", "3_3", "6_9"),
        *(">_o", "<o>_<o>", "<|>_<|>", "o_o", "._.", "(o)_(o)", "+_-", "-_-", "o_x", "^_-"),
        *(">_>", "<_<", "||_||"),
    )
)
_LIKE_COLON_3 = re.compile(r">?[:;=][^\s\w]{0,2}\w?|[dx]:|\\[m|o^()]{1,4}/|\^o\^")
_COUNT = re.compile(r"\d+\+?(?:girl|boy|other)s?|multiple_(?:girls|boys|others)|solo|no_humans")
_BRACKET = re.compile(r"(?<!\\)[()]")
_BREAKS = re.compile(r"[\s,\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]+")
_LINE_BREAKS = re.compile(r"[\s\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]+")
_NETWORK = re.compile(r"<(?:lora|lyco|hypernet)\s*:[^<>]*>", re.IGNORECASE)

RATING_WORDS = {
    Rating.PG: "general",
    Rating.PG13: "sensitive",
    Rating.R: "questionable",
    Rating.X: "explicit",
    Rating.XXX: "explicit",
}


class _Spelt(NamedTuple):
    """A tag as rules want it: where it goes, how it is written, and what counts as the same."""

    part: str
    rank: int  # among those that go first
    words: str
    same: str
    stays: bool  # whatever score it has, and however many there may be


class Captioner:
    """Makes captions by the same rules. Each tag is looked at once."""

    def __init__(self, rules: CaptionRules) -> None:
        self._rules = rules
        self._parts = rules.parts
        self._replaced = {plain_name(old): new for old, new in rules.replace}
        self._spelt: dict[tuple[str, str], _Spelt | None] = {}
        self._taken = {_sameness(word) for word in f"{rules.trigger},{rules.suffix}".split(",")}
        self._alone = {"trigger": _line(rules.trigger), "suffix": _line(rules.suffix)}

    def caption(self, artwork: Artwork) -> str:
        """One line, never empty. Tags of a part come in the order of `artwork.tags`."""
        words = self._words_of_tags(artwork.tags)
        if self._rules.source == "prompt" or not words:
            prompt = _line(_NETWORK.sub(" ", artwork.prompt or ""))
            instead = prompt or (not words and tag_words(artwork.title or "", self._rules))
            words = {self._main_part: [instead]} if instead else words
        return self._put_in_order(artwork, words or {self._main_part: [UNTAGGED]}) or UNTAGGED

    @property
    def _main_part(self) -> str:
        """Where a text goes that stands in the place of the tags."""
        return next((name for name in ("tags", "general") if name in self._parts), "counts")

    def _words_of_tags(self, tags: Sequence[Tag]) -> dict[str, list[str]]:
        """Words by the part of the order that they belong to."""
        rules = self._rules
        by_part: dict[str, list[_Spelt]] = {}
        seen = set(self._taken)
        for tag in tags:
            key = (tag.name, tag.category)
            if key not in self._spelt:
                self._learn(key)
            spelt = self._spelt[key]
            if spelt is None or spelt.same in seen:
                continue
            if (
                rules.min_score is not None
                and tag.score is not None
                and tag.score < rules.min_score
                and not spelt.stays
            ):
                continue
            seen.add(spelt.same)
            by_part.setdefault(spelt.part, []).append(spelt)
        if rules.order == ALPHABETICAL and "tags" in by_part:
            by_part["tags"].sort(key=lambda one: (one.words.casefold(), one.words))
        if "first" in by_part:
            by_part["first"].sort(key=lambda one: one.rank)
        if rules.max_tags is not None:
            by_part = self._fewer(by_part, rules.max_tags)
        return {
            part: [one.words for one in by_part[part]]
            for part in self._parts
            if by_part.get(part)
        }

    def _fewer(self, by_part: dict[str, list[_Spelt]], most: int) -> dict[str, list[_Spelt]]:
        """The first ones, and those that are to stay."""
        left = most - sum(one.stays for some in by_part.values() for one in some)
        told: dict[str, list[_Spelt]] = {}
        for part in self._parts:
            for one in by_part.get(part, ()):
                if one.stays or left > 0:
                    told.setdefault(part, []).append(one)
                left -= not one.stays
        return told

    def _learn(self, key: tuple[str, str]) -> None:
        if len(self._spelt) > _MOST_REMEMBERED:
            self._spelt.clear()
        self._spelt[key] = self._spell(*key)

    def _spell(self, name: str, category: str) -> _Spelt | None:
        rules, plain = self._rules, plain_name(name)
        category = category.lower()
        stays = is_among(plain, rules.keep)
        if not stays and (category in _LEFT_OUT or is_among(plain, rules.drop)):
            return None
        words = tag_words(self._replaced.get(plain, name), rules)
        if not words:
            return None
        ranks = (n for n, one in enumerate(rules.first) if is_among(plain, (one,)))
        rank = next(ranks, len(rules.first))
        part = self._part_of(plain, category, is_first=rank < len(rules.first))
        return _Spelt(part, rank, words, _sameness(words), stays)

    def _part_of(self, plain: str, category: str, *, is_first: bool) -> str:
        parts = self._parts
        if is_first and "first" in parts:
            return "first"
        if "counts" in parts and _COUNT.fullmatch(plain):
            return "counts"
        if category in parts and category not in PARTS:
            return category
        return "tags" if "tags" in parts or category in _MAIN else "general"

    def _put_in_order(self, artwork: Artwork, words: dict[str, list[str]]) -> str:
        rules, alone = self._rules, self._alone
        if rules.rating and artwork.rating is not None:
            alone = alone | {"rating": RATING_WORDS[artwork.rating]}
        if rules.model and artwork.model:
            alone = alone | {"model": tag_words(artwork.model, rules)}
        stretches: list[list[str]] = [[]]
        for part in self._parts:
            if part == MARK:
                stretches.append([])
            elif alone.get(part):
                stretches[-1].append(alone[part])
            else:
                stretches[-1] += words.get(part, ())
        return f" {MARK} ".join(", ".join(stretch) for stretch in stretches if stretch)


def caption_name(name: str) -> str:
    """What the caption beside a file is called, which trainers find by the stem."""
    return (name.rpartition(".")[0] or name) + ".txt"


def caption_of(artwork: Artwork, rules: CaptionRules) -> str:
    """For a single one: see `Captioner`."""
    return captioner(rules).caption(artwork)


@lru_cache(maxsize=8)
def captioner(rules: CaptionRules) -> Captioner:
    """The one of these rules."""
    return Captioner(rules)


def tag_words(name: str, rules: CaptionRules) -> str:
    """One tag as it stands in a caption; empty for what has no letters or signs."""
    name = _BREAKS.sub(" ", name).strip()
    if is_emoticon(name):
        return name
    if rules.spaces:
        name = " ".join(name.replace("_", " ").split())
    return _BRACKET.sub(r"\\\g<0>", name) if rules.escape else name


@lru_cache(maxsize=50_000)
def is_emoticon(name: str) -> bool:
    """`>_<`, `:3`: underscores and brackets of these mean themselves."""
    low = name.lower()
    return low in EMOTICONS or bool(_LIKE_COLON_3.fullmatch(low))


def merged(existing: str, made: str) -> str:
    """What stands in a caption already, as it stands there, and then what is new in another.

    Only the first line is a caption to every trainer: further ones stay as they are.
    """
    line, *others = existing.split("\n")
    here = {_sameness(word) for word in re.split(rf",|{re.escape(MARK)}", line)}
    new = [word.strip() for word in re.split(rf",|{re.escape(MARK)}", made)]
    added = [word for word in new if _sameness(word) not in here | {""}]
    whole = ", ".join(filter(None, (line.strip().rstrip(","), *added)))
    return "\n".join([whole or made, *others])


def _sameness(word: str) -> str:
    plain = word.replace("\\(", "(").replace("\\)", ")").replace("_", " ")
    return " ".join(plain.casefold().split())


def _line(text: str) -> str:
    return _LINE_BREAKS.sub(" ", text).strip()
