"""`artkeep convert` and `artkeep embed`, as somebody types them."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.program import Home
from tests.faults.pictures import PARAMETERS, png_photo
from tests.gallery import Gallery


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_library_is_tried_converted_and_taken_back(home: Home, site: Gallery) -> None:
    for number in range(4):
        site.add("lena", body=png_photo(number, PARAMETERS))
    code, out, err = home.run("get", "--user", "lena", "--then", "embed", "--json")
    assert code == 0, out + err
    before = {path for path in home.library.rglob("*.png")}

    code, out, err = home.run("convert", "format:png", "--simulate", "--json")
    (tried,) = lines(out)
    assert (code, tried["artworks"]) == (0, 4), err
    assert tried["outcomes"] == [{"outcome": "done", "reason": "", "amount": 4}]
    assert tried["bytes_after"] < tried["bytes_before"]
    assert not list(home.library.rglob("*.webp"))

    code, out, err = home.run("convert", "--originals", "trash", "-q")
    assert code == 0, out + err
    assert "4" in out
    assert "saved" in out

    code, out, err = home.run("convert", "--history", "--json")
    (batch,) = lines(out)
    assert (code, batch["files"], batch["restorable"]) == (0, 4, 4)
    assert batch["bytes_before"] == tried["bytes_before"]

    code, out, err = home.run("convert", "--undo")
    assert code == 0, out + err
    assert {path for path in home.library.rglob("*.png")} == before
    assert not [one for one in home.library.rglob("*.webp") if ".artkeep" not in one.parts]


def test_slips_are_refused_with_words(home: Home, site: Gallery) -> None:
    for words in (
        ("convert", "formt:png"),
        ("convert", "--quality", "0"),
        ("convert", "--folder", "../elsewhere"),
        ("convert", "--undo", "77"),
        ("embed", "rating:odd"),
    ):
        code, out, err = home.run(*words)
        assert code in (2, 4), (words, code, out, err)
        assert err.startswith("artkeep: "), err
