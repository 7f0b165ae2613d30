"""How errors leave: a code and a sentence, never a stack, a path or a secret (SE-17, SE-25)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from artkeep.errors import DiskFull, RetryLater, TargetNotFound, UsageError


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ZeroDivisionError("/home/somebody/secret"), 500, "bug"),
        (RecursionError(), 500, "bug"),
        (UsageError("That is no target.", advice="Write another."), 422, "usage"),
        (TargetNotFound("Nobody of this name."), 404, "target_not_found"),
        (DiskFull("No room."), 503, "disk_full"),
        (RetryLater("Not now.", after_s=7, code="rate_limited"), 503, "rate_limited"),
    ],
)
def test_no_error_shows_a_stack_a_path_or_a_secret(
    app: Flask,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    code: str,
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")

    def fail() -> None:
        raise error

    app.add_url_rule("/api/failing", "failing", fail)
    reply = client.get("/api/failing")
    assert (reply.status_code, reply.json["code"]) == (status, code)
    text = reply.get_data(as_text=True)
    assert "Traceback" not in text
    assert "somebody" not in text
    if isinstance(error, RetryLater):
        assert reply.headers["Retry-After"] == "7"


def test_the_debugger_stays_off_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert request.getfixturevalue("app").debug is False


def test_a_key_in_an_error_is_not_repeated(app: Flask, client: FlaskClient) -> None:
    def fail() -> None:
        raise UsageError("GET https://x.test/?api_key=s3cr3t-value failed")

    app.add_url_rule("/api/failing", "failing", fail)
    assert "s3cr3t-value" not in client.get("/api/failing").get_data(as_text=True)
