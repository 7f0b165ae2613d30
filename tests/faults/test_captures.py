"""Reading captures: HARs as streams, archives with limits, and requests that hold a login."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any

import pytest
from tests.faults.importing import (
    SAMPLES,
    everything_written,
    har_of,
    of_services,
    reads,
)
from tests.faults.scene import SHORT, Scene
from tests.faulty_answers import json_reply
from tests.gallery import Gallery

from artkeep.errors import UsageError
from artkeep.jobs import captures
from artkeep.jobs.captures import CaptureReader
from artkeep.jobs.copied import send_copied
from artkeep.sites.captures import _har

STARRYAI = SAMPLES / "starryai-creationsV2.response.json"
CANARY = "cAnArY"


@pytest.fixture
def home(scene: Scene) -> Scene:
    return of_services(scene)


def test_a_har_is_read_as_a_stream_whatever_its_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = 'quote " back\\ tab\t 😀 ' + "x" * 50
    body = base64.b64encode(json.dumps({"a": odd}).encode()).decode()
    har = har_of(
        {"url": "https://a.example/1", "text": json.dumps({"a": odd}), "request": '{"q":1}'},
        {"url": "https://a.example/2", "text": body, "encoding": "base64"},
        {"url": "https://a.example/3", "text": "x" * 9000},
        {"url": "https://a.example/4", "text": "\x00", "mime": "image/png"},
        {"url": "https://a.example/5", "text": "{}", "status": 404},
        {"url": "https://a.example/6", "text": ""},
    )
    monkeypatch.setattr(_har, "LONGEST_BODY", 4000)
    for piece in (1, 2, 3, 7, 64, 1000):
        monkeypatch.setattr(_har, "_CHUNK", piece)
        counts, seen = _har.HarCounts(), []
        replies = list(_har.read_har(io.BytesIO(har), counts, seen.append))
        assert [reply.text for reply in replies] == [json.dumps({"a": odd})] * 2
        assert replies[0].request == '{"q":1}'
        assert (counts.entries, counts.too_large, counts.without_body) == (6, 1, 1)
        assert seen[-1] == len(har) - 3  # without the mark at its beginning


@pytest.mark.parametrize(
    ("damage", "keeps"),
    [
        (lambda har: har[:-80], True),
        (lambda har: har.replace(b'"version"', b'"version', 1), False),
        (lambda har: har[:14] + b"[" * 5000, False),
        (lambda har: har[:14] + b"1" * 2_000_000, False),
        (lambda har: har.replace(b"WebInspector", b"\xff\xfe"), False),
    ],
)
def test_a_broken_har_says_where_and_keeps_what_came_before(damage: Any, keeps: bool) -> None:
    har = har_of(
        {"url": "https://app.starryai.com/graphql", "text": STARRYAI.read_text("utf-8")},
        {"url": "https://a.example", "text": "{}"},
    )
    reader = CaptureReader()
    if not keeps:
        with pytest.raises(UsageError, match="near byte"):
            reader.add_file(io.BytesIO(damage(har)), "x.har")
        return
    reader.add_file(io.BytesIO(damage(har)), "x.har")
    found = reader.recognised()
    assert len(found.creations) == 2
    assert "near byte" in found.problems[0]


def test_reading_tells_how_far_it_is_and_ends_when_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_har, "_CHUNK", 1000)
    har = har_of({"url": "https://a.example", "text": "x" * 50_000})
    told: list[int] = []

    def stop_at_half(done: int) -> None:
        told.append(done)
        if done > len(har) / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        CaptureReader(stop_at_half).add_file(io.BytesIO(har), "x.har")
    assert told == sorted(told)
    assert told[-1] < len(har) * 0.6


def packed(files: dict[str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return memory.getvalue()


def test_an_archive_of_captures_is_read_and_one_bad_file_spoils_nothing() -> None:
    found = reads(
        packed(
            {
                "a/starryai.json": STARRYAI.read_bytes(),
                "../../evil.har": har_of({"url": "https://x.example", "text": "{}"}),
                "notes.txt": b"not a capture",
                "picture.png": b"\x89PNG",
                "inner.json": packed({"a.json": b"{}"}),
            }
        )
    )
    assert len(found.creations) == 2
    assert [problem.partition(":")[0] for problem in found.problems] == [
        "notes.txt",
        "inner.json",
    ]


def test_an_archive_that_is_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """SE-16"""
    monkeypatch.setattr(captures, "_FREE_OF_RATIO", 0)
    with pytest.raises(UsageError, match="far too much"):
        reads(packed({"a.json": b" " * 2_000_000}))
    monkeypatch.setattr(captures, "_MOST_MEMBERS", 2)
    with pytest.raises(UsageError, match="more than 2"):
        reads(packed({f"{number}.json": b"{}" for number in range(3)}))
    with pytest.raises(UsageError, match="damaged"):
        reads(packed({"a.json": b"{}"})[:-30])


def test_of_what_is_unknown_only_the_outline_is_shown() -> None:
    found = reads({"user": {"name": CANARY, "mail": f"{CANARY}@x"}, CANARY + "9" * 30: [1, 2]})
    assert json.loads(found.samples[0]) == {"user": {"name": "str", "mail": "str"}, "…": 1}


def test_a_copied_request_goes_to_its_service_only_and_leaves_no_trace(
    home: Scene, site: Gallery
) -> None:
    """SE-9, SE-10: with its login, page by page."""
    liked = json.loads((SAMPLES / "nightcafe-user-liked.response.json").read_text("utf-8"))
    following = {**liked, "lastVisibleId": "page2"}
    path = "/api.nightcafe.studio/creations"
    site.server.on(path, json_reply(following), json_reply({"results": []}))
    login = f"Bearer {CANARY}-login-token"
    options = {"headers": {"authorization": login, "if-none-match": "x"}, "method": "GET"}
    url = "https://api.nightcafe.studio/creations?query=user-liked&user=me"
    text = f'fetch("{url}", {json.dumps(options)});'
    elsewhere = text.replace("api.nightcafe.studio", "api.nightcafe.studio.evil.example")
    reader = CaptureReader()
    reader.add_text(text)
    reader.add_text(elsewhere)
    ours, theirs = reader.recognised().requests

    with home.running(SHORT) as (engine, _):

        async def send(request: Any) -> None:
            async for document in send_copied(engine.client, engine.context.adapters, request):
                reader.add_document(document)

        engine.submit(send(ours)).result(timeout=20)
        with pytest.raises(UsageError, match="not sent"):
            engine.submit(send(theirs)).result(timeout=20)

    assert len(reader.recognised().creations) == 1
    asked = site.server.requests_to(path)
    assert [one.query for one in asked] == [
        "query=user-liked&user=me",
        "query=user-liked&user=me&lastVisibleId=page2",
    ]
    assert {one.headers["authorization"] for one in asked} == {login}
    assert all("if-none-match" not in one.headers for one in asked)
    assert CANARY.encode() not in everything_written(home)
