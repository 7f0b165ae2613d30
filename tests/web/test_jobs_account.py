"""Starting jobs for what the account of a key has."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from tests.gallery import Gallery
from tests.web.asking_jobs import start

KINDS = ("user", "liked", "followed", "collections")


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_key_no_job_begins_and_no_site_is_asked(
    client: FlaskClient, site: Gallery, kind: str
) -> None:
    refused = start(client, f"civitai:{kind}:me", status=403)
    assert refused["code"] == "auth_required"
    assert "Settings › Sites & keys" in refused["message"]
    assert client.get("/api/jobs").json["jobs"] == []
    assert site.server.requests == []


def test_a_preview_without_a_key_says_where_to_set_it(
    client: FlaskClient, site: Gallery
) -> None:
    reply = client.get("/api/browse", query_string={"target": "civitai:liked:me"})
    assert (reply.status_code, reply.json["code"]) == (403, "auth_required")
    assert site.server.requests == []


def test_the_page_is_told_which_kinds_there_are(client: FlaskClient) -> None:
    civitai, *_ = client.get("/api/sites").json["sites"]
    assert set(KINDS) <= set(civitai["kinds"])
    assert not civitai["has_key"]
    assert "likes" in civitai["note"]
