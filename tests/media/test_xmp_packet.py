"""XMP packets: ours say what we know, and theirs stay."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from artkeep.domain.artwork import Tag
from artkeep.domain.embedded import Knowledge
from artkeep.media.xmp_packet import DC, DIGIKAM, LIGHTROOM, build_xmp, our_keywords, read_xmp
from artkeep.media.xmp_tree import MalformedXmp, parse_xmp

KNOWN = Knowledge(
    site="civitai",
    site_id="42",
    page_url="https://civitai.com/images/42",
    infotext="a cat\nSteps: 20",
    tags=(Tag("fate/stay_night", score=9, up=10, down=1), Tag("a|b"), Tag("<猫> & 🐈")),
    author="Jane <x>",
    title="A title",
    rating="PG-13",
    created_at=datetime(2026, 5, 1, 12, tzinfo=UTC),
)
THEIRS = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="uuid:1" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" xmp:Rating="5" xmp:CreateDate="1999" '
    b'xmlns:my="urn:mine" my:word="kept">'
    b"<dc:subject><rdf:Bag><rdf:li>theirs</rdf:li><rdf:li>a|b</rdf:li></rdf:Bag></dc:subject>"
    b'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Theirs</rdf:li></rdf:Alt></dc:title>'
    b'</rdf:Description><rdf:Description xmlns:o="urn:other"><o:a rdf:parseType="Resource">'
    b"<o:b>deep</o:b></o:a></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def test_keywords_stand_where_each_program_looks_for_them():
    said = read_xmp(build_xmp(KNOWN, None))
    assert said[f"{DC}subject"] == ("fate/stay_night", "a|b", "<猫> & 🐈")
    # a slash or a bar of their own would make a hierarchy of them
    assert said[f"{DIGIKAM}TagsList"] == ("fate∕stay_night", "a|b", "<猫> & 🐈")
    assert said[f"{LIGHTROOM}hierarchicalSubject"] == ("fate/stay_night", "a∣b", "<猫> & 🐈")


def test_origin_author_title_and_dates_are_said():
    said = {name.rpartition("}")[2]: v for name, v in read_xmp(build_xmp(KNOWN, None)).items()}
    assert said["source"] == ("https://civitai.com/images/42",)
    assert said["Identifier"] == ("civitai:42",)
    assert said["creator"] == ("Jane <x>",)
    assert said["title"] == ("A title",)
    assert said["CreateDate"] == said["DateCreated"] == ("2026-05-01T12:00:00+00:00",)
    assert said["rating"] == ("PG-13",)
    assert "UserComment" not in said


def test_scores_travel_in_a_namespace_of_their_own():
    packet = build_xmp(KNOWN, None)
    row = next(e for e in parse_xmp(packet).iter() if e.tag.endswith("}up"))
    assert row.text == "10"
    assert our_keywords(packet) == {"fate/stay_night", "a|b", "<猫> & 🐈"}


def test_what_another_packet_says_stays():
    said = read_xmp(build_xmp(KNOWN, THEIRS))
    assert said["{http://ns.adobe.com/xap/1.0/}Rating"] == ("5",)
    assert said["{urn:mine}word"] == ("kept",)
    assert said[f"{DC}title"] == ("Theirs",)
    assert said[f"{DC}subject"] == ("theirs", "a|b", "fate/stay_night", "<猫> & 🐈")
    assert said["{http://ns.adobe.com/xap/1.0/}CreateDate"] == ("2026-05-01T12:00:00+00:00",)
    assert b">deep<" in build_xmp(KNOWN, THEIRS)


def test_writing_again_adds_nothing():
    once = build_xmp(KNOWN, THEIRS.replace(b"<rdf:li>a|b</rdf:li>", b""))
    twice = build_xmp(KNOWN, once)
    assert build_xmp(KNOWN, twice) == twice
    assert read_xmp(twice) == read_xmp(once)


def test_a_tag_that_is_gone_leaves_but_what_others_wrote_stays():
    once = build_xmp(KNOWN, THEIRS.replace(b"<rdf:li>a|b</rdf:li>", b""))
    later = Knowledge("civitai", "42", "u", tags=(Tag("new"),))
    said = read_xmp(build_xmp(later, once))
    assert said[f"{DC}subject"] == ("theirs", "new")
    assert said[f"{DIGIKAM}TagsList"] == said[f"{LIGHTROOM}hierarchicalSubject"] == ("new",)
    none = read_xmp(build_xmp(Knowledge("civitai", "42", "u"), build_xmp(later, once)))
    assert none[f"{DC}subject"] == ("theirs",)


def test_the_infotext_is_said_only_beside_a_file():
    said = read_xmp(build_xmp(KNOWN, None, with_infotext=True))
    assert said["{http://ns.adobe.com/exif/1.0/}UserComment"] == ("a cat\nSteps: 20",)


def test_what_xml_cannot_hold_is_left_out():
    odd = Knowledge("s", "1", "u", tags=(Tag("a\0b\x0b\ud800\uffff"), Tag("\0"), Tag(" a ")))
    assert read_xmp(build_xmp(odd, None))[f"{DC}subject"] == (
        "ab\N{REPLACEMENT CHARACTER}",
        "a",
    )


@pytest.mark.parametrize("packet", [b"no packet", b"<!DOCTYPE a []><a/>", b"", b"<a><b></a>"])
def test_what_is_no_packet_is_not_thrown_away(packet):
    if packet:
        with pytest.raises(MalformedXmp):
            build_xmp(KNOWN, packet)
    with pytest.raises(MalformedXmp):
        read_xmp(packet)
