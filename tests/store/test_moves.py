"""Moving files: names are reserved once, a lost claim changes nothing, and batches go back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.store.rows import Rows

from artkeep.domain.artwork import StageName
from artkeep.store import claims, jobs, movable, move_batches, moves, work
from artkeep.store.claims import Claim
from artkeep.store.models import Place
from artkeep.store.moves import MoveWish, Step, next_free

MOVE = StageName.MOVE


def named(name: str, suffix: int) -> str:
    return f"{name} ({suffix + 1}).png" if suffix else f"{name}.png"


def claimed(rows: Rows, number: int, spec: dict[str, object] | None = None) -> list[Claim]:
    """Claims of a move job on artworks with a file each: `1.png`, `2.png` …"""
    ids = rows.artworks(number, download_status="done")
    for artwork_id in ids:
        rows.file(artwork_id)
    rows.instance("a")
    return ask(rows, ids, spec)


def ask(rows: Rows, ids: list[int], spec: dict[str, object] | None = None) -> list[Claim]:
    job = rows.job(kind="move")
    rows.do(work.ask, ids, MOVE, job, spec)
    return rows.claim(job, stage=MOVE)


def wishes(rows: Rows, mine: list[Claim], name: Callable[[Claim], str]) -> list[MoveWish]:
    with rows.store.reading() as connection:
        files = movable.files_of(connection, [claim.artwork_id for claim in mine])
    return [
        MoveWish(claim, files[claim.artwork_id][0], partial(named, name(claim)))
        for claim in mine
    ]


def moved(rows: Rows, mine: list[Claim], name: Callable[[Claim], str]) -> list[Step]:
    told = rows.do(moves.reserve, "a", wishes(rows, mine, name))
    laid = [(claim, told.steps[claim.id]) for claim in mine if claim.id in told.steps]
    done = rows.do(move_batches.settle, "a", laid, None).done
    return [step for _, step in done]


def paths(rows: Rows) -> list[str]:
    return sorted(row["path"] for row in rows.all(Place))


def test_names_that_are_alike_get_numbers_and_nothing_is_reserved_twice(rows: Rows) -> None:
    mine = claimed(rows, 5)

    told = rows.do(moves.reserve, "a", wishes(rows, mine, lambda _: "same"))

    assert [step.new for claim in mine for step in told.steps[claim.id]] == [
        "same.png",
        *(f"same ({number}).png" for number in (2, 3, 4, 5)),
    ]
    assert len(paths(rows)) == 10
    (later,) = rows.artworks(1, first=50)
    rows.file(later)
    other = ask(rows, [later])
    told = rows.do(moves.reserve, "a", wishes(rows, other, lambda _: "same"))
    assert told.steps[other[0].id][0].new == "same (6).png"


def test_a_name_that_is_there_already_is_kept(rows: Rows) -> None:
    mine = claimed(rows, 2)

    told = rows.do(moves.reserve, "a", wishes(rows, mine, lambda claim: f"{claim.artwork_id}"))

    assert told.steps == {}
    assert told.held == {claim.id for claim in mine}


def test_a_number_is_found_without_trying_all() -> None:
    tried: list[int] = []

    def is_taken(number: int) -> bool:
        tried.append(number)
        return number <= 70_000

    assert next_free(is_taken, 0) == 70_001
    assert len(tried) < 40


def test_a_lost_claim_moves_nothing(rows: Rows) -> None:
    mine = claimed(rows, 2)
    told = rows.do(moves.reserve, "a", wishes(rows, mine, lambda claim: f"new {claim.id}"))
    rows.do(claims.release, "a", mine[:1])

    laid = [(claim, told.steps[claim.id]) for claim in mine]
    settled = rows.do(move_batches.settle, "a", laid, None)

    assert settled.held == {mine[1].id}
    assert [claim.id for claim, _ in settled.done] == [mine[1].id]
    lost = told.steps[mine[0].id][0]
    with rows.store.reading() as connection:
        assert moves.lying_at(connection, [lost.place_id]) == {lost.place_id: lost.old}


def test_a_file_that_was_moved_or_trashed_meanwhile_stays(rows: Rows) -> None:
    mine = claimed(rows, 1)
    told = rows.do(moves.reserve, "a", wishes(rows, mine, lambda _: "new"))
    rows.store.transact(
        lambda connection: connection.exec_driver_sql("UPDATE files SET state = 'trashed'")
    )

    settled = rows.do(move_batches.settle, "a", [(mine[0], told.steps[mine[0].id])], None)

    assert settled.done == []
    assert paths(rows) == [f"{mine[0].artwork_id}.png"]


def test_a_batch_goes_back_row_by_row_from_the_last(rows: Rows) -> None:
    first, second = claimed(rows, 2)
    (one,) = moved(rows, [first], lambda _: "one")
    (two,) = moved(rows, [second], lambda _: "two")
    rows.do(work.end, "a", [])
    with rows.store.reading() as connection:
        (batch,) = move_batches.history(connection)
        row, ids = move_batches.moves_to_undo(connection, batch.id, None) or (0, [])
        assert ids == [second.artwork_id]
        before = move_batches.moves_to_undo(connection, batch.id, row)
        assert before is not None
        assert before[1] == [first.artwork_id]
        assert move_batches.moves_to_undo(connection, batch.id, before[0]) is None
        back = move_batches.ways_back(connection, batch.id, [first, second])
    assert (batch.files, batch.left, batch.undone_at) == (2, 2, None)
    assert back == {one.place_id: ("one.png", one.old), two.place_id: ("two.png", two.old)}

    for step, left in ((two, 1), (one, 0)):
        claim = second if step is two else first
        exact = MoveWish(
            claim,
            wishes(rows, [claim], lambda _: "x")[0].file,
            lambda _, step=step: step.old,
            is_exact=True,
        )  # type: ignore[misc]
        told = rows.do(moves.reserve, "a", [exact])
        rows.do(move_batches.settle, "a", [(claim, told.steps[claim.id])], batch.id)
        with rows.store.reading() as connection:
            told_now = move_batches.batch(connection, batch.id)
        assert told_now is not None
        assert (told_now.left, told_now.undone_at is None) == (left, left > 0)
    assert paths(rows) == sorted([one.old, two.old])


def test_who_asks_again_after_a_stopped_move_is_heard(rows: Rows) -> None:
    (claim,) = claimed(rows, 1, {"stages": {"move": {"layout": {"name": "dated"}}}})
    rows.do(claims.release, "a", [claim])
    rows.store.transact(
        lambda connection: connection.exec_driver_sql("UPDATE jobs SET state = 'stopped'")
    )

    (again,) = ask(rows, [claim.artwork_id], {"stages": {"move": {"undo": 7}}})

    assert again.spec == {"stages": {"move": {"undo": 7}}}
    with rows.store.reading() as connection:
        assert jobs.get(connection, again.job_id or 0) is not None
