"""A death between any two steps of a move, and what the next start does (CR-15, CR-17).

The steps are told in stages/move.py.
"""

from __future__ import annotations

import hashlib

from tests.e2e.program import Home
from tests.gallery import Gallery

FILES = 8
LAYOUT = "{author}/{date} {id}"
WORDS = ("move", "--layout", LAYOUT, "--json")
STEPS = {
    "M1: in the middle of its transaction": ("artkeep.store.moves", "reserve", "after"),
    "M1: the names are reserved": ("artkeep.stages.move", "lay", "before"),
    "M2: a file has its name, its sidecar not": (
        "artkeep.media.moving",
        "_lay_sidecar",
        "before",
    ),
    "M2: one of them has both names": ("artkeep.stages.move", "lay", "after"),
    "M2: all of them have": ("artkeep.stages.move", "flush_folders", "before"),
    "M3: in the middle of its transaction": ("artkeep.store.move_batches", "settle", "after"),
    "M4: the new names count": ("artkeep.stages.move", "let_go", "before"),
    "M4: one old name is gone": ("artkeep.stages.move", "let_go", "after"),
    "M4: all are gone": ("artkeep.store.work", "end", "before"),
}
PLACES = (
    "SELECT p.path, f.sha256 FROM places p JOIN files f ON f.id = p.file_id "
    "WHERE p.is_primary AND f.state = 'present'"
)


def tree(home: Home) -> dict[str, bytes | None]:
    return {
        path.relative_to(home.library).as_posix(): path.read_bytes() if path.is_file() else None
        for path in home.library.rglob("*")
        if ".artkeep" not in path.parts
    }


def require_whole(home: Home) -> None:
    """Every file lies where the database says, at this very moment."""
    found = home.rows(PLACES)
    assert len(found) == FILES
    for path, sha256 in found:
        assert hashlib.sha256((home.library / path).read_bytes()).hexdigest() == sha256, path


def test_deaths_lose_nothing_and_the_next_start_tidies_up(home: Home, site: Gallery) -> None:
    site.add("lena", FILES)
    code, out, err = home.run("get", "--user", "lena", "--json")
    assert code == 0, out + err
    before = tree(home)

    for step, how in STEPS.items():
        dying = home.start_dying(*how, *WORDS)
        out, err = dying.communicate(timeout=60)
        assert dying.returncode == -9, step + out + err
        require_whole(home)
        if step.startswith("M4: one"):  # every file must go there again for the next step
            assert home.run(*WORDS)[0] == 0
            code, out, err = home.run("move", "--undo", "--json")
            assert code == 0, out + err
            assert tree(home) == before, step

    # somebody asks for something else now than the one who died
    code, out, err = home.run("move", "--layout", "dated", "--json")
    assert code == 0, out + err
    require_whole(home)
    assert len([path for path in tree(home) if path.endswith((".png", ".json"))]) == 2 * FILES
    assert {path.partition("/")[0] for path in tree(home)} == {"civitai"}
    code, out, err = home.run("check", "--hashes", "--json")
    assert code == 0, out + err

    # and the undo of it dies, too
    dying = home.start_dying(*STEPS["M4: one old name is gone"], "move", "--undo", "--json")
    dying.communicate(timeout=60)
    assert dying.returncode == -9
    require_whole(home)
    code, out, err = home.run("move", "--undo", "--json")
    assert code == 0, out + err
    assert not home.rows("SELECT id FROM places WHERE file_id IS NULL")
    code, out, err = home.run("check", "--hashes", "--json")
    assert code == 0, out + err
