"""The table of everything tracked: filters, orders, pages, and one artwork in full."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from tests.store.rows import THEN, Rows

from artkeep.domain.artwork import Artwork, Group, Kind, Tag
from artkeep.domain.rating import Rating
from artkeep.store import artworks, work
from artkeep.store.models import Failure
from artkeep.store.order import Sort
from artkeep.store.work import Deferral
from artkeep.web.schemas.artworks import ArtworkDetails, Artworks, ArtworkScope

HOSTILE = '</script><img src=x onerror="alert(1)">\u2028\x1e\\ "'


def page(client: FlaskClient, **query: Any) -> dict[str, Any]:
    reply = client.get("/api/artworks", query_string=query)
    assert reply.status_code == 200, reply.json
    found: dict[str, Any] = reply.json
    return found


def ids(client: FlaskClient, **query: Any) -> list[int]:
    return [int(card["site_id"]) for card in page(client, **query)["artworks"]]


def refused(
    client: FlaskClient, path: str = "/api/artworks", **query: Any
) -> tuple[int, str, str]:
    """Status, code and sentence."""
    reply = client.get(path, query_string=query)
    return reply.status_code, reply.json["code"], reply.json["message"]


def test_a_page_is_what_the_schema_says(client: FlaskClient, rows: Rows) -> None:
    rows.artworks(3, posted_at=THEN, rating=1)
    rows.file(1)
    found = page(client, limit=2)
    assert Artworks.model_validate(found, strict=True).model_dump() == found
    assert (found["total"], found["total_is_more"]) == (3, False)
    rest = page(client, limit=2, cursor=found["next_cursor"])
    assert (len(rest["artworks"]), rest["total"], rest["next_cursor"]) == (1, None, None)


def test_an_empty_library_is_an_empty_page(client: FlaskClient) -> None:
    empty = {"artworks": [], "next_cursor": None, "total": 0, "total_is_more": False}
    empty["unindexed"] = 0
    assert page(client) == page(client, q="cat", sort="largest") == empty


@pytest.mark.parametrize("sort", Sort)
def test_every_order_goes_through_everything_once(
    client: FlaskClient, rows: Rows, sort: Sort
) -> None:
    rows.artworks(4, posted_at=THEN)
    rows.artworks(4, first=5, posted_at=THEN + timedelta(microseconds=1))
    rows.artworks(3, first=9)
    rows.file(2, 7, size=5)
    found: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        some = page(client, sort=sort.value, limit=3, **cursor)
        found += [card["id"] for card in some["artworks"]]
        if some["next_cursor"] is None:
            break
        cursor = {"cursor": some["next_cursor"]}
    assert sorted(found) == list(range(1, 12))
    assert len(found) == 11


def test_the_orders_are_those_of_the_database() -> None:
    known = ArtworkScope.model_json_schema()["properties"]["sort"]["enum"]
    assert known == [sort.value for sort in Sort]


def test_conditions_hold_together(client: FlaskClient, rows: Rows) -> None:
    rows.artworks(1, first=1, rating=1, author="lena", download_status="done")
    rows.artworks(1, first=2, rating=2, author="lena", kind="video")
    rows.artworks(1, first=3, rating=16, author="bob", download_status="failed")
    rows.artworks(1, first=4, site="danbooru", author="lena", tags_status="done")
    order = {"sort": "id"}
    assert ids(client, rating="PG,PG-13", **order) == [1, 2]
    assert ids(client, rating="xxx", **order) == [3]
    assert ids(client, rating="unrated", **order) == [4]
    assert ids(client, kind="video,ugoira", **order) == [2]
    assert ids(client, site="danbooru", **order) == [4]
    assert ids(client, download_status="done,failed", **order) == [1, 3]
    assert ids(client, tags_status="done", **order) == [4]
    assert ids(client, examine_status="none", embed_status="none", **order) == [1, 2, 3, 4]
    assert ids(client, q="author:lena OR author:bob", rating="PG", **order) == [1]
    assert ids(client, q="author:lena", site="civitai", **order) == [1, 2]


@pytest.mark.parametrize(
    ("query", "code", "word"),
    [
        ({"q": "(cat"}, "bad_query", "never closed"),
        ({"q": "atuhor:x"}, "bad_query", "author"),
        ({"rating": "PG,sf"}, "bad_filter", "sf"),
        ({"kind": "image,gif"}, "bad_filter", "video"),
        ({"download_status": "don"}, "bad_filter", "done"),
        ({"site": "a\0"}, "invalid", "site"),
        ({"sort": "best"}, "invalid", "newest"),
        ({"limit": "201"}, "invalid", "limit"),
        ({"limit": "0"}, "invalid", "limit"),
        ({"raiting": "PG"}, "invalid", "raiting"),
        ({"cursor": "x" * 500}, "invalid", "cursor"),
        ({"cursor": "nonsense"}, "bad_cursor", "first page"),
        ({"cursor": "\u00e9\u4e00"}, "bad_cursor", "first page"),
    ],
)
def test_a_slip_is_explained(
    client: FlaskClient, query: dict[str, str], code: str, word: str
) -> None:
    status, told, sentence = refused(client, **query)
    assert (status, told) == (422, code)
    assert word in sentence


def test_a_cursor_belongs_to_its_list_and_cannot_be_changed(
    client: FlaskClient, rows: Rows
) -> None:
    rows.artworks(5)
    cursor = page(client, limit=2)["next_cursor"]
    assert page(client, limit=1, cursor=cursor)["artworks"]
    for other in ({"sort": "oldest"}, {"q": "cat"}, {"rating": "PG"}):
        assert refused(client, cursor=cursor, **other)[:2] == (422, "bad_cursor")
    assert refused(client, "/api/jobs", cursor=cursor)[:2] == (422, "bad_cursor")
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=="))
    for at in range(len(raw)):
        changed = bytearray(raw)
        changed[at] ^= 1
        text = base64.urlsafe_b64encode(changed).decode()
        assert refused(client, cursor=text)[:2] == (422, "bad_cursor")


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    query=st.dictionaries(
        st.sampled_from([*ArtworkScope.model_fields, "cursor", "limit"]),
        st.text(max_size=30) | st.integers().map(str),
        max_size=3,
    )
)
def test_any_parameters_get_an_answer(client: FlaskClient, query: dict[str, str]) -> None:
    for path in ("/api/artworks", "/api/artworks.csv"):
        reply = client.get(path, query_string=query)
        assert reply.status_code in (200, 422), (path, reply.get_data()[:300])
        reply.close()


# --- one artwork


def test_one_artwork_is_told_in_full(client: FlaskClient, rows: Rows) -> None:
    artwork = Artwork(
        site="civitai",
        site_id="501",
        kind=Kind.IMAGE,
        page_url="https://civitai.com/images/501",
        author=HOSTILE,
        title=HOSTILE,
        rating=Rating.PG13,
        prompt=HOSTILE * 20,
        generation={HOSTILE: [HOSTILE]},
        tags=(Tag(HOSTILE),),
        group_id="9",
        raw={"id": 501},
    )
    group = Group("civitai", "9", title=HOSTILE)
    ((saved),) = rows.do(artworks.save_artworks, [artwork], [group])
    rows.belong(rows.target("lena"), [saved.id])
    file_id = rows.file(saved.id)
    failure = insert(Failure).values(
        artwork_id=saved.id, stage="tags", reason="html", detail=HOSTILE, attempts=1, at=THEN
    )
    rows.do(lambda connection: connection.execute(failure))
    reply = client.get(f"/api/artworks/{saved.id}")
    assert reply.mimetype == "application/json"
    found = reply.json
    assert ArtworkDetails.model_validate(found).model_dump() == found
    assert found["card"]["rating"] == "PG-13"
    assert found["card"]["prompt"] == (HOSTILE * 20)[:200]
    assert found["prompt"] == HOSTILE * 20
    assert found["generation"] == {HOSTILE: [HOSTILE]}
    assert found["tags"][0]["name"] == found["group_title"] == HOSTILE
    assert found["files"][0]["media_url"] == f"/media/{file_id}"
    assert found["failures"][0]["detail"] == HOSTILE
    assert found["failures"][0]["title"] == "A web page came instead of the file"
    assert found["targets"] == ["user lena"]


def test_details_say_why_an_artwork_waits(client: FlaskClient, rows: Rows) -> None:
    job_id = rows.job(state="incomplete")
    (artwork_id,) = rows.asked(1, job_id)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    (claim,) = rows.claim(job_id)
    rows.do(work.defer, "a", [Deferral(claim, until, "host_paused", "civitai.com")])
    found = client.get(f"/api/artworks/{artwork_id}").json
    assert found["card"]["badge"] == "waiting"
    assert found["waits"] == [
        {
            "stage": "download",
            "reason": "host_paused",
            "title": "The site is paused after many failures in a row",
            "detail": "civitai.com",
            "until": until.isoformat(),
        }
    ]


def test_an_artwork_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    assert refused(client, "/api/artworks/7")[:2] == (404, "no_artwork")
    assert refused(client, f"/api/artworks/{2**63}")[:2] == (422, "invalid")
