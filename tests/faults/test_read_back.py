"""What files say of their making, read into the database, and from there everywhere else."""

from __future__ import annotations

import io
import json
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pydantic import SecretStr
from tests.faults.importing import SAMPLES as CAPTURES
from tests.faults.importing import bring_in, everything_written
from tests.faults.scene import Scene
from tests.faulty_answers import serve
from tests.gallery import Gallery

from artkeep.domain.generation import read_generation
from artkeep.media.embedded import read_embedded
from artkeep.settings import Captures, Sites

SAMPLES = Path(__file__).parents[1] / "fixtures" / "embedded-metadata"
UNTOLD = {"meta": None}


def bodies(*names: str) -> list[bytes]:
    return [(SAMPLES / name).read_bytes() for name in names]


def test_a_prompt_that_only_the_file_knows_is_found_by_search_and_told_in_the_sidecar(
    scene: Scene, site: Gallery
) -> None:
    webui, comfy, silent = bodies(
        "sdparsers-a1111.png", "sdmeta-64px-comfyui.png", "sdparsers-no-metadata.png"
    )
    (one,) = site.add("lena", body=webui, changes=UNTOLD)
    (graph,) = site.add("lena", body=comfy, changes=UNTOLD)
    (nothing,) = site.add("lena", body=silent, changes=UNTOLD)
    (told,) = site.add("lena", body=webui)
    scene.get("lena")
    written = read_generation(read_embedded(scene.place(one)))
    assert written is not None

    usual = scene.over_library("embed")
    assert usual.state == "completed"
    assert scene.rows("SELECT count(*) FROM artworks WHERE prompt IS NOT NULL") == [(1,)]
    report = scene.over_library("embed", from_files=True)

    assert report.state == "completed"
    rows = dict(
        (int(site_id), (prompt, seed))
        for site_id, prompt, seed in scene.rows("SELECT site_id, prompt, seed FROM artworks")
    )
    assert rows[one.id] == (written.prompt, str(written.seed))
    assert rows[graph.id][0]
    assert rows[nothing.id] == (None, None)
    assert rows[told.id][0] == f"picture {told.id}", "what the site tells stays"
    sidecar = json.loads(scene.place(one).with_suffix(".json").read_text("utf-8"))
    assert sidecar["prompt"] == written.prompt
    assert sidecar["generation"]["Steps"] == str(written.steps)
    assert sidecar["raw"]["meta"] is None, "what the site said stays told"
    after = read_generation(read_embedded(scene.place(one)))
    assert after is not None
    assert (after.prompt, after.steps) == (written.prompt, written.steps)

    scene.get("lena", is_deep=True)
    (kept,) = scene.rows("SELECT prompt FROM artworks WHERE site_id = :id", id=str(one.id))
    assert kept == (written.prompt,), "a list that does not tell it takes nothing away"


def test_what_a_capture_does_not_tell_is_read_from_the_file_that_the_key_brought(
    scene: Scene, site: Gallery
) -> None:
    """Dezgo's list of jobs holds no prompts; its pictures do."""
    key = "dez-cAnArY-key"
    captures = Captures(media_url=site.url, dezgo_key=SecretStr(key))
    scene.settings = scene.settings.model_copy(update={"sites": Sites(captures=captures)})
    told = PngInfo()
    told.add_text("GenInfo", "a copper greenhouse in the rain")
    body = io.BytesIO()
    Image.new("RGB", (12, 12), (9, 9, 9)).save(body, "png", pnginfo=told)
    path = "/api.dezgo.com/account/file"
    site.server.on(path, serve(body.getvalue()))

    report = bring_in(scene, json.loads((CAPTURES / "dezgo-job.json").read_text("utf-8")))

    assert report.state == "completed"
    (asked,) = {one.headers["x-dezgo-key"] for one in site.server.requests_to(path)}
    assert asked == key
    prompts = {prompt for (prompt,) in scene.rows("SELECT prompt FROM artworks")}
    assert prompts == {"a copper greenhouse in the rain"}
    assert key.encode() not in everything_written(scene)
    assert key in set(scene.settings.secrets()), "the log's filter knows it"
