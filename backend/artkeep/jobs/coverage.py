"""What of a target was not reached: the gaps between its walks.

A walk covers its ground when it ended cleanly and everything it led to did, or when the walks
made instead of it did; a list that was cut off, when walks over it from elsewhere reached the
rest (`jobs.reach`). One that proves the end of the whole target covers all the others'.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from artkeep.jobs.reach import unreached
from artkeep.store.walks import ListingRow


class Coverage:
    """The walks of one job for one target, judged together."""

    def __init__(self, rows: Sequence[ListingRow]) -> None:
        self._children: dict[int, list[ListingRow]] = defaultdict(list)
        self._top: list[ListingRow] = []
        self._known = {row.id: row for row in rows}
        known = self._known.keys()
        for row in rows:
            if row.parent_id in known and row.parent_id is not None:
                self._children[row.parent_id].append(row)
            else:
                self._top.append(row)

    @property
    def is_proven(self) -> bool:
        """Whether everything that the site shows was listed."""
        return bool(self._top) and not self.gaps

    @property
    def gaps(self) -> list[ListingRow]:
        """The walks that left something out which nothing else reached."""
        if any(row.proves_end and self.covers(row) for row in self._top):
            return []
        return list(self._gaps_of(self._top))

    def covers(self, row: ListingRow) -> bool:
        """Whether nothing is missing of what this walk was to reach."""
        if row.is_optional and row.reason == "not_offered":
            return True
        found, instead = self._split(row)
        if not all(map(self.covers, found)):
            return False
        if row.ended == "end" or (bool(instead) and all(map(self.covers, instead))):
            return True
        return self.unreached(row) == []

    def unreached(self, row: ListingRow) -> list[tuple[datetime, datetime]] | None:
        """Which parts of its list this walk and those over it from elsewhere left out; None
        when that cannot be told."""
        line = [row]
        while len(instead := self._split(line[-1])[1]) == 1:
            line += instead
        return unreached(line)

    def begun_by(self, row: ListingRow) -> ListingRow:
        """The walk that this one continues, over the same list from elsewhere; or itself."""
        while row.is_substitute and row.parent_id in self._known and row.parent_id is not None:
            parent = self._known[row.parent_id]
            if len(self._split(parent)[1]) != 1:
                break
            row = parent
        return row

    @property
    def hidden(self) -> int:
        """How many artworks groups say to have beyond what the site showed of them."""
        return sum(
            max(0, row.claims - row.seen - row.rejected)
            for rows in self._children.values()
            for row in rows
            if row.claims is not None and row.ended == "end"
        )

    def _gaps_of(self, rows: Iterable[ListingRow]) -> Iterable[ListingRow]:
        for row in rows:
            if self.covers(row):
                continue
            found, instead = self._split(row)
            yield from self._gaps_of(found)
            if row.ended == "cap" and len(instead) > 1:
                yield from self._gaps_of(instead)  # those of its parts that did not fit either
            elif row.ended != "end":
                yield row

    def _split(self, row: ListingRow) -> tuple[list[ListingRow], list[ListingRow]]:
        """The walks it led to, and those made instead of it."""
        children = self._children[row.id]
        return (
            [child for child in children if not child.is_substitute],
            [child for child in children if child.is_substitute],
        )
