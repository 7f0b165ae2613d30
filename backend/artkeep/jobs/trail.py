"""What a walk keeps of its list: how a later one knows it again, and how far it got."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from artkeep.jobs.reach import Span, first_moment, has_met, last_moment
from artkeep.jobs.same_again import mark_of, thinned
from artkeep.sites._adapter import Page
from artkeep.store.walks import Tail


class Trail:
    """Of one walk. `items_before` tells how many items lie before a cursor, if it counts them;
    `others` is what the walks reached that this one is made instead of."""

    def __init__(
        self,
        items_before: Callable[[str], int | None],
        tail: Tail | None,
        others: Sequence[Span] = (),
    ) -> None:
        self._items_before = items_before
        self._others = others
        self._marks = tail.marks if tail else ()
        self._looked = tail.looked if tail else 0
        self._from_at = tail.from_at if tail else None

    @property
    def has_others(self) -> bool:
        """Whether it goes on where other walks over the list were cut off."""
        return bool(self._others)

    def count_look(self) -> None:
        """One more page of the known part was looked at."""
        self._looked += 1

    def forget(self) -> None:
        """The walk begins anew."""
        self._marks, self._looked, self._from_at = (), 0, None

    def tail_at(self, page: Page, cursor: str | None) -> Tail | None:
        """What is to be kept with the page at this cursor; None where cursors do not count."""
        self._from_at = self._from_at or first_moment(page.artworks)
        ids = ids_of(page)
        if page.next_cursor is None:
            before = self._items_before(cursor) if cursor and ids else None
            return (
                None if before is None or cursor is None else self._tail(cursor, before, page)
            )
        before = self._items_before(page.next_cursor)
        if before is None:
            return None
        self._marks = thinned((*self._marks, mark_of(cursor, ids)))
        return self._tail(page.next_cursor, before, page)

    def _tail(self, cursor: str, before: int, page: Page) -> Tail:
        return Tail(
            cursor,
            before,
            ids_of(page) if page.next_cursor is None else (),
            marks=self._marks,
            looked=self._looked,
            from_at=self._from_at,
            to_at=last_moment(page.artworks),
        )

    def has_met(self, page: Page) -> bool:
        """Whether another walk over the list has reached what follows this page."""
        begins, ends = first_moment(page.artworks), last_moment(page.artworks)
        if begins is None or ends is None or self._from_at is None:
            return False
        is_upwards = begins < ends if begins != ends else self._from_at < begins
        return has_met(ends, is_upwards, self._others)


def ids_of(page: Page) -> tuple[str, ...]:
    """The artworks of a page, in its order."""
    return tuple(one.site_id for one in page.artworks)
