"""Wrong types everywhere, hostile addresses: a creation or a reject, never an exception."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sites.captures.read import FIXTURES

from artkeep.domain.compose import compose_infotext
from artkeep.sites.captures import _capture
from artkeep.sites.captures._capture import OBJECT_REASONS, OUTPUT_REASONS, Document
from artkeep.sites.captures._outputs import judge_url
from artkeep.sites.captures._rows import rows_of
from artkeep.sites.captures._services import BY_NAME, SERVICES
from artkeep.sites.captures._text import read_text
from artkeep.sites.captures._walk import Finder, Found

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**53 + 1, 2**600, 1.5, 1e308, float("nan"), float("inf")),
    *("", " ", "\x00", "\ud800", "x" * 5000, "-1", "1e999", "9" * 2000, "null", "../..", "#"),
    *([], [[]], [None, 1, "a", {}], {}, {"a": {}}, {"_seconds": "x"}, {"fields": 7}),
    *(
        "https://127.0.0.1/x.png",
        "https://[::1",
        "2024-13-45T99:99:99Z",
        "0001-01-01",
        "\ufeff",
    ),
)
# One of each type and of each way to be wrong; the others come many at a time.
ODDEST: tuple[Any, ...] = (
    *(None, True, -1, 2**600, float("nan"), "", "\ud800", "9" * 2000),
    *([], [None, 1, "a", {}], {"_seconds": "x"}, "https://[::1"),
)
# One capture of each shape.
SHAPES = (
    *("civitai-generator-2023.json", "civitai-generator-2024.workflow.json"),
    *("dezgo-job-with-saved-input.json", "happyaccidents-inference.json", "mage-creation.json"),
    *("nightcafe-job.json", "nightcafe-upload-upscaled.json", "novita-wrapped.json"),
    *("nightcafe-user-liked.response.json", "nightcafe-firestore-channel.raw.txt"),
    *("novita-video-task-result.response.json", "starryai-creation-v1.json"),
    *("starryai-creationsV2.list.json", "civitai-generator-2026.trpc-response.json"),
    *("unstability-2023.json", "unstability-2024.json"),
)
SAMPLES = [
    read_text((FIXTURES / name).read_text("utf-8")).documents[-1].value for name in SHAPES
]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with each of its keys."""
    levels = [value]
    while levels:
        part = levels.pop()
        # What follows in a list is like what stands there first.
        keys = part.keys() if isinstance(part, dict) else range(min(2, len(part)))
        for key in list(keys):
            yield part, key
            if isinstance(part[key], dict | list):
                levels.append(part[key])


def taken(value: Any) -> Found:
    """Recognised, mapped, and made into what is stored and embedded."""
    finder = Finder()
    finder.add(Document(value, "https://api.dezgo.com/account/file?id=x", value))
    found = finder.found()
    for creation in found.creations:
        assert creation.outputs or creation.rejects
        rules = BY_NAME[creation.service].media
        for output in creation.outputs:
            assert all(judge_url(one.url, rules) is None for one in output.urls)
        group, artworks = rows_of(creation)
        orjson.dumps([group.raw, *(one.raw for one in artworks)])
        for artwork in artworks:
            (compose_infotext(artwork) or "").encode("utf-8")
            orjson.dumps(artwork.generation)
    return found


@pytest.mark.parametrize("odd", ODDEST, ids=lambda odd: repr(odd)[:20])
def test_one_odd_value_in_any_place(odd: Any) -> None:
    for sample in SAMPLES:
        value = copy.deepcopy(sample)
        for part, key in list(places(value)):
            kept, part[key] = part[key], odd
            taken(value)
            part[key] = kept
        assert taken(value).creations, "mended, it is what it was"


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_many_odd_values_at_once(data: st.DataObject) -> None:
    value = copy.deepcopy(data.draw(st.sampled_from(SAMPLES)))
    where = list(places(value))
    if not where:
        return
    for part, key in data.draw(st.lists(st.sampled_from(where), min_size=1, max_size=12)):
        part[key] = data.draw(st.sampled_from(ODD))
    assert len(taken(value).creations) <= 2, "nothing is found that was not there"


