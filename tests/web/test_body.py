"""What a JSON body may hold; deep nesting never reaches the parser (reliability §6.4)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.web.conftest import add_echo

from artkeep.web.body import LONGEST_JSON


@pytest.fixture
def app(app: Flask) -> Flask:
    """The app with an address that reads JSON."""
    add_echo(app)
    return app


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b"[" * 200_000 + b"]" * 200_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 65 + b"]" * 65,
        b"[" + b"0," * 999_999 + b"0,0]",
        b'["' + b"a" * (2**20 + 1) + b'"]',
        b'["' + b"\\u0041" * 200_000 + b'"]',
        b"[1" + b"0" * 40 + b"]",
        b"[0." + b"1" * 40 + b"]",
        b"[" + b" " * LONGEST_JSON + b"]",
    ],
)
def test_what_is_beyond_the_limits_is_too_large(client: FlaskClient, body: bytes) -> None:
    reply = client.post("/api/echo", data=body, content_type="application/json")
    assert reply.status_code == 413
    assert reply.json["code"] == "request_entity_too_large"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 64 + b"]" * 64,
        b'["' + b"[" * 1000 + b'"]',
        b'["\\"' + b"[" * 1000 + b'"]',
        b'["' + b"1" * 1000 + b'"]',
        b"[" + b"0," * 999_998 + b"0]",
        b"[" + b"9" * 40 + b"]",
        b'["' + b"a" * 2**20 + b'"]',
    ],
)
def test_what_is_within_the_limits_is_read(client: FlaskClient, body: bytes) -> None:
    reply = client.post("/api/echo", data=body, content_type="application/json")
    assert (reply.status_code, reply.json) == (200, {"type": "list"})


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"]", b"nul", b"\xff", b'"\\ud800"', b"NaN", b"Infinity", b"{'a':1}"),
        *(b'"' + b"\\" * 1_000_001, b'"a', b"\x00", b"\xef\xbb\xbf[]", b'["\x00"]', b"[1,]"),
    ],
)
def test_what_is_no_json_is_a_bad_request(client: FlaskClient, body: bytes) -> None:
    reply = client.post("/api/echo", data=body, content_type="application/json")
    assert (reply.status_code, reply.json["code"]) == (400, "bad_request")
