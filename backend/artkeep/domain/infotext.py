"""The AUTOMATIC1111 text: a prompt, a negative prompt, and a line of parameters.

Learnt from AUTOMATIC1111's and Forge's `modules/infotext_utils.py` and civitai's
`automatic.metadata.ts`, 2026-11. Whatever is parsed may be hostile: the time is linear.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from artkeep.domain.parameters import (
    Pair,
    count_plain_pairs,
    in_written_order,
    is_all_pairs,
    read_pairs,
    write_pairs,
)

_NEGATIVE: Final = "Negative prompt:"
_STEPS: Final = "Steps:"
_TEMPLATE: Final = "Template:"
_NEGATIVE_TEMPLATE: Final = "Negative Template:"
# As many pairs make a last line one of parameters, even without Steps.
_FEWEST_PAIRS: Final = 3
_STARTS_WITH_STEPS: Final = re.compile(r"\s{0,64}Steps:\s{0,64}\d")
_STEPS_WITHIN: Final = re.compile(r"(?<=[,.])[ \t]{0,64}Steps:[ \t]{0,64}(?=\d)")
_NEGATIVE_WITHIN: Final = re.compile(r"(?<=[,.])[ \t]{0,64}Negative prompt:")
_HEADING: Final = re.compile(r"parameters:\s", re.IGNORECASE)
# A line that begins so is taken for something else by one reader or another.
_MISLEADING: Final = ("negative prompt:", "steps:", "template:", "negative template:")


@dataclass(frozen=True, slots=True)
class Infotext:
    """What the text says. Quoted values of `parameters` are decoded, bare JSON is not.

    The prompts are trimmed; blanks at the ends of their lines stay.
    """

    prompt: str = ""
    negative_prompt: str = ""
    parameters: tuple[Pair, ...] = ()
    template: str = ""
    negative_template: str = ""

    def value(self, *keys: str) -> str | None:
        """The first value of the first of these keys that is there, in whatever letters."""
        for key in keys:
            for name, value in self.parameters:
                if name.casefold() == key.casefold():
                    return value
        return None


def parse_infotext(text: str) -> Infotext:
    """Any text at all. Without a line of parameters it is all prompt."""
    lines = _lines_of(text)
    at = _find_parameters(lines)
    if at is None:
        prompt, negative = _split_prompts(lines)
        return Infotext(prompt, negative)
    prompt, negative = _split_prompts(lines[:at])
    parameters, template, negative_template = _read_rest(lines[at:])
    return Infotext(prompt, negative, parameters, template, negative_template)


def has_parameters(text: str) -> bool:
    """Whether the text is one of a generator: it has a line of parameters or a negative prompt.

    Anything else may be anybody's comment.
    """
    lines = _lines_of(text)
    if _find_parameters(lines) is not None:
        return True
    return any(_begins(line, _NEGATIVE) for line in lines)


def write_infotext(infotext: Infotext) -> str:
    """The text, as AUTOMATIC1111 writes it; values that are JSON come last in their line."""
    parts = [infotext.prompt]
    if infotext.negative_prompt:
        parts.append(f"{_NEGATIVE} {infotext.negative_prompt}")
    if infotext.parameters:
        parts.append(write_pairs(infotext.parameters))
    if infotext.template:
        parts.append(f"{_TEMPLATE} {infotext.template}")
    if infotext.negative_template:
        parts.append(f"{_NEGATIVE_TEMPLATE} {infotext.negative_template}")
    return "\n".join(parts).strip()


def is_exact(infotext: Infotext) -> bool:
    """Whether every reader gets back from the written text what went in.

    The grammar has no escape for a prompt: a line that begins like another part of the text, or
    has blanks at its ends, is read otherwise. Where this is False the exact words belong into
    the sidecar.
    """
    texts = (
        infotext.prompt,
        infotext.negative_prompt,
        infotext.template,
        infotext.negative_template,
    )
    for line in (line for text in texts for line in text.split("\n")):
        if line != line.strip() or line.casefold().startswith(_MISLEADING):
            return False
    in_order = replace(infotext, parameters=in_written_order(infotext.parameters))
    return parse_infotext(write_infotext(infotext)) == in_order


def _lines_of(text: str) -> list[str]:
    text = text.replace("\r\n", "\n").strip().strip("\0").strip()
    if _HEADING.match(text):
        text = text[len("parameters:") :].lstrip()
    lines = text.split("\n")
    if any(map(_STARTS_WITH_STEPS.match, lines)):
        return lines
    return _split_one_line(lines)


def _find_parameters(lines: list[str]) -> int | None:
    """The index of the line of parameters: the last line, or the last that begins with Steps
    where only templates follow it, or where nothing else looks like one."""
    last = len(lines) - 1
    while last > 0 and not lines[last].strip():
        last -= 1
    has_template = False
    steps = None
    for index in range(last, -1, -1):
        line = lines[index]
        if _STARTS_WITH_STEPS.match(line):
            steps = index
            break
        if _begins(line, _NEGATIVE):
            break  # what stands before it is prompt
        has_template = has_template or _begins(line, _TEMPLATE, _NEGATIVE_TEMPLATE)
    if steps is not None and (steps == last or has_template):
        return steps
    if not has_template and _is_line_of_pairs(lines[last]):
        return last
    return steps


def _is_line_of_pairs(line: str) -> bool:
    if _begins(line, _NEGATIVE):
        return False
    return count_plain_pairs(line, _FEWEST_PAIRS) >= _FEWEST_PAIRS


def _split_one_line(lines: list[str]) -> list[str]:
    """Where nobody began a line with Steps, the marks within a line count, as at civitai."""
    text = "\n".join(lines)
    steps = deque(_STEPS_WITHIN.finditer(text), maxlen=1)
    if not steps or (is_all_pairs(lines[-1]) and not _begins(lines[-1], _NEGATIVE)):
        return lines
    at = steps[0].start()
    before = text[:at]
    negative = _NEGATIVE_WITHIN.search(before)
    if negative is not None and not any(_begins(line, _NEGATIVE) for line in lines):
        head, tail = before[: negative.start()], before[negative.start() :].lstrip()
        before = f"{head.removesuffix(',')}\n{tail}"
    return [*before.removesuffix(",").split("\n"), *text[at:].lstrip().split("\n")]


def _split_prompts(lines: list[str]) -> tuple[str, str]:
    for index, line in enumerate(lines):
        if _begins(line, _NEGATIVE):
            first = line.strip()[len(_NEGATIVE) :]
            return _join(lines[:index]), _join([first, *lines[index + 1 :]])
    return _join(lines), ""


def _read_rest(lines: list[str]) -> tuple[tuple[Pair, ...], str, str]:
    """The line of parameters and what follows it: templates, or more parameters."""
    pairs: list[Pair] = []
    templates: dict[str, list[str]] = {}
    current: list[str] | None = None
    for index, line in enumerate(lines):
        mark = next((m for m in (_TEMPLATE, _NEGATIVE_TEMPLATE) if _begins(line, m)), None)
        if index and mark is not None and mark not in templates:
            current = templates[mark] = [line.strip()[len(mark) :]]
        elif current is not None:
            current.append(line)
        else:
            pairs += read_pairs(line)
    return (
        tuple(pairs),
        _join(templates.get(_TEMPLATE, ())),
        _join(templates.get(_NEGATIVE_TEMPLATE, ())),
    )


def _begins(line: str, *marks: str) -> bool:
    return line.lstrip().startswith(marks)


def _join(lines: Iterable[str]) -> str:
    return "\n".join(lines).strip()
