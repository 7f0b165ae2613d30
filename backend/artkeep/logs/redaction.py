"""No key, password or cookie leaves by text: the one filter for everything we write (SE-25).

Known secrets are found as they are and in the shapes they travel in: percent-encoded, base64
(also in the middle of something longer), JSON- and repr-escaped. What is not known is found by
the look of its surroundings.
"""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote, quote_plus

MARK = "[redacted]"
_SHORTEST = 4  # a shorter "secret" would cut up ordinary words

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
_SECRET_FIELD = re.compile(
    rf"(?:^|[_.-])(?:{_AS_FIELDS}|{_HEADERS}|cookies|bearer)$", re.IGNORECASE
)

_known: set[str] = set()
_known_pattern: re.Pattern[str] | None = None


def add_secret(value: str) -> None:
    """Never let this value out, in any of its shapes. Values under 4 characters are left."""
    global _known_pattern
    value = value.strip()
    if len(value) < _SHORTEST or value in _known:
        return
    _known.add(value)
    shapes = sorted({shape for known in _known for shape in _shapes(known)}, key=len)
    _known_pattern = re.compile("|".join(map(re.escape, reversed(shapes))))


def redact(text: str) -> str:
    """The text without secrets. Applying it twice changes nothing more."""
    if _known_pattern is not None:
        text = _known_pattern.sub(MARK, text)
    for pattern, shown in _PATTERNS:
        text = pattern.sub(shown, text)
    return text


def is_secret_field(name: str) -> bool:
    """Whether the value under this name is secret whatever it looks like: `api_key`."""
    return _SECRET_FIELD.search(name) is not None


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
