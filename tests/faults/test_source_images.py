"""What a creation was made from is kept beside what was made of it."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from tests.faults.importing import SAMPLES, bring_in, of_services, path_of
from tests.faults.scene import Scene
from tests.faulty_answers import serve
from tests.gallery import Gallery, png

from artkeep.jobs.check import check

MEDIA = "https://image.civitai.com/key"
SOURCE = f"{MEDIA}/source/original=true/source.png"


@pytest.fixture
def home(scene: Scene) -> Scene:
    return of_services(scene)


def workflow(site: Gallery, **params: Any) -> dict[str, Any]:
    """Two outputs of one prompt and one picture."""
    outputs = []
    for number in (1, 2):
        url = f"{MEDIA}/{number}/original=true/{number}.png"
        site.server.on(path_of(url), serve(png(number)))
        outputs.append({"type": "image", "id": f"OUT{number}", "url": url})
    told = {"prompt": "a boat", "seed": 5, "sourceImage": {"url": SOURCE}} | params
    return {
        "id": "wf-1",
        "status": "succeeded",
        "createdAt": "2026-08-01T10:00:00.000Z",
        "metadata": {"params": told},
        "steps": [{"$type": "imageGen", "status": "succeeded", "output": outputs}],
    }


def sources(home: Scene) -> dict[str, bytes]:
    return {name: body for name, body in home.on_disk().items() if ".source." in name}


def test_it_lies_beside_the_first_output_and_nothing_is_written_into_it(
    home: Scene, site: Gallery
) -> None:
    site.server.on(path_of(SOURCE), serve(png(9)))
    report = bring_in(home, workflow(site))
    assert report.state == "completed"
    ((name, body),) = sources(home).items()
    assert body == png(9), "the prompt made the outputs, not this"
    stem = name.removesuffix(".source.png")
    beside = json.loads(home.on_disk()[f"{stem}.json"])
    assert beside["id"] == "wf-1/OUT1"
    sha256 = hashlib.sha256(png(9)).hexdigest()
    assert beside["raw"]["source_image"] == {"sha256": sha256, "type": "image/png"}
    assert home.rows("SELECT role, sha256 FROM files WHERE role = 'source_image'") == [
        ("source_image", sha256)
    ]
    again = bring_in(home, workflow(site))
    assert (again.state, list(sources(home))) == ("completed", [name])
    with home.running() as (engine, store):
        assert check(store, engine.library, hashes=True).problems == 0
        (home.library / name).unlink()
        assert len(check(store, engine.library, hashes=False).missing) == 1


@pytest.mark.parametrize("answer", ["gone", "no picture", "elsewhere"])
def test_a_dead_one_is_no_failure_of_the_creation(
    home: Scene, site: Gallery, answer: str
) -> None:
    params: dict[str, Any] = {}
    if answer == "no picture":
        site.server.on(path_of(SOURCE), serve(b"<html>no</html>"))
    elif answer == "elsewhere":
        params = {"sourceImage": {"url": "https://evil.example/a.png"}}
    report = bring_in(home, workflow(site, **params))
    assert (report.state, report.progress.done) == ("completed", 2)
    assert sources(home) == {}
    assert list((home.library / ".artkeep" / "parts").iterdir()) == []


def test_one_that_stands_in_the_capture_is_taken_from_there(home: Scene, site: Gallery) -> None:
    entry = json.loads((SAMPLES / "dezgo-job-with-saved-input.json").read_text())
    text = base64.b64encode(png(7)).decode()
    entry["input"]["init_image"] = f"data:image/png;base64,{text}"
    output = entry["meta"]["file.output"]
    for offset in range(4):
        site.server.on("/api.dezgo.com/account/file", serve(png(offset)))
    report = bring_in(home, entry, then=())
    assert output
    assert report.state == "completed"
    assert list(sources(home).values()) == [png(7)]
