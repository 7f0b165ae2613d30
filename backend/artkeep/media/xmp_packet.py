"""XMP packets: what one says, and one that says what we know.

Parsed by expat alone: a document type, and with it every entity, is refused (SE-12). Keywords
are written where digiKam, Lightroom, Immich and the Windows Explorer each look for them.

Source: ISO 16684-1, Adobe XMP specification part 2; digiKam, Immich, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from artkeep.domain.embedded import Knowledge, Text
from artkeep.media.xmp_tree import MalformedXmp, parse_xmp

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_X = "{adobe:ns:meta/}"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
DC = "{http://purl.org/dc/elements/1.1/}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
LIGHTROOM = "{http://ns.adobe.com/lightroom/1.0/}"
DIGIKAM = "{http://www.digikam.org/ns/1.0/}"
EXIF = "{http://ns.adobe.com/exif/1.0/}"
ARTKEEP = "{https://artkeep.invalid/ns/1.0/}"  # a name, not an address
_PREFIXES: Final = {
    "x": _X,
    "rdf": _RDF,
    "dc": DC,
    "xmp": XMP,
    "photoshop": PHOTOSHOP,
    "lr": LIGHTROOM,
    "digiKam": DIGIKAM,
    "exif": EXIF,
    "artkeep": ARTKEEP,
}
for _prefix, _namespace in _PREFIXES.items():
    register_namespace(_prefix, _namespace.strip("{}"))

_BEGIN = b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_END = b'\n<?xpacket end="w"?>'
# A keyword's own slash or bar would be read as a level of a hierarchy ("fate/stay_night").
_NO_SLASH = str.maketrans({"/": "\N{DIVISION SLASH}"})
_NO_BAR = str.maketrans({"|": "\N{DIVIDES}"})
_NOT_XML = dict.fromkeys(
    [*(code for code in range(32) if code not in (9, 10, 13)), 0xFFFE, 0xFFFF]
)


def read_xmp(packet: bytes) -> dict[str, tuple[str, ...]]:
    """Every simple or list property by its full name, `{namespace}local`.

    Raises MalformedXmp.
    """
    found: dict[str, tuple[str, ...]] = {}
    for description in _descriptions(parse_xmp(packet)):
        for name, value in description.attrib.items():
            if not name.startswith((_RDF, "{http://www.w3.org/XML/")):
                found[name] = (value,)
        for prop in description:
            if values := _values(prop):
                found[prop.tag] = values
    return found


def xmp_texts(packet: bytes) -> Iterator[Text]:
    """The same as texts: `XMP:` and the local name. Nothing when the packet is malformed."""
    try:
        properties = read_xmp(packet)
    except MalformedXmp:
        return
    for name, values in properties.items():
        yield Text(f"XMP:{name.rpartition('}')[2]}", "; ".join(values))


def build_xmp(
    knowledge: Knowledge, existing: bytes | None, *, with_infotext: bool = False
) -> bytes:
    """A packet that says what we know, and what `existing` said of everything else.

    Keywords of others stay and ours come behind them; what we wrote earlier and no longer know
    of goes. The infotext is put in only where
    it has no place of its own: in a file beside. Raises MalformedXmp when
    `existing` is no XMP: it is not ours to throw away.
    """
    root = parse_xmp(existing) if existing else Element(f"{_X}xmpmeta")
    rdf = root if root.tag == f"{_RDF}RDF" else root.find(f".//{_RDF}RDF")
    if rdf is None:
        rdf = SubElement(root, f"{_RDF}RDF")
    descriptions = list(rdf.findall(f"{_RDF}Description"))
    ours = descriptions[0] if descriptions else SubElement(rdf, f"{_RDF}Description")
    if not descriptions:
        ours.set(f"{_RDF}about", "")
    editor = _Editor(descriptions or [ours], ours)
    editor.write(knowledge)
    if with_infotext and knowledge.infotext:
        editor.set_alternative(f"{EXIF}UserComment", clean(knowledge.infotext))
    packet: str = tostring(root, encoding="unicode")
    return _BEGIN + packet.encode() + _END


def keywords(knowledge: Knowledge) -> list[str]:
    """The tags' names as XML and every program of chapter 6 can hold them, each once."""
    cleaned = (clean(tag.name).strip() for tag in knowledge.tags)
    return list(dict.fromkeys(name for name in cleaned if name))


def our_keywords(packet: bytes) -> set[str]:
    """Those that an earlier packet of ours says. Raises MalformedXmp."""
    return {name for d in _descriptions(parse_xmp(packet)) for name in _tag_names(d)}


def clean(text: str) -> str:
    """Without what XML cannot say: control characters, lone surrogates."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.translate(_NOT_XML)


def iso(moment: datetime) -> str:
    """As XMP and exiftool take it, with the zone; UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