def test_fields_that_are_missing() -> None:
    for sample in SAMPLES:
        value = copy.deepcopy(sample)
        for part, key in [one for one in places(value) if isinstance(one[0], dict)]:
            kept = part.pop(key)
            taken(value)
            part[key] = kept
        assert taken(value).creations, "mended, it is what it was"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://{host}/a.png", "bad_url"),
        ("https://{host}:8443/a.png", "bad_url"),
        ("https://user:word@{host}/a.png", "bad_url"),
        ("https://{host}\\@example.org/a.png", "bad_url"),
        ("https://{host}/a/../../b.png", "bad_url"),
        ("https://{host}/a/%2e%2e/%2E%2e/b.png", "bad_url"),
        ("https://{host}/a/%252e%252e/b.png", "bad_url"),
        ("https://{host}/a b.png", "bad_url"),
        ("https://{host}/a\n.png", "bad_url"),
        ("file:///etc/passwd", "bad_url"),
        ("data:image/png;base64,AAAA", "bad_url"),
        ("javascript:alert(1)", "bad_url"),
        ("//{host}/a.png", "bad_url"),
        ("https://", "bad_url"),
        ("https://{host}" + "a" * 9000, "bad_url"),
        ("https://[::1]/a.png", "bad_url"),
        ("https://2130706433/a.png", "bad_url"),
        ("https://ｅxample.org/a.png", "bad_url"),
        ("https://127.0.0.1/a.png", "foreign_host"),
        ("https://localhost.localdomain/a.png", "foreign_host"),
        ("https://{host}.example.org/a.png", "foreign_host"),
        ("https://not{host}/a.png", "foreign_host"),
        ("https://example.org/https://{host}/a.png", "foreign_host"),
        ("https://s3.amazonaws.com/bucket/a.png", "foreign_host"),
        ("https://storage.googleapis.com/another-bucket/a.png", "foreign_host"),
        ("https://ik.imagekit.io/another/a.png", "foreign_host"),
        (None, "no_url"),
        ("null", "no_url"),
        (7, "bad_url"),
    ],
)
def test_only_the_own_hosts_of_a_service_are_fetched_from(
    service: Any, url: Any, reason: str
) -> None:
    """SE-9"""
    host = service.media[0].host.removeprefix(".")
    told = url.format(host=host) if isinstance(url, str) else url
    assert judge_url(told, service.media) == reason


def test_an_address_elsewhere_is_a_reject_that_names_the_host_alone() -> None:
    value = json.loads((FIXTURES / "mage-creation.json").read_text("utf-8"))
    value["image_url"] = "https://evil.example/steal?token=canary"
    (creation,) = taken(value).creations
    (reject,) = creation.rejects
    assert (reject.reason, reject.site_id, reject.excerpt) == (
        "foreign_host",
        "1",
        "evil.example",
    )


def test_one_bad_output_takes_no_other_with_it() -> None:
    value = json.loads((FIXTURES / "happyaccidents-inference.json").read_text("utf-8"))
    good, other = value["images"]
    nameless = {**good, "id": None, "filename": "other_7.png"}
    twin = {**other, "filename": "twin_3.png"}
    value["images"] = [None, good, {"id": "x"}, nameless, other, other, twin, 7]
    (creation,) = taken(value).creations
    assert [one.id for one in creation.outputs] == [
        "f00d0001",
        "other_7",
        "f00d0002",
        "f00d0002-4",
    ]
    assert [(one.reason, one.site_id) for one in creation.rejects] == [
        ("not_an_object", None),
        ("no_url", "x"),
        ("not_an_object", None),
    ]


def test_every_reason_has_words() -> None:
    used = set()
    for path in Path(_capture.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func).rpartition(".")[2]
                if called in ("Reject", "refuse", "_refuse"):
                    used |= {
                        one.value
                        for given in node.args
                        for one in ast.walk(given)
                        if isinstance(one, ast.Constant) and isinstance(one.value, str)
                    }
    judged = {"bad_url", "foreign_host", "unavailable", "blocked"}
    known = OUTPUT_REASONS.keys() | OBJECT_REASONS.keys()
    assert (used | judged) - {"", "id"} == known


def test_a_fallback_elsewhere_is_left_out() -> None:
    value = json.loads((FIXTURES / "starryai-creationsV2.list.json").read_text("utf-8"))[0]
    value["variations"][0]["compressed"] = "https://evil.example/a.webp"
    (creation,) = taken(value).creations
    assert [one.quality for one in creation.outputs[0].urls] == ["hd"]


@pytest.mark.parametrize(
    "text",
    [
        "one\nNegative prompt: two",
        "Steps: 20, Sampler: nobody",
        "a\x00b\ud800c",
        "x" * 1_000_000,
    ],
    ids=["negative", "steps", "unstorable", "long"],
)
def test_a_prompt_may_hold_anything(text: str) -> None:
    value = json.loads((FIXTURES / "mage-creation.json").read_text("utf-8"))
    value["metadata"]["prompt"] = text
    (creation,) = taken(value).creations
    assert creation.prompt is not None
    assert len(creation.prompt) == len(text)
