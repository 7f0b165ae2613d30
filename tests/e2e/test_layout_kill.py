"""A death while text files and further places are put, and the start after it."""

from __future__ import annotations

import pytest
from PIL import Image
from tests.e2e.program import Home
from tests.faulty_answers import serve
from tests.gallery import Gallery
from tests.media.samples import encoded

FILES = 6
CLASSIC = ("get", "--user", "lena", "--layout", "classic", "--json")
STEPS = {
    "a file has its name, its text is not there": (
        "artkeep.stages._beside",
        "text_beside",
        "before",
    ),
    "names of further places are reserved": ("artkeep.jobs.further", "put_twin", "before"),
    "one of them is linked": ("artkeep.jobs.further", "put_twin", "after"),
    "all of them are there, and nobody knows": ("artkeep.store.further", "fill", "before"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_death_while_folders_are_filled_costs_nothing(
    step: str, home: Home, site: Gallery
) -> None:
    site.add("lena", FILES)
    is_further = not step.startswith("a file")
    if is_further:
        code, out, err = home.run("get", "--user", "lena", "--json")
        assert code == 0, out + err
    asked = len(site.media_requests())
    dying = home.start_dying(*STEPS[step], *CLASSIC)
    out, err = dying.communicate(timeout=60)
    assert dying.returncode == -9, out + err
    assert is_whole(home, site)

    code, out, err = home.run(*CLASSIC)

    assert code == 0, out + err
    assert is_whole(home, site)
    folder = home.library / "Username_Search" / "lena" / "Aurora"
    assert len(list(folder.glob("*.png"))) == len(list(folder.glob("*_meta.txt"))) == FILES
    assert home.parts() == []
    if is_further:
        assert len(site.media_requests()) == asked
    code, out, err = home.run("check", "--hashes", "--json")
    assert code == 0, out + err


def is_whole(home: Home, site: Gallery) -> bool:
    """Whether every picture that can be seen is what the server meant (CR-4)."""
    bodies = {picture.body for picture in site.pictures.values()}
    folders = (home.library / "Username_Search", home.library / "CivitAI_Browse")
    return all(
        path.read_bytes() in bodies for folder in folders for path in folder.rglob("*.png")
    )


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_death_while_a_better_copy_replaces_an_old_one_leaves_a_whole_one(
    when: str, home: Home, site: Gallery
) -> None:
    small, large = (encoded(Image.new("RGB", (side, side)), "jpeg") for side in (8, 16))
    (picture,) = site.add("lena", 1, body=large, changes={"url": None})
    listed = picture.path("width=450")
    picture.changes["url"] = f"https://image.civitai.com{listed}"
    site.server.on(listed, serve(small))
    code, out, err = home.run(*CLASSIC, "--quality", "sd")
    assert code == 0, out + err
    path = home.library / f"Username_Search/lena/Aurora/{picture.id}.jpeg"
    assert path.read_bytes() == small

    dying = home.start_dying("artkeep.stages._body", "replace_file", when, *CLASSIC)
    out, err = dying.communicate(timeout=60)
    assert dying.returncode == -9, out + err
    assert path.read_bytes() == (small if when == "before" else large)

    code, out, err = home.run(*CLASSIC)
    assert code == 0, out + err
    assert path.read_bytes() == large
    assert len(site.asked(picture)) == 2, "what was proven is not fetched twice"
    assert [one.name for one in path.parent.glob("*.jpeg")] == [path.name]
    assert home.parts() == []
    code, out, err = home.run("check", "--hashes", "--json")
    assert code == 0, out + err
