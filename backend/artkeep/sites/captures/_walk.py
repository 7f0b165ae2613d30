"""Finds creations at any depth of any envelope. No value can make it fail.

It walks without recursion: a capture may be nested as deeply as it likes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from artkeep.domain.artwork import Reject, clean_text
from artkeep.domain.generated import short_text
from artkeep.sites.captures._capture import Creation, Document, Service
from artkeep.sites.captures._merge import merge
from artkeep.sites.captures._services import BY_NAME, SERVICES

_DEEPEST: Final = 200
_MOST_VALUES: Final = 5_000_000  # of one document
_MOST_CREATIONS: Final = 100_000
_MOST_REJECTS: Final = 1_000
_UNREADABLE: Final = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError)


@dataclass(frozen=True, slots=True)
class Found:
    """Creations in the order in which they first came, each once; what could not be read."""

    creations: tuple[Creation, ...]
    rejects: tuple[Reject, ...]


class Finder:
    """Takes the documents of one capture; keeps of them only what was recognised."""

    def __init__(self) -> None:
        self._creations: dict[tuple[str, str], Creation] = {}
        self._rejects: list[Reject] = []
        self._settings: dict[tuple[str, str], Mapping[str, Any]] = {}

    def add(self, document: Document) -> int:
        """How many creations it holds; 0 also for one that brings settings of others."""
        self._keep_settings(document)
        count = 0
        for service, value in self._recognised(document.value):
            count += self._read(service, value)
        return count

    def found(self) -> Found:
        """What was recognised so far, with settings that came in other documents."""
        for key, creation in self._creations.items():
            service = BY_NAME[creation.service]
            settings_key = service.settings_key(creation.raw)
            told = settings_key and self._settings.get((service.name, settings_key))
            if told:
                self._complete(key, service, {**creation.raw, **told})
        return Found(tuple(self._creations.values()), tuple(self._rejects))

    def forget(self, keys: Collection[tuple[str, str]]) -> None:
        """As if these creations had not come."""
        for key in keys:
            self._creations.pop(key, None)

    def forget_settings(self) -> None:
        """As if no settings had come without their creation."""
        self._settings.clear()

    def _keep_settings(self, document: Document) -> None:
        for service in SERVICES:
            try:
                told = service.settings_in(document)
            except _UNREADABLE:
                told = None
            if told:
                self._settings[service.name, told[0]] = told[1]

    def _read(self, service: Service, value: Mapping[str, Any]) -> int:
        try:
            creation = service.read(value)
        except _UNREADABLE as error:
            said = f"{service.title}: {type(error).__name__}"
            self._refuse("unreadable_creation", clean_text(short_text(value.get("id"))), said)
            return 0
        known = self._creations.get(creation.key)
        if known is None and len(self._creations) >= _MOST_CREATIONS:
            self._refuse("too_many", creation.id)
            return 0
        self._creations[creation.key] = merge(known, creation) if known else creation
        return 1

    def _complete(
        self, key: tuple[str, str], service: Service, value: Mapping[str, Any]
    ) -> None:
        with suppress(*_UNREADABLE):  # without them it is still worth having
            self._creations[key] = service.read(value)

    def _refuse(self, reason: str, site_id: str | None = None, excerpt: str = "") -> None:
        if len(self._rejects) < _MOST_REJECTS:
            self._rejects.append(Reject(reason, site_id and site_id[:100], excerpt))

    def _recognised(self, value: Any) -> Iterator[tuple[Service, Mapping[str, Any]]]:
        """Depth first, in the order of the document; not into what is recognised."""
        levels = [iter((value,))]
        left = _MOST_VALUES
        is_cut = False
        while levels:
            part = next(levels[-1], _END)
            if part is _END:
                levels.pop()
                continue
            left -= 1
            if left < 0:
                self._refuse("too_many")
                return
            if isinstance(part, Mapping):
                service = service_of(part)
                if service:
                    yield service, part
                    continue
                inner = iter(part.values())
            elif isinstance(part, list):
                inner = iter(part)
            else:
                continue
            if len(levels) < _DEEPEST:
                levels.append(inner)
            elif not is_cut:
                is_cut = True
                self._refuse("too_deep")


_END: Final = object()


def service_of(value: Mapping[str, Any]) -> Service | None:
    """The service that an object is a creation of."""
    for service in SERVICES:
        try:
            if service.recognises(value):
                return service
        except _UNREADABLE:
            continue
    return None
