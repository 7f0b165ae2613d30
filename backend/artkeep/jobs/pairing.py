"""Pairing with the browser extension or the userscript (SE-20): who knows the code is let in.

The page shows a code, and the user types it into the extension. Neither side ever sends it:
each proves with it that it knows it, the program first, so that a stranger who listens on that
port learns nothing and cannot pass anything on, because the proofs name the address that was
called. The extension makes its own token and sends a hash of it; the token itself goes along
with captures only, after the program has proven that it knows the hash.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from artkeep.errors import AuthRequired, Conflict

LIVES_S = 120.0
MOST_TRIES = 5
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that look alike
_HALF = 5  # ten letters: nobody finds them out in two minutes from what is sent
_MOST_GREETINGS = 20  # of one offer

PROGRAM_KNOWS_CODE = "artkeep 1 program knows the code"
EXTENSION_KNOWS_CODE = "artkeep 1 extension knows the code"
PROGRAM_KNOWS_TOKEN = "artkeep 1 program knows the token"


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the program answers to an extension that wants to pair."""

    challenge: str
    proof: str


@dataclass(slots=True)
class _Offer:
    code: str
    until: float
    tries: int = 0
    greeted: OrderedDict[tuple[str, str], str] = field(default_factory=OrderedDict)


class PairingDesk:
    """At most one code at a time is good, for two minutes and five tries. Safe to use from
    threads; a code is in memory only."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._offer: _Offer | None = None

    def offer(self) -> str:
        """A new code, `7KQ2M-XW9RD`; one from before is good no more."""
        letters = "".join(secrets.choice(_LETTERS) for _ in range(2 * _HALF))
        with self._lock:
            self._offer = _Offer(letters, self._clock() + LIVES_S)
        return f"{letters[:_HALF]}-{letters[_HALF:]}"

    def withdraw(self) -> None:
        """No code is good any more."""
        with self._lock:
            self._offer = None

    @property
    def left_s(self) -> float:
        """How long a code is still good; 0 where there is none."""
        with self._lock:
            return max(0.0, self._offer.until - self._clock()) if self._offer else 0.0

    def greet(self, place: str, challenge: str) -> Greeting:
        """Prove that this is the program that shows the code. `place` is the `host:port` that
        was called. Raises Conflict when no code is shown."""
        with self._lock:
            offer = self._current()
            if len(offer.greeted) >= _MOST_GREETINGS:
                offer.greeted.popitem(last=False)
            ours = secrets.token_urlsafe(24)
            offer.greeted[place, challenge] = ours
            return Greeting(ours, proof(offer.code, PROGRAM_KNOWS_CODE, place, challenge, ours))

    def admit(self, place: str, challenge: str, told: str, token_hash: str, name: str) -> None:
        """Let an extension in whose proof is `told`; the code is used up with it.

        Raises Conflict when no code is shown, AuthRequired for a wrong proof.
        """
        with self._lock:
            offer = self._current()
            ours = offer.greeted.pop((place, challenge), "")
            parts = (EXTENSION_KNOWS_CODE, place, challenge, ours, token_hash, name)
            if ours and hmac.compare_digest(proof(offer.code, *parts), told):
                self._offer = None
                return
            offer.tries += 1
            left = MOST_TRIES - offer.tries
            if left <= 0:
                self._offer = None
        raise AuthRequired(
            "This is not the code that Artkeep shows.",
            advice="Try again." if left > 0 else "Ask the page for a new one.",
            code="wrong_code",
        )

    def _current(self) -> _Offer:
        if self._offer is None or self._offer.until <= self._clock():
            self._offer = None
            raise Conflict(
                "Artkeep shows no code now.",
                advice="Press Pair in its Import tab, and type the code within two minutes.",
                code="no_code",
            )
        return self._offer


def proof(key: str, *parts: str) -> str:
    """That somebody knows `key`, in hexadecimal. No part may hold a line break."""
    return hmac.new(key.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def hash_of(token: str) -> str:
    """What is kept of a token, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()
