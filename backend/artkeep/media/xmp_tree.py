"""XML into an element tree: no document type, no entities, no endless nesting (SE-12)."""

from __future__ import annotations

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

_MOST_DEPTH = 50
_MOST_ELEMENTS = 100_000


class MalformedXmp(ValueError):
    """The packet is not XML, or XML that we refuse."""


def parse_xmp(packet: bytes) -> Element:
    """The root element, names as `{namespace}local`. Raises MalformedXmp."""
    builder = TreeBuilder()
    depth = count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > _MOST_DEPTH or count > _MOST_ELEMENTS:
            raise MalformedXmp("too many elements")
        builder.start(_clark(name), {_clark(key): text for key, text in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_clark(name))

    def refuse(*_: object) -> None:
        raise MalformedXmp("a document type is not accepted")

    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(packet.strip(b"\0 \t\r\n"), True)
        return builder.close()
    except (expat.ExpatError, ValueError, LookupError, AssertionError) as error:
        raise MalformedXmp(str(error)) from error


def _clark(name: str) -> str:
    return "{" + name if "}" in name else name
