"""The words in a ComfyUI graph: from a conditioning to the texts that it was made of.

Strings pass through primitives, joins, switches and reroutes. A node that makes up words of its
own, such as a language model, ends the way: its result is not in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from artkeep.domain.comfy_graph import Graph, Node
from artkeep.domain.generated import whole_text

_DEEPEST: Final = 100
_MOST_VISITS: Final = 5_000
_LONGEST: Final = 1_000_000
# Nodes whose result nobody can tell from their inputs.
_MAKES_WORDS: Final = re.compile(
    r"textgenerat|generatetext|llm|ollama|gpt|gemini|claude|florence|caption|interrog|tagger"
    r"|vlm|chat|enhance|expan[ds]|translat|moondream|llava|qwen.*(?:vl|prompt)|deepseek|regex"
    r"|promptgenerat|random",
    re.IGNORECASE,
)
_IS_ENCODER: Final = re.compile(r"text_?encode|clip_?text|encode.*prompt|prompt.*encode", re.I)
_ENCODED: Final = ("text", "prompt", "text_g", "text_l", "clip_l", "t5xxl", "string", "caption")
_STRINGS: Final = (
    "populated_text", "text", "string", "value", "prompt", "String", "Text", "Value", "source",
    "prompt_text", "str", "input", "any", "anything", "wildcard_text",
    "populated_prompt", "multiline_text", "text_0", "Prompt", "text1", "positive_prompt",
    "positive", "",
)  # fmt: skip
_IS_CONDITION: Final = re.compile(r"cond", re.IGNORECASE).match
_LEADS_ON: Final = re.compile(r"guider|pipe|tuple|embeds|context|bundle", re.IGNORECASE)
_JOINED: Final = re.compile(r"(?:string|text|prompt|input|str|part)[ _]?(?:[a-z]|\d{1,3})\Z")
_IS_JOIN: Final = re.compile(r"concat|join|combine|append|merge|string function|cr text", re.I)
# Inputs that are no words and no conditioning.
_NO_WORDS: Final = re.compile(
    r"model|clip|vae|image|mask|latent|samples|control_?net|pixels|noise|sampler|sigmas"
    r"|ip_?adapter|lora",
    re.IGNORECASE,
).search


class Texts:
    """Reads the words of one graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._visits = 0

    def prompt_of(self, sampler: Node, side: str) -> str | None:
        """The words of one side, `positive` or `negative`; None when the file has them not."""
        self._visits = 0
        parts: list[str] = []
        for node in self._encoders(sampler, side):
            for text in self._words_of(node, side):
                if text not in parts:
                    parts.append(text)
        return whole_text("\n".join(parts)[:_LONGEST]) if parts else None

    def user_text_of(self, sampler: Node) -> str | None:
        """What somebody typed for a language model to make the prompt of.

        Its instructions are typed, too: the words that a switch would have used instead of the
        model's are the user's, otherwise those that came last.
        """
        self._visits = 0
        typed: list[tuple[bool, str]] = []
        for encoder in self._encoders(sampler, "positive"):
            self._gather_typed(encoder, typed)
        if not typed:
            return None
        beside_model = [text for is_beside, text in typed if is_beside]
        return whole_text((beside_model or [text for _, text in typed])[-1])

    def without_sampler(self) -> tuple[str | None, str | None]:
        """By what their user called the encoders, or the first two of them."""
        self._visits = 0
        found: dict[str, str] = {}
        for node in list(self._graph.nodes.values())[:_MOST_VISITS]:
            if not _is_encoder(node) and not isinstance(node.inputs.get("prompt"), str):
                continue
            text = "\n".join(self._words_of(node, "positive"))
            title = f"{node.title} {node.id}".lower()
            side = "negative" if "negative" in title or "positive" in found else "positive"
            found.setdefault(side, text)
        return whole_text(found.get("positive")), whole_text(found.get("negative"))

    def _encoders(self, sampler: Node, side: str) -> Iterator[Node]:
        """The nodes that turn words into this side's conditioning, in order."""
        seen = {sampler.id}
        waiting = [(sampler, False)]
        while waiting and len(seen) < _MOST_VISITS:
            node, is_on_side = waiting.pop()
            if "zeroout" in node.kind.lower():
                continue  # the negative of many graphs: the positive without its words
            if _has_words(node, side) or (node is not sampler and _is_encoder(node)):
                yield node
                continue
            sources = []
            for name, value in self._ways_up(node, side, is_on_side):
                source = self._graph.linked(value)
                if source is not None and source.id not in seen:
                    seen.add(source.id)
                    sources.append(
                        (source, is_on_side or name == side or bool(_IS_CONDITION(name)))
                    )
            if not sources and is_on_side:
                yield node
            waiting.extend(reversed(sources))

    def _ways_up(self, node: Node, side: str, is_on_side: bool) -> list[tuple[str, Any]]:
        """The inputs that may lead to this side's words, with their names."""
        if side in node.inputs:
            return [(side, node.inputs[side])]
        if _is_switch(node):
            return [("", value) for value in self._chosen(node)]
        if not is_on_side:
            # A guider without a negative has none: its conditioning is the positive.
            return [
                (name, value)
                for name, value in node.inputs.items()
                if _LEADS_ON.search(name) or (side == "positive" and _IS_CONDITION(name))
            ]
        opposite = "negative" if side == "positive" else "positive"
        return [
            (name, value)
            for name, value in node.inputs.items()
            if opposite not in name and not _NO_WORDS(name)
        ]

    def _words_of(self, node: Node, side: str) -> list[str]:
        """What an encoder encodes. An empty field counts only when there is no other."""
        names = [
            name for name in (f"{side}_prompt", side, f"text_{side}") if name in node.inputs
        ]
        names = names or [name for name in _ENCODED if name in node.inputs]
        if not names:
            text = self._string([node.id, 0], 0)
            return [] if text is None else [text]
        texts = [self._string(node.inputs[name], 0) for name in names]
        known = [text for text in texts if text is not None]
        full = [text for text in known if text.strip()]
        if names and names[0] == "text" and full and full[0] == known[0]:
            return full[:1]
        return full or known[:1]

    def _string(self, value: object, depth: int) -> str | None:
        """The text of an input; None when it is computed."""
        if isinstance(value, str):
            return value
        node = self._graph.linked(value)
        self._visits += 1
        if node is None or depth > _DEEPEST or self._visits > _MOST_VISITS:
            return None
        inputs = node.inputs
        if _is_switch(node):
            texts = (self._string(each, depth + 1) for each in self._chosen(node))
            return next((text for text in texts if text is not None), None)
        if _MAKES_WORDS.search(node.kind) and not inputs.get("populated_text"):
            return None
        if parts := self._joined_parts(node):
            texts_known = [self._string(part, depth + 1) for part in parts]
            if None in texts_known:
                return None
            glue = self._string(inputs.get("delimiter", inputs.get("separator", "")), depth + 1)
            joined = (glue or "").join(text for text in texts_known if text)[:_LONGEST]
            self._visits += len(joined) // 1000  # joins of joins would grow for ever
            return joined
        if "replace" in node.kind.lower() and {"find", "replace"} <= inputs.keys():
            return self._replaced(inputs, depth)
        for name in _STRINGS:
            if name in inputs and (text := self._string(inputs[name], depth + 1)) is not None:
                return text
        return None

    def _replaced(self, inputs: Mapping[str, Any], depth: int) -> str | None:
        names = ("string", "find", "replace")
        whole, old, new = (self._string(inputs.get(name), depth + 1) for name in names)
        if whole is None or not old or new is None or len(new) * whole.count(old) > _LONGEST:
            return whole
        return whole.replace(old, new)

    def _joined_parts(self, node: Node) -> list[Any]:
        if "show" in node.kind.lower():
            return []  # it keeps what it has shown beside what it is given
        names = [name for name in node.inputs if _JOINED.match(name.lower())]
        if len(names) > 1 or (names and _IS_JOIN.search(node.kind)):
            return [node.inputs[name] for name in names if node.inputs[name] is not None]
        return []

    def _chosen(self, node: Node) -> list[Any]:
        """The branch that a switch takes; all of them when that cannot be told."""
        inputs = node.inputs
        told = self._graph.value(
            inputs.get("switch", inputs.get("boolean", inputs.get("condition")))
        )
        if isinstance(told, bool) and "on_true" in inputs:
            return [inputs.get("on_true" if told else "on_false")]
        index = self._graph.value(
            inputs.get("select", inputs.get("index", inputs.get("Input")))
        )
        if isinstance(index, int):
            for name in (f"input{index}", f"input_{index}", f"text{index}", f"value{index}"):
                if name in inputs:
                    return [inputs[name]]
        return [value for value in inputs.values() if isinstance(value, list)]

    def _gather_typed(self, encoder: Node, typed: list[tuple[bool, str]]) -> None:
        """Every primitive text upstream, with whether a switch could have used it directly."""
        seen = {encoder.id}
        waiting = [(encoder, False)]
        for node, is_beside in waiting:
            links = [
                source
                for name, value in node.inputs.items()
                if not _NO_WORDS(name) and (source := self._graph.linked(value)) is not None
            ]
            if not links and node is not encoder:
                text = self._string([node.id, 0], 0)
                if text and text.strip():
                    typed.append((is_beside, text))
            for source in links:
                if source.id not in seen and len(seen) < _MOST_VISITS:
                    seen.add(source.id)
                    is_leaf = not any(map(self._graph.linked, source.inputs.values()))
                    beside = is_beside or (_is_switch(node) and is_leaf)
                    waiting.append((source, beside))


def _is_encoder(node: Node) -> bool:
    if _IS_ENCODER.search(node.kind):
        return True
    has_clip = any(name.endswith("clip") for name in node.inputs)
    return has_clip and any(name in node.inputs for name in _ENCODED)


def _has_words(node: Node, side: str) -> bool:
    names = (side, f"{side}_prompt", f"text_{side}")
    return any(isinstance(node.inputs.get(name), str) for name in names)


def _is_switch(node: Node) -> bool:
    return "switch" in node.kind.lower() or "on_true" in node.inputs
