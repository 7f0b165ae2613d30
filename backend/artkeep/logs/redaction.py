"""No key, password or cookie leaves by text: the one filter for everything we write (SE-25).

Known secrets are found as they are and in the shapes they travel in: percent-encoded, base64
(also in the middle of something longer), JSON- and repr-escaped. What is not known is found by
the look of its surroundings.

`redact` is for what people read: logs, messages, answers. `strip_secrets` is for sidecars and
`hide_known` for exports: a prompt stays a prompt whatever it looks like, only addresses lose
the parameters that are secrets (SE-24).
"""

from __future__ import annotations

import base64
import json
import re
import threading
from urllib.parse import quote, quote_plus

MARK = "[redacted]"
_SHORTEST = 4  # a shorter "secret" would cut up ordinary words
_SHORTEST_IN_KEPT = 12  # in prompts even a password like "sunflower" is an ordinary word

# Whose value is secret after `=` (queries, forms), after `:` as well, and as a header.
_IN_QUERIES = (
    r"token|key|sig|signature|secret|password|passwd|pwd|pass_hash|auth|jwt|session|"
    r"session_?id|credential|policy|hmac|x-(?:amz|goog)-[\w-]{1,40}"
)
_AS_FIELDS = (
    r"token|api[_-]?key|secret|signature|password|passwd|pass_hash|session_?id|credential|"
    r"x-(?:amz|goog)-[\w-]{1,40}"
)
_HEADERS = r"authorization|cookie"  # also Proxy-Authorization and Set-Cookie
_QUOTE = r"\\*[\"']"
_VALUE = r"(?:(?!%26)[^\s&\"'<>#;\\])+"  # rather a bracket too much than half a password

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), shown)
    for pattern, shown in (
        # "Authorization": "Bearer a b", ('cookie', b'a="b"'), password = 'x y': up to its quote
        (
            rf"((?:{_HEADERS}|{_AS_FIELDS})(?:{_QUOTE})?\s*[:=,]\s*b?)({_QUOTE})"
            r"(?:(?!\2)(?:\\.|[^\\]))*",
            rf"\1\2{MARK}",
        ),
        # Cookie: a=b; c="d": up to the end of the line
        (rf"((?:{_HEADERS})\s*[:=]\s*)(?!b?{_QUOTE})[^\r\n]+", rf"\1{MARK}"),
        (r"(\bbearer(?:\s+|%20|\+))[\w.~+/=%-]{6,}", rf"\1{MARK}"),
        # postgresql://user:password@host
        (r"(://[^/\s:@\"'?#]{0,200}:)[^/\s\"'?#]{1,500}@", rf"\1{MARK}@"),
        (rf"((?:{_IN_QUERIES})(?:{_QUOTE})?\s*(?:=|%3d)\s*){_VALUE}", rf"\1{MARK}"),
        (rf"((?:{_AS_FIELDS})(?:{_QUOTE})?\s*:\s*){_VALUE}", rf"\1{MARK}"),
        (r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*", MARK),  # a JSON web token
    )
)
_PARAMETER = rf"(?:[\w-]{{0,40}}[_-])?(?:{_IN_QUERIES}|api_?key|key-pair-id)=[^&#\s\"'<>\\]*"
_FIRST_PARAMETER = re.compile(
    rf"\?(?:{_PARAMETER}(?:&(?:amp;)?|(?=[#\s\"'<>\\]|$)))+", re.IGNORECASE
)
_NEXT_PARAMETER = re.compile(rf"&(?:amp;)?{_PARAMETER}", re.IGNORECASE)
_ANY_PARAMETER = re.compile(rf"[?&;]{_PARAMETER}", re.IGNORECASE)
_SECRET_FIELD = re.compile(
    rf"(?:^|[_.-])(?:{_AS_FIELDS}|{_HEADERS}|cookies|bearer)$", re.IGNORECASE
)
_LOGIN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.|\b[Bb]earer\s+[\w.~+/=%-]{20,}")

_adding = threading.Lock()
_known: set[str] = set()
_known_pattern: re.Pattern[str] | None = None
_kept_shapes: tuple[str, ...] = ()
_kept_pattern: re.Pattern[str] | None = None


def add_secret(value: str) -> None:
    """Never let this value out, in any of its shapes. Values under 4 characters are left."""
    global _known_pattern, _kept_pattern, _kept_shapes
    value = value.strip()
    if len(value) < _SHORTEST:
        return
    with _adding:
        if value in _known:
            return
        _known.add(value)
        _known_pattern = _any_of(_shapes_of(_known))
        _kept_shapes = _shapes_of(
            {known for known in _known if len(known) >= _SHORTEST_IN_KEPT}
        )
        _kept_pattern = _any_of(_kept_shapes) if _kept_shapes else None


def redact(text: str) -> str:
    """The text without secrets. Applying it twice changes nothing more."""
    if _known_pattern is not None:
        text = _known_pattern.sub(MARK, text)
    for pattern, shown in _PATTERNS:
        text = pattern.sub(shown, text)
    return text


def strip_secrets(text: str) -> str:
    """The same address, or text with addresses in it, without parameters that are secrets,
    and without known keys (of 12 characters and more) anywhere."""
    if not holds_secret(text):
        return text
    text = _NEXT_PARAMETER.sub("", hide_known(text))
    return _FIRST_PARAMETER.sub(
        lambda found: "?" if found[0].endswith(("&", ";")) else "", text
    )


def hide_known(text: str) -> str:
    """Without known keys (of 12 characters and more), and fast enough for exports."""
    if _kept_pattern is None or not _holds_known(text):
        return text
    return _kept_pattern.sub(MARK, text)


def _holds_known(text: str) -> bool:
    return any(shape in text for shape in _kept_shapes)


def holds_secret(text: str) -> bool:
    """Whether `strip_secrets` would change it. Cheap, because every download asks."""
    if _holds_known(text):
        return True
    return "?" in text and "/" in text and _ANY_PARAMETER.search(text) is not None


def is_secret_field(name: str) -> bool:
    """Whether the value under this name is secret whatever it looks like: `api_key`."""
    return _SECRET_FIELD.search(name) is not None


def is_login(text: str) -> bool:
    """Whether it is a login token, or has one in it: `eyJ….….…`, `Bearer …`."""
    return ("eyJ" in text or "earer" in text) and _LOGIN.search(text) is not None


def _shapes_of(values: set[str]) -> tuple[str, ...]:
    """All shapes, the longest first."""
    found = {shape for value in values for shape in _shapes(value)}
    return tuple(sorted(found, key=len, reverse=True))


def _any_of(shapes: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, shapes)))


def _shapes(value: str) -> set[str]:
    encoded = value.encode("utf-8", "surrogatepass")
    shapes = {value, json.dumps(value)[1:-1], repr(value)[1:-1]}
    for percent in (quote(encoded, safe=""), quote(encoded), quote_plus(encoded)):
        shapes |= {percent, re.sub("%..", lambda code: code[0].lower(), percent)}
    for before in range(3):
        # Base64 works on threes: what stands before shifts the secret to one of three shapes.
        # Characters that also hold bits of the neighbours are left out.
        middle = base64.b64encode(bytes(before) + encoded).decode("ascii")
        start = (0, 2, 3)[before]
        end = (before + len(encoded)) * 8 // 6
        core = middle[start:end]
        if len(core) >= 6:
            shapes |= {core, core.replace("+", "-").replace("/", "_")}
    return {shape for shape in shapes if len(shape) >= _SHORTEST}
