"""Pictures that look the same: perceptual hashes of 64 bits that differ in a few of them.

Two hashes that differ in at most `d` bits, cut into `d + k` pieces, have at least `k` pieces
in common. So for every choice of `k` pieces the hashes are sorted by these, and only neighbours
are compared: a million in seconds, where comparing all with all would take days.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]

MOST_DISTANCE = 8
_BITS = 64
_KEY_BITS = 18  # at least so many are equal among those that are compared
_MOST_NEIGHBOURS = 2_000  # compared of those with an equal key: plain pictures are all alike


def parse_hashes(texts: Sequence[str]) -> Hashes:
    """Hashes of 16 hex digits each."""
    return np.frombuffer(bytes.fromhex("".join(texts)), dtype=">u8").astype(np.uint64)


def distances(one: int, others: Hashes) -> npt.NDArray[np.uint8]:
    """In how many bits each of the others differs."""
    return _bits_of(others ^ np.uint64(one))


def groups(
    hashes: Hashes,
    distance: int,
    on_progress: Callable[[int, int], None] = lambda done, of: None,
) -> list[list[int]]:
    """Indices that belong together, two or more, each in one group at most.

    Within a group everything is at most `distance` bits away from one of its members, the one
    with the most neighbours: a chain of small steps makes no group. `on_progress` may raise.
    """
    different, first, which = np.unique(hashes, return_index=True, return_inverse=True)
    del first
    pairs = _pairs(different, distance, on_progress) if distance else _no_pairs()
    stars = _stars(len(different), pairs)
    members = _members(which, len(different))
    found = [sorted(index for one in star for index in members(one)) for star in stars]
    in_star = {one for star in stars for one in star}
    alone, amounts = np.unique(which, return_counts=True)
    for one in alone[amounts > 1].tolist():
        if one not in in_star:
            found.append(sorted(members(one)))
    return sorted(found)


def _no_pairs() -> Indices:
    return np.empty((0, 2), dtype=np.int64)


def _members(which: Indices, amount: int) -> Callable[[int], list[int]]:
    """The indices of each different hash."""
    which = which.reshape(-1)
    order = np.argsort(which, kind="stable")
    begins = np.searchsorted(which[order], np.arange(amount + 1))

    def of(one: int) -> list[int]:
        return [int(index) for index in order[begins[one] : begins[one + 1]]]

    return of


def _pairs(hashes: Hashes, distance: int, on_progress: Callable[[int, int], None]) -> Indices:
    """Pairs of different hashes within the distance, each once."""
    common = 1
    while common * _BITS < _KEY_BITS * (distance + common):
        common += 1
    pieces = _masks(distance + common)
    choices = list(combinations(pieces, common))
    found: list[Indices] = []
    for number, choice in enumerate(choices):
        on_progress(number, len(choices))
        mask = np.uint64(0)
        for piece in choice:
            mask |= piece
        found.append(_near(hashes, mask, distance))
    on_progress(len(choices), len(choices))
    every = np.concatenate(found)
    return np.unique(every, axis=0) if len(every) else every


def _masks(amount: int) -> list[np.uint64]:
    """The bits of each piece."""
    edges = [_BITS * index // amount for index in range(amount + 1)]
    return [np.uint64(((1 << (end - begin)) - 1) << begin) for begin, end in pairwise(edges)]


def _near(hashes: Hashes, mask: np.uint64, distance: int) -> Indices:
    """Pairs within the distance among those whose bits under the mask are equal."""
    keys = hashes & mask
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    ordered = hashes[order]
    found: list[Indices] = []
    at = np.arange(len(keys) - 1)
    for offset in range(1, _MOST_NEIGHBOURS + 1):
        at = at[at + offset < len(keys)]
        at = at[keys[at] == keys[at + offset]]
        if not len(at):
            break
        near = _bits_of(ordered[at] ^ ordered[at + offset]) <= distance
        one, other = order[at[near]], order[at[near] + offset]
        found.append(np.stack([np.minimum(one, other), np.maximum(one, other)], axis=1))
    return np.concatenate(found) if found else _no_pairs()


_BITS_OF_16 = np.array([bin(number).count("1") for number in range(1 << 16)], dtype=np.uint8)


def _bits_of(values: Hashes) -> npt.NDArray[np.uint8]:
    parts = np.ascontiguousarray(values).view(np.uint16).reshape(-1, 4)
    counted: npt.NDArray[np.uint8] = _BITS_OF_16[parts].sum(axis=1, dtype=np.uint8)
    return counted


def _stars(amount: int, pairs: Indices) -> list[list[int]]:
    """Each hash and its neighbours that no larger star has."""
    neighbours: dict[int, list[int]] = {}
    for one, other in pairs.tolist():
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    taken: set[int] = set()
    found: list[list[int]] = []
    for one in sorted(neighbours, key=lambda index: (-len(neighbours[index]), index)):
        if one in taken:
            continue
        star = [one, *(other for other in neighbours[one] if other not in taken)]
        if len(star) > 1:
            taken.update(star)
            found.append(star)
    return found
