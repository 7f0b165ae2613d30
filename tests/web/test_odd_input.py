"""Every operation of the API with everything that makes no sense: never 5xx but 503 (§6.4)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3.openapi import OpenAPI

ODD: tuple[Any, ...] = (
    *("", " ", "x", "0", "-1", "9" * 30, "1e309", "nan", "\x00", "a\x00b", "\x85\u2028\u202e"),
    *("𝕏" * 300, "..", "%00", "%ff", "a/b", "a%2Fb", "'; DROP TABLE jobs; --", "x" * 5000),
    *('"', "(", "tag:", "score:>=", "a OR", "-", "civitai:user:", "http://[", "://", "\ud7ff"),
)
ODD_JSON: tuple[Any, ...] = (
    *ODD,
    *(None, True, 0, -1, 1.5, 2**31, 2**63, 2**64, -(2**63) - 1, 1e300),
    *([], {}, [None], [[]], [{}], [""], {"": ""}, {"a": {"b": [1]}}, ["x"] * 2000),
)
# Fewer operations, operations with an id, and fields of bodies than this: they were not found.
FEWEST, FEWEST_WITH_IDS, FEWEST_FIELDS = 25, 8, 15


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a relative path ever be made into a folder, let it be here."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def operations(app: OpenAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in app.api_doc["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def parameters(operation: dict[str, Any], where: str) -> list[str]:
    return [one["name"] for one in operation.get("parameters", []) if one["in"] == where]


def fill(path: str, names: list[str], value: Any) -> str:
    for name in names:
        path = path.replace("{" + name + "}", str(value).replace("/", "%2F") or "%20")
    return path


def problem_of(reply: Any, *asked: Any) -> str | None:
    """What is wrong with an answer to nonsense, if anything is."""
    with closing(reply):
        if reply.status_code >= 500 and reply.status_code != 503:
            return f"{asked}: {reply.status_code} {reply.get_data()[:500]}"
        if reply.status_code >= 400 and set(reply.json) != {"code", "message", "detail"}:
            return f"{asked}: an error that says {reply.get_data()[:500]}"
    return None


def test_odd_ids_get_an_answer(app: OpenAPI, client: FlaskClient) -> None:
    asked, problems = set(), []
    for path, method, operation in operations(app):
        names = parameters(operation, "path")
        for value in ODD if names else ():
            body = None if method == "GET" else {}
            reply = client.open(fill(path, names, value), method=method, json=body)
            asked.add((method, path))
            problems.append(problem_of(reply, method, path, value))
    assert len(asked) >= FEWEST_WITH_IDS
    assert list(filter(None, problems)) == []


def test_odd_queries_get_an_answer(app: OpenAPI, client: FlaskClient) -> None:
    asked, problems = set(), []
    for path, method, operation in operations(app):
        at = fill(path, parameters(operation, "path"), 1)
        names = parameters(operation, "query")
        body = None if method == "GET" else {}
        for name, value in itertools.product([*names, "unknown"], ODD):
            reply = client.open(at, method=method, query_string={name: value}, json=body)
            asked.add((method, path))
            problems.append(problem_of(reply, method, path, name, value))
    assert asked == {(method, path) for path, method, _ in operations(app)}
    assert len(asked) >= FEWEST
    assert list(filter(None, problems)) == []


def test_odd_bodies_get_an_answer(app: OpenAPI, client: FlaskClient) -> None:
    asked, problems = set(), []
    for path, method, operation in operations(app):
        if method == "GET":
            continue
        at = fill(path, parameters(operation, "path"), 1)
        for value in ODD_JSON:
            reply = client.open(at, method=method, json=value)
            problems.append(problem_of(reply, method, path, value))
        for field, value in itertools.product(_fields(app, operation), ODD_JSON):
            reply = client.open(at, method=method, json={field: value})
            asked.add((method, path, field))
            problems.append(problem_of(reply, method, path, field, value))
    assert len(asked) >= FEWEST_FIELDS
    assert list(filter(None, problems)) == []


def _fields(app: OpenAPI, operation: dict[str, Any]) -> list[str]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = body.get("schema", {}).get("$ref", "").rpartition("/")[2]
    schema = app.api_doc["components"]["schemas"].get(name, {})
    return list(schema.get("properties", {}))


def test_no_reading_changes_anything(app: OpenAPI, client: FlaskClient) -> None:
    """SE-22: what does something is never GET."""
    verbs = ("pause", "resume", "stop", "retry", "delete", "open", "create", "check")
    for path, method, _ in operations(app):
        last = path.rpartition("/")[2]
        assert method != "GET" or last not in verbs
