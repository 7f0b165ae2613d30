"""`/api/artworks.csv`: what is shown, as a file for a spreadsheet."""

from __future__ import annotations

import csv
import http.client
import io

import pytest
from flask.testing import FlaskClient
from tests.store.rows import Rows
from tests.web.conftest import Served

from artkeep.store import exports


def test_the_same_artworks_in_the_same_order_as_a_file(client: FlaskClient, rows: Rows) -> None:
    rows.artworks(2, author="=lena", rating=1)
    rows.artworks(2, first=3, author="bob", rating=16)
    reply = client.get("/api/artworks.csv?q=author:*&rating=PG&sort=added")
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert reply.headers["Content-Disposition"].startswith('attachment; filename="artkeep-20')
    lines = list(csv.DictReader(io.StringIO(reply.get_data(as_text=True), newline="")))
    assert [line["site_id"] for line in lines] == ["2", "1"]
    assert {line["author"] for line in lines} == {"'=lena"}


def test_a_bad_query_is_a_problem_and_no_file(client: FlaskClient) -> None:
    reply = client.get("/api/artworks.csv?q=(")
    assert (reply.status_code, reply.json["code"]) == (422, "bad_query")
    assert client.get("/api/artworks.csv?cursor=x").status_code == 422


def test_nothing_is_read_for_a_head(
    client: FlaskClient, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows.artworks(1)
    monkeypatch.setattr(exports, "page_of_ids", None)
    assert client.head("/api/artworks.csv").status_code == 200


def test_it_comes_piece_by_piece(
    served: Served, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RB-8: nobody holds all of it; and who leaves in the middle disturbs nobody."""
    monkeypatch.setattr(exports, "_LINES_AT_ONCE", 10)
    rows.artworks(200, prompt="x" * 20_000)
    for _ in range(2):
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
        connection.request("GET", "/api/artworks.csv?sort=id")
        reply = connection.getresponse()
        assert reply.getheader("Transfer-Encoding") == "chunked"
        assert reply.read(1000).startswith(b'"site","site_id"')
        connection.close()
    connection.request("GET", "/api/artworks.csv?sort=id")
    body = connection.getresponse().read().decode()
    connection.close()
    lines = list(csv.DictReader(io.StringIO(body, newline=""), strict=True))
    assert [line["site_id"] for line in lines] == [str(one) for one in range(1, 201)]
