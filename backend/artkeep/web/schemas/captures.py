"""What goes over the wire with extensions: pairing (SE-20), and what they have picked up."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from artkeep.web.schemas.common import Reply, Request, Text

Challenge = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22,64}$")]
Hexadecimal = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class PairingOffer(Reply):
    """A code to be typed into the extension, with the port where it is not 5000."""

    code: str
    seconds: float  # that it is still good for


class GreetExtension(Request):
    """An extension that wants to pair. The program proves first that it knows the code."""

    challenge: Challenge


class ExtensionGreeted(Reply):
    """HMAC-SHA256 with the code; `jobs/pairing.py` says of what."""

    challenge: str
    proof: str


class AdmitExtension(Request):
    """The other half: `challenge` is the extension's own again. `token_hash` is the SHA-256 of
    a token that only the extension knows."""

    challenge: Challenge
    proof: Hexadecimal
    token_hash: Hexadecimal
    name: Annotated[Text, Field(pattern=r"^[^\x00-\x1f\x7f]{1,60}$")]


class ExtensionAdmitted(Reply):
    """It is paired."""

    id: str


class ProveToken(Request):
    """Asked before every sending: does whoever listens there know the hash of the token?"""

    id: str = Field(max_length=64)
    challenge: Challenge


class TokenProven(Reply):
    """HMAC-SHA256 with the hash of the token."""

    proof: str


class PairingPath(Request):
    """Which extension."""

    id: str = Field(max_length=64)


class Extension(Reply):
    """An extension or userscript that may send captures, and nothing else. `seen_at` and the
    creations it has `sent` are of this run of the program."""

    id: str
    name: str
    paired_at: str
    seen_at: str | None
    sent: int


class WaitingService(Reply):
    """How many creations of a service wait."""

    name: str
    title: str
    creations: int


class CaptureInbox(Reply):
    """What waits for somebody to look at it, where it came from, and who may send more.
    `pairing_seconds`: a code is shown, and good for so long."""

    waiting: int
    services: list[WaitingService]
    origins: list[str]
    extensions: list[Extension]
    pairing_seconds: float


class SentReply(Request):
    """What a service answered its own page. `request` is the body that it answers, where the
    settings stand only there."""

    url: Annotated[Text, Field(max_length=4_000)]
    text: str
    request: str | None = Field(None, max_length=2**18)


class SendCaptures(Request):
    """`origin` is that of the page."""

    origin: str = Field(pattern=r"^https://[a-z0-9.-]{1,253}$")
    replies: list[SentReply] = Field(max_length=500)


class CapturesTaken(Reply):
    """`recognised` creations were in it, `new` of them tell something new; `refused` replies
    were not of a service. `becomes`: they wait in the Import tab, or are imported at once."""

    recognised: int
    new: int
    refused: int
    becomes: Literal["waiting", "imported"]
