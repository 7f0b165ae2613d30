"""Sites whose jobs wait for a person, because their replies do not look like themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select, update

from artkeep.store.models import Job, JobTarget, SiteHold, Target

WANTED = "held"  # what is wanted of a running job of such a site


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a site's jobs wait. `sample` names the reply that was kept."""

    site: str
    detail: str
    sample: str | None
    since: datetime


def hold(
    connection: Connection, site: str, detail: str, sample: str | None, reason: dict[str, str]
) -> None:
    """Let every job of a site wait, whoever leads it."""
    connection.execute(delete(SiteHold).where(SiteHold.site == site))
    connection.execute(
        insert(SiteHold).values(
            site=site, detail=detail, sample=sample, since=datetime.now(UTC)
        )
    )
    of_site = (
        select(JobTarget.job_id)
        .join(Target, Target.id == JobTarget.target_id)
        .where(Target.site == site)
    )
    moving = (Job.id.in_(of_site), Job.state.in_(("queued", "running")))
    connection.execute(
        update(Job).where(*moving, Job.owner.is_not(None)).values(wanted_state=WANTED)
    )
    connection.execute(
        update(Job)
        .where(*moving, Job.owner.is_(None))
        .values(state="paused", wanted_state=None, reasons=[reason])
    )


def all_holds(connection: Connection) -> list[Hold]:
    """Every site that is held."""
    rows = connection.execute(
        select(SiteHold.site, SiteHold.detail, SiteHold.sample, SiteHold.since)
    )
    return [Hold(*row) for row in rows]


def release(connection: Connection, sites: Collection[str]) -> None:
    """Somebody wants to try again."""
    connection.execute(delete(SiteHold).where(SiteHold.site.in_(sites)))


def release_for(connection: Connection, job_id: int) -> None:
    """The same for the sites of a job."""
    sites = (
        select(Target.site)
        .join(JobTarget, JobTarget.target_id == Target.id)
        .where(JobTarget.job_id == job_id)
    )
    connection.execute(delete(SiteHold).where(SiteHold.site.in_(sites)))
