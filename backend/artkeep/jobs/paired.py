"""The extensions and userscripts that were paired: `pairings.json` in the data folder.

It lies beside the other secrets and like them is for its owner alone (SE-23); of a token it
has the hash only. It is read whenever somebody comes, so that a revocation counts at once,
whichever instance it was told to.
"""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from artkeep.errors import NotFound, UsageError
from artkeep.jobs.pairing import hash_of
from artkeep.settings.change import alone_with, replace_file

FILE = "pairings.json"
MOST = 20


@dataclass(frozen=True, slots=True)
class Pairing:
    """One extension. `id` is no secret; `paired_at` is ISO text."""

    id: str
    name: str
    token_hash: str
    paired_at: str


class PairedExtensions:
    """All of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> tuple[Pairing, ...]:
        """In the order in which they were paired. A file that cannot be read admits nobody."""
        try:
            rows: Any = json.loads((self._folder / FILE).read_text("utf-8"))["pairings"]
            return tuple(Pairing(**row) for row in rows)
        except (OSError, ValueError, TypeError, KeyError):
            return ()

    def get(self, pairing_id: str) -> Pairing:
        """Raises NotFound for one that was revoked, or never was."""
        for one in self.all():
            if one.id == pairing_id:
                return one
        raise NotFound("This extension is not paired.", code="not_paired", advice="Pair it.")

    def by_token(self, token: str) -> Pairing | None:
        """Whose token it is."""
        told = hash_of(token)
        return next((one for one in self.all() if _is_same(one.token_hash, told)), None)

    def add(self, name: str, token_hash: str) -> Pairing:
        """One more. Raises UsageError when there are too many, or nothing can be written."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        added = Pairing(secrets.token_urlsafe(12), name, token_hash, now)
        with alone_with(self._folder):
            known = self.all()
            if len(known) >= MOST:
                raise UsageError(
                    f"{MOST} extensions are paired already.",
                    advice="Revoke one that you do not use.",
                    code="too_many_paired",
                )
            self._write((*known, added))
        return added

    def revoke(self, pairing_id: str) -> None:
        """It may send nothing from now on; also fine when it could not before."""
        with alone_with(self._folder):
            self._write(tuple(one for one in self.all() if one.id != pairing_id))

    def _write(self, pairings: tuple[Pairing, ...]) -> None:
        rows = {"pairings": [asdict(one) for one in pairings]}
        replace_file(self._folder / FILE, json.dumps(rows, indent=1) + "\n")


def _is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
