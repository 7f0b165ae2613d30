"""What of a target was not reached: the gaps between its walks.

A walk covers its ground when it ended cleanly and everything it led to did, or when the walks
made instead of it did. One that proves the end of the whole target covers all the others'.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from artkeep.store.walks import ListingRow


class Coverage:
    """The walks of one job for one target, judged together."""

    def __init__(self, rows: Sequence[ListingRow]) -> None:
        self._children: dict[int, list[ListingRow]] = defaultdict(list)
        self._top: list[ListingRow] = []
        known = {row.id for row in rows}
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
        return row.ended == "end" or (bool(instead) and all(map(self.covers, instead)))

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
            found, _ = self._split(row)
            yield from self._gaps_of(found)
            if row.ended != "end":
                yield row

    def _split(self, row: ListingRow) -> tuple[list[ListingRow], list[ListingRow]]:
        """The walks it led to, and those made instead of it."""
        children = self._children[row.id]
        return (
            [child for child in children if not child.is_substitute],
            [child for child in children if child.is_substitute],
        )
