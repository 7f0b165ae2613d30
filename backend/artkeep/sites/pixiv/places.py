"""Where in a list of pixiv a walk is: cursors, and what the next one is. Pure.

Lists are counted, newest first. A work that is taken out while they are read moves all that
follow by one; so a page begins a little before its place, and the last work of the page before
has to be in it. A search ends at its 5000th work without a word: it goes on from the day that
it has come to, and where a single day has more than that, from that day's other end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import parse_qsl, urlencode

PAGE = 30
OVERLAP = 5
MOST_OFFSET = 5000  # of a search


@dataclass(frozen=True, slots=True)
class Place:
    """`last` is the id of the last work before it.

    Of a search: only works up to the day `end`, those made after `until` being listed already;
    or, with `day`, those from `day` to `end`, oldest first, until one made after `until` is
    met. `seen_from` is the day from which on everything was listed, from both ends.
    """

    offset: int = 0
    last: str | None = None
    end: date | None = None
    day: date | None = None
    until: datetime | None = None
    seen_from: date | None = None

    @classmethod
    def read(cls, cursor: str | None) -> Place:
        """The reverse of `cursor`. Raises ValueError."""
        told = dict(parse_qsl(cursor or ""))
        days = {name: date.fromisoformat(told[name]) for name in _DAYS if name in told}
        until = datetime.fromisoformat(told["until"]) if "until" in told else None
        return cls(int(told.get("offset", 0)), told.get("last"), until=until, **days)

    @property
    def cursor(self) -> str:
        """As text."""
        told = {"offset": str(self.offset), "last": self.last}
        moments = {name: getattr(self, name) for name in (*_DAYS, "until")}
        told |= {name: moment.isoformat() for name, moment in moments.items() if moment}
        return urlencode({name: value for name, value in told.items() if value})

    def asked(self, is_search: bool) -> Mapping[str, str | int]:
        """The parameters of its page."""
        wanted: dict[str, str | int] = {}
        offset = max(0, self.offset - OVERLAP) if self.last else self.offset
        if offset:
            wanted["offset"] = offset
        if is_search:
            wanted["sort"] = "date_asc" if self.day else "date_desc"
            if self.day:
                wanted["start_date"] = self.day.isoformat()
            if self.end:
                wanted["end_date"] = self.end.isoformat()
        return wanted


_DAYS = ("end", "day", "seen_from")


def following(
    place: Place, next_offset: int | None, last: str | None, moment: datetime | None
) -> Place | None:
    """The place behind a page of a search; `next_offset` as the site gives it, `last` and
    `moment` are the id of the page's last work and when it was made, in pixiv's own time. None
    at the end of the list.

    Raises Crowded where neither end of a day reaches the other.
    """
    if place.day and place.until and moment and moment > place.until:
        return _before_day(place.day, place.until)
    if next_offset is not None and next_offset < MOST_OFFSET:
        return replace(place, offset=next_offset, last=last or place.last)
    is_cut = next_offset is not None or place.offset + PAGE >= MOST_OFFSET
    if place.day:
        if is_cut:
            raise Crowded(f"more than {2 * MOST_OFFSET} works on {place.day}")
        return _before_day(place.day, place.until)
    if not is_cut or moment is None:
        return None
    # A work of the day itself may still follow: the day is listed once more, with the one after
    # it, because nobody says whether the last day belongs to what is asked for.
    end = moment.date() + timedelta(days=1)
    if place.end is None or end < place.end:
        return Place(end=end, until=moment, seen_from=place.seen_from)
    if place.seen_from is None or moment.date() < place.seen_from:
        return Place(end=place.end, day=moment.date(), until=moment, seen_from=place.seen_from)
    return replace(
        place, end=place.seen_from - timedelta(days=1), offset=0, last=None, until=moment
    )


def _before_day(day: date, until: datetime | None) -> Place:
    """Behind a crowded day: nobody says whether the last day belongs to what is asked for."""
    midnight = datetime.combine(day, time.min, until.tzinfo if until else None)
    return Place(end=day, until=midnight if until else None, seen_from=day)


class Crowded(Exception):
    """A search has more works of one day than can be reached."""
