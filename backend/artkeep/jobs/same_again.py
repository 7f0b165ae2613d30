"""Whether a list is still what it was, told by two of its pages.

The last page is where it was: nothing was put in before it, on the whole. One thing put in and
another one taken out cancel out; they shift the pages between them. So one more page is asked
for each time, another one every time: first the middle, then the middles of the halves.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Sequence

from artkeep.store.walks import Mark, Tail

_MOST_MARKS = 256


def mark_of(cursor: str | None, ids: Sequence[str]) -> Mark:
    """A page as it is recognised by."""
    return Mark(cursor or "", len(ids), _digest(ids))


def shows(ids: Sequence[str], mark: Mark) -> bool:
    """Whether a page begins with what it held before; a later one may be longer."""
    return len(ids) >= mark.amount and _digest(ids[: mark.amount]) == mark.digest


def begins_with(ids: Sequence[str], tail: Tail) -> bool:
    """Whether the page begins with the items of the last one of the earlier walk."""
    return bool(tail.ids) and tuple(ids[: len(tail.ids)]) == tail.ids


def turn_of(tail: Tail) -> Mark | None:
    """The page that is looked at this time."""
    in_turn = _middles_first(len(tail.marks))
    return tail.marks[in_turn[tail.looked % len(in_turn)]] if in_turn else None


def _middles_first(amount: int) -> list[int]:
    order: list[int] = []
    spans = deque([(0, amount)])
    while spans:
        begin, end = spans.popleft()
        if begin < end:
            middle = (begin + end) // 2
            order.append(middle)
            spans += [(begin, middle), (middle + 1, end)]
    return order


def thinned(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Few enough to be kept."""
    return tuple(marks[::2] if len(marks) > _MOST_MARKS else marks)


def _digest(ids: Sequence[str]) -> str:
    return hashlib.blake2b(",".join(ids).encode(), digest_size=6).hexdigest()
