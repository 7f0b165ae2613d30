"""Groups of perceptual hashes: what a comparison of all with all finds, and no chains."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from artkeep.domain.look_alikes import groups, parse_hashes


def changed(chance: Random, value: int, bits: int) -> int:
    for bit in chance.sample(range(64), bits):
        value ^= 1 << bit
    return value


@pytest.mark.parametrize("distance", [0, 1, 4, 6, 8])
def test_everything_near_is_found_and_nothing_else(distance: int) -> None:
    chance = Random(distance)
    values = [chance.getrandbits(64) for _ in range(400)]
    pairs = {}
    for index in range(0, 200, 2):  # one neighbour each, from equal to just too far
        bits = index // 2 % (distance + 3)
        values[index + 1] = changed(chance, values[index], bits)
        if bits <= distance:
            pairs[index] = index + 1
    found = groups(parse_hashes([f"{value:016x}" for value in values]), distance)
    assert found == [[one, other] for one, other in pairs.items()]


def test_a_chain_of_small_steps_is_not_one_group() -> None:
    chain = np.array([(1 << bits) - 1 for bits in range(0, 40, 4)], dtype=np.uint64)
    found = groups(chain, 4)
    assert all(len(group) <= 3 for group in found)
    assert all(
        any(all(int(chain[a] ^ chain[b]).bit_count() <= 4 for b in group) for a in group)
        for group in found
    )


def test_equal_ones_stay_together_with_their_neighbours() -> None:
    hashes = parse_hashes(["0" * 16, "f" * 16, "0" * 16, "0" * 15 + "1", "f" * 16])
    assert groups(hashes, 4) == [[0, 2, 3], [1, 4]]
    assert groups(hashes, 0) == [[0, 2], [1, 4]]


def test_whoever_is_told_of_progress_may_stop_it() -> None:
    def stop(done: int, of: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        groups(parse_hashes(["0" * 16, "1" * 16]), 4, stop)
    assert groups(parse_hashes([]), 4) == []