class _Editor:
    """Sets properties of the packet; each is taken out wherever it stood before."""

    def __init__(self, descriptions: Sequence[Element], ours: Element) -> None:
        self.descriptions = descriptions
        self.ours = ours
        self.written = {name for d in descriptions for name in _tag_names(d)}

    def write(self, knowledge: Knowledge) -> None:
        names = keywords(knowledge)
        if names or self.written:
            self._add_to_bag(f"{DC}subject", names)
            self._add_to_bag(
                f"{DIGIKAM}TagsList", [n.translate(_NO_SLASH) for n in names], "Seq"
            )
            self._add_to_bag(
                f"{LIGHTROOM}hierarchicalSubject", [n.translate(_NO_BAR) for n in names]
            )
        if knowledge.author:
            self._set_list(f"{DC}creator", [clean(knowledge.author)], "Seq")
        has_title = any(True for _ in self._find(f"{DC}title"))
        if knowledge.title and not has_title:  # it may be in several languages
            self.set_alternative(f"{DC}title", clean(knowledge.title))
        if knowledge.created_at:
            for name in (f"{XMP}CreateDate", f"{PHOTOSHOP}DateCreated"):
                self._set(name, iso(knowledge.created_at))
        self._set(f"{DC}source", clean(knowledge.page_url))
        self._add_to_bag(f"{XMP}Identifier", [clean(f"{knowledge.site}:{knowledge.site_id}")])
        if knowledge.rating:
            self._set(f"{ARTKEEP}rating", clean(knowledge.rating))
        self._set_tags(knowledge)

    def _set(self, name: str, value: str) -> None:
        if value:
            self._take_out(name)
            SubElement(self.ours, name).text = value

    def _set_list(self, name: str, values: Sequence[str], kind: str = "Bag") -> None:
        self._take_out(name)
        bag = SubElement(SubElement(self.ours, name), f"{_RDF}{kind}")
        for value in values:
            SubElement(bag, f"{_RDF}li").text = value

    def _add_to_bag(self, name: str, values: Sequence[str], kind: str = "Bag") -> None:
        there = [value for prop in self._find(name) for value in _values(prop)]
        there += [d.attrib[name] for d in self.descriptions if name in d.attrib]
        for table in ({}, _NO_SLASH, _NO_BAR):
            former = {written.translate(table) for written in self.written}
            there = [value for value in there if value not in former]
        self._set_list(name, list(dict.fromkeys([*there, *values])), kind)

    def set_alternative(self, name: str, text: str) -> None:
        """A text that may be in several languages; ours is the default."""
        self._set_list(name, [text], "Alt")
        self.ours[-1][0][0].set(_XML_LANG, "x-default")

    def _set_tags(self, knowledge: Knowledge) -> None:
        """All our tags: a later edit tells by them which keywords are ours."""
        self._take_out(f"{ARTKEEP}tags")
        tags = {clean(tag.name).strip(): tag for tag in knowledge.tags}
        tags.pop("", None)
        if not tags:
            return
        bag = SubElement(SubElement(self.ours, f"{ARTKEEP}tags"), f"{_RDF}Bag")
        for name, tag in tags.items():
            row = SubElement(bag, f"{_RDF}li", {f"{_RDF}parseType": "Resource"})
            SubElement(row, f"{ARTKEEP}name").text = name
            for key in ("score", "up", "down"):
                if (number := getattr(tag, key)) is not None:
                    SubElement(row, f"{ARTKEEP}{key}").text = str(number)

    def _find(self, name: str) -> Iterator[Element]:
        for description in self.descriptions:
            yield from description.findall(name)

    def _take_out(self, name: str) -> None:
        for description in self.descriptions:
            description.attrib.pop(name, None)
            for prop in description.findall(name):
                description.remove(prop)


def _descriptions(root: Element) -> Iterator[Element]:
    rdf = root if root.tag == f"{_RDF}RDF" else root.find(f".//{_RDF}RDF")
    return iter(rdf.findall(f"{_RDF}Description") if rdf is not None else ())


def _tag_names(description: Element) -> Iterator[str]:
    for name in description.iterfind(f"{ARTKEEP}tags/{_RDF}Bag/{_RDF}li/{ARTKEEP}name"):
        yield name.text or ""


def _values(prop: Element) -> tuple[str, ...]:
    """A simple property is one value; of language alternatives the default; else its items."""
    if not len(prop):
        resource = prop.get(f"{_RDF}resource")
        return (resource or prop.text or "",)
    container = prop[0]
    if container.tag not in (f"{_RDF}Bag", f"{_RDF}Seq", f"{_RDF}Alt"):
        return ()  # a structure
    items = [item for item in container if item.tag == f"{_RDF}li" and not len(item)]
    if container.tag == f"{_RDF}Alt":
        items.sort(key=lambda item: item.get(_XML_LANG) != "x-default")
        items = items[:1]
    return tuple(item.text or "" for item in items)
