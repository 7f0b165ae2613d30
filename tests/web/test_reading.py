"""What pasted lines are taken for, before any site is asked."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.gallery import Gallery


def read(client: FlaskClient, *lines: str, **chosen: str) -> list[dict[str, Any]]:
    answer = client.post("/api/targets/read", json={"lines": lines, **chosen})
    assert answer.status_code == 200, answer.json
    found: list[dict[str, Any]] = answer.json["lines"]  # type: ignore[index]
    return found


def test_a_link_says_itself_what_it_is_whatever_kind_is_chosen(client: FlaskClient) -> None:
    (line,) = read(client, "https://civitai.com/models/900001/silk", kind="user")
    assert line["target"]["key"] == "civitai:model:900001"
    assert line["message"] is None


@pytest.mark.parametrize("name", ["aurora_atelier", "marlow.j-prints", "极光画室"])
def test_a_bare_name_is_taken_for_the_kind_that_is_chosen(
    client: FlaskClient, name: str
) -> None:
    (line,) = read(client, f"  {name} ", site="civitai", kind="user")
    assert line["target"]["site"] == "civitai"
    assert line["target"]["kind"] == "user"
    assert line["target"]["value"] == name


@pytest.mark.parametrize("words", ["hifumi_(blue_archive)", "rating:general fate/stay_night"])
def test_a_search_may_hold_colons_and_slashes_of_its_own(
    client: FlaskClient, words: str
) -> None:
    (line,) = read(client, words, site="safebooru", kind="search")
    assert line["target"]["key"] == f"safebooru:search:{words}"
    (line,) = read(client, "https://civitai.com/user/lena", site="safebooru", kind="search")
    assert line["target"]["site"] == "civitai"
    (line,) = read(client, "gelboru:search:sky", site="safebooru", kind="search")
    assert "gelbooru:search:sky" in line["advice"]


def test_a_slip_in_the_address_is_answered_with_what_was_meant(client: FlaskClient) -> None:
    (line,) = read(client, "https://civitia.com/user/lena_paints", kind="user")
    assert line["target"] is None
    assert "civitai.com" in line["advice"]


def test_a_name_where_a_number_belongs_is_an_error_of_its_own_line(client: FlaskClient) -> None:
    bad, good = read(client, "aurora", "900001", site="civitai", kind="model")
    assert "aurora" in bad["message"]
    assert bad["advice"]
    assert good["target"]["key"] == "civitai:model:900001"


def test_an_unknown_site_or_kind_is_said_and_not_an_error_of_the_program(
    client: FlaskClient,
) -> None:
    for chosen in ({"site": "nowhere", "kind": "user"}, {"kind": "usr"}):
        (line,) = read(client, "lena", **chosen)
        assert line["target"] is None
        assert line["message"]


def test_reading_contacts_no_site(client: FlaskClient, site: Gallery) -> None:
    read(client, "lena_paints", "https://civitai.com/user/lena_paints", kind="user")
    assert site.server.requests == []


@pytest.mark.parametrize(
    "body", [{"lines": ["x" * 4001]}, {"lines": ["x"] * 1001}, {"lines": [1]}, {}, {"line": []}]
)
def test_too_much_or_something_else_is_refused(
    client: FlaskClient, body: dict[str, object]
) -> None:
    answer = client.post("/api/targets/read", json=body)
    assert answer.status_code == 422
    assert answer.json
    assert answer.json["code"] == "invalid"
