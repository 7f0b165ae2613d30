"""What is here and what is missing, for people and in the page."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.gallery import Gallery

from artkeep.jobs.doctor import Findings, checks, find
from artkeep.web.services import Services


def lines(client: FlaskClient) -> dict[str, dict[str, Any]]:
    """The checks by name."""
    reply = client.get("/api/doctor")
    assert reply.status_code == 200, reply.json
    return {one["name"]: one for one in reply.json["checks"]}


def judged(found: Findings) -> dict[str, str]:
    return {one.name: one.state for one in checks(found)}


@pytest.fixture
def found(services: Services) -> Findings:
    """A healthy installation."""
    return find(services.settings, services.store)


def test_a_healthy_installation_is_all_right(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    services.settings.data_dir.chmod(0o700)
    shown = lines(client)
    assert {one["state"] for one in shown.values()} == {"ok", "off"}
    assert str(services.settings.library) in shown["Library"]["text"]
    assert shown["Civitai key"]["state"] == "off"
    assert str(os.getpid()) in shown["Instances"]["text"]
    assert site.server.requests == []  # nobody is contacted


def test_every_program_says_what_is_off_without_it(client: FlaskClient) -> None:
    programs = client.get("/api/doctor").json["programs"]
    assert {one["name"] for one in programs} == {"chromium", "exiftool", "ffmpeg", "node"}
    assert all(one["feature"] and one["install_command"] for one in programs)


def test_a_library_that_is_gone_is_broken(client: FlaskClient, services: Services) -> None:
    shutil.rmtree(services.settings.library)
    library = lines(client)["Library"]
    assert library["state"] == "broken"
    assert "Mount or plug in" in library["advice"]


@pytest.mark.skipif(os.name == "nt", reason="modes are a matter of POSIX")
def test_a_data_folder_that_others_may_read_is_reported(
    client: FlaskClient, services: Services
) -> None:
    """SE-27"""
    services.settings.data_dir.chmod(0o755)
    line = lines(client)["Data folder"]
    assert line["state"] == "warning"
    assert line["advice"] == f"chmod 700 {services.settings.data_dir}"


def test_the_judgement_follows_the_facts(found: Findings) -> None:
    assert judged(replace(found, free_bytes=5, keep_free=10))["Library"] == "warning"
    assert judged(replace(found, free_bytes=None))["Library"] == "ok"
    assert judged(replace(found, dropped_lines=3))["Log"] == "warning"
    assert judged(replace(found, keys={"civitai": True}))["Civitai key"] == "ok"
    two = replace(found, instances=["a:1", "b:2"])
    assert judged(two)["Database"] == ("warning" if two.sqlite_warning else "ok")
    assert judged(replace(found, instances=["a:1"]))["Database"] == "ok"
    assert judged(replace(two, sqlite=None))["Database"] == "ok"
