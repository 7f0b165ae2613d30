"""Every error raised on purpose, grouped by what the job runner does about it.

AppError
 ├─ SkipItem       not a failure: count it, go on     (already saved, filtered out)
 ├─ ItemError      mark this item failed, go on       BadImage, FileGone, NotPermitted …
 ├─ RetryLater     give the artwork back for `after_s` RateLimited, SiteDown …
 ├─ JobError       stop the job, show the user why    AuthRequired, UnexpectedReply …
 └─ UsageError     what was asked cannot be done      bad target, bad setting, newer database

Anything else is a bug: it is logged with its traceback and the job fails. Each class carries a
stable `code` for the API, the ledger and scripts; an instance may narrow it (`reason`).
"""

from __future__ import annotations


class AppError(Exception):
    """Something went wrong that we know about. `advice` is the way out, in one sentence."""

    code = "error"
    exit_code = 3

    def __init__(self, message: str, *, code: str | None = None, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class SkipItem(AppError):
    """Nothing to do for this artwork, and that is fine."""

    code = "skipped"


class ItemError(AppError):
    """This artwork failed for good; the others go on.

    `host`, `http_status` and `tries` are kept with the failure (NF-8).
    """

    code = "failed"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        advice: str = "",
        host: str | None = None,
        http_status: int | None = None,
        tries: int = 1,
    ) -> None:
        super().__init__(message, code=code, advice=advice)
        self.host = host
        self.http_status = http_status
        self.tries = tries


class FileGone(ItemError):
    """The site says that it is not there any more."""

    code = "gone"


class NotPermitted(ItemError):
    """The site refuses this one artwork to us."""

    code = "not_permitted"


class BadMedia(ItemError):
    """What came is not the picture or video that was asked for."""

    code = "bad_media"


class FileProblem(ItemError):
    """This one file cannot be written or read."""

    code = "permission"


class RetryLater(AppError):
    """Not now: give the artwork back, to be claimed again after `after_s` seconds."""

    code = "later"

    def __init__(
        self,
        message: str,
        *,
        after_s: float,
        code: str | None = None,
        advice: str = "",
        host: str | None = None,
        http_status: int | None = None,
        tries: int = 1,
    ) -> None:
        super().__init__(message, code=code, advice=advice)
        self.after_s = after_s
        self.host = host
        self.http_status = http_status
        self.tries = tries


class JobError(AppError):
    """The whole job cannot go on; the user has to do something."""

    code = "job_failed"


class SiteChanged(JobError):
    """A site answers in a way that we do not understand; `sample` is a part of the answer."""

    code = "site_changed"

    def __init__(self, message: str, *, advice: str, site: str, sample: object) -> None:
        super().__init__(message, advice=advice)
        self.site = site
        self.sample = sample


class AuthRequired(JobError):
    """A login or key is missing, or was refused."""

    code = "auth_required"
    exit_code = 5


class UnexpectedReply(JobError):
    """A reply that no rule of the site's reference explains; nothing of it is stored."""

    code = "unexpected_reply"


class WrongIdentity(JobError):
    """The site answered with somebody else's artworks; nothing of it is stored."""

    code = "wrong_identity"


class TargetNotFound(JobError):
    """The site does not know this user, model, tag …"""

    code = "target_not_found"
    exit_code = 4


class RootOffline(JobError):
    """The output folder is not there, read-only, or another one than it was (DF-4, DF-8)."""

    code = "root_offline"
    exit_code = 6


class DiskFull(JobError):
    """No room left on the output folder's disk (DF-1)."""

    code = "disk_full"
    exit_code = 6


class UsageError(AppError):
    """What was asked cannot be understood or done; nothing was started."""

    code = "usage"
    exit_code = 2


class NoAdapter(UsageError):
    """No site of ours takes this link or name."""

    code = "no_adapter"
    exit_code = 4


class NotFound(UsageError):
    """There is nothing under this id or address."""

    code = "not_found"


class Conflict(UsageError):
    """It cannot be done in the state that things are in now."""

    code = "conflict"


class BadQuery(UsageError):
    """The search query has a mistake; `position` is the offset of the word, in characters."""

    code = "bad_query"

    def __init__(self, message: str, *, position: int, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.position = position


class DatabaseError(AppError):
    """The tracking database cannot be used."""

    code = "database"
    exit_code = 7


class DatabaseAway(DatabaseError):
    """The database server does not answer at the moment; jobs wait for it (MI-20)."""

    code = "database_away"


class DatabaseTooNew(DatabaseError):
    """A newer Artkeep has been here (MI-18); nothing was written."""

    code = "database_too_new"
