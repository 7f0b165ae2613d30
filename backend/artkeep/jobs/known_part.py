"""What a job did not list again, because nothing was put in before it, is still looked after:
files that are lost are fetched anew, and what was never fetched is asked for."""

from __future__ import annotations

from artkeep.jobs.listed import ask_again, close_target
from artkeep.jobs.lost import look_for_lost, poor_of
from artkeep.jobs.task import Task
from artkeep.store import files, ledger, walks

_AT_A_TIME = 500


async def look_after_known_part(task: Task) -> None:
    """Ask for every artwork of the target that is not there. Raises LeadLost, FileProblem."""
    store = task.context.store
    target_id, job_id = task.target.id, task.lead.job_id
    rows = await store.read(walks.listings_of, target_id, job_id)
    if any(row.is_optional and row.parent_id is None and row.ended == "end" for row in rows):
        await store.write(close_target, task.lead, target_id)
    if not any(row.before for row in rows):
        return
    while members := await store.read(ledger.members_not_seen, target_id, job_id, _AT_A_TIME):
        await task.may_go_on()
        done = [one.id for one in members if one.download_status == "done"]
        lying = await store.read(files.should_lie, done)
        lost = await look_for_lost(task.context, lying)
        poor = poor_of(lying, task.wanted.quality)
        await store.write(ask_again, task.lead, target_id, members, task.wanted, lost, poor)
        task.found_work()
