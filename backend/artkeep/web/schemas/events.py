"""What the socket `/api/events` says. The page sends nothing but `{"type": "ping"}`."""

from __future__ import annotations

from typing import Literal

from artkeep.web.schemas.artworks import ArtworkCard
from artkeep.web.schemas.captures import CaptureInbox
from artkeep.web.schemas.common import Reply
from artkeep.web.schemas.jobs import Job
from artkeep.web.schemas.settings import LogLine
from artkeep.web.schemas.status import Status


class Hello(Reply):
    """First of all. A page that knew another `instance` before asks for everything anew."""

    type: Literal["hello"] = "hello"
    instance: str
    version: str


class JobMessage(Reply):
    """A job as it is now, merged to at most five a second."""

    type: Literal["job"] = "job"
    job: Job


class FinishedMessage(Reply):
    """Artworks that a job has just finished, for the live strip: at most eight at a time."""

    type: Literal["finished"] = "finished"
    job_id: int
    artworks: list[ArtworkCard]


class StatusMessage(Reply):
    """The status, once a second while something changes."""

    type: Literal["status"] = "status"
    status: Status


class InboxMessage(Reply):
    """What extensions have sent waits, or who may send is another now."""

    type: Literal["inbox"] = "inbox"
    inbox: CaptureInbox


class LogMessage(Reply):
    """A log line of this process."""

    type: Literal["log"] = "log"
    line: LogLine


class Resync(Reply):
    """You were too slow and missed something; ask for everything anew. The socket closes."""

    type: Literal["resync"] = "resync"


class Pong(Reply):
    """The answer to a ping."""

    type: Literal["pong"] = "pong"
