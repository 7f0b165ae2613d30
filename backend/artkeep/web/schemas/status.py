"""`/api/status`, `/api/sites`, `/api/doctor`."""

from __future__ import annotations

from artkeep.web.schemas.common import Reply


class InstanceStatus(Reply):
    """One running process on this database."""

    id: str
    host_name: str
    pid: int
    port: int | None
    version: str
    is_this: bool
    started_at: str


class HostSpeed(Reply):
    """How politely a host is being asked at present."""

    host: str
    requests_per_s: float
    most_requests_per_s: float
    throttles_last_hour: int
    waits_until: str | None  # set while the host asked us to wait


class Status(Reply):
    """Cheap to ask for: counted once a second, not per request."""

    version: str
    is_demo: bool
    is_first_start: bool  # nobody chose folders or skipped that yet
    is_online: bool
    port: int
    instance: str
    instances: list[InstanceStatus]
    data_dir: str
    library: str
    library_free_bytes: int | None
    database: str  # "SQLite" or "PostgreSQL"
    artworks: int
    downloaded: int
    bytes: int
    jobs_active: int
    jobs_queued: int
    jobs_failed: int  # failed or incomplete, and not looked after since
    jobs_done_today: int
    bytes_per_s: float
    hosts: list[HostSpeed]
    server_time: str


class Site(Reply):
    """A site that can be asked."""

    name: str
    title: str
    kinds: list[str]  # target kinds
    has_key: bool
    can_use_key: bool
    needs_key: bool  # it answers nobody without one
    has_user: bool  # the number or name of the account goes along with the key
    note: str  # what a key changes
    is_booru: bool
    is_own: bool  # known by these settings only


class Sites(Reply):
    """All of them."""

    sites: list[Site]


class Program(Reply):
    """A program that some feature needs."""

    name: str
    path: str | None
    version: str | None
    feature: str
    install_command: str


class Check(Reply):
    """One line of the doctor. `state`: ok, warning, off or broken."""

    name: str
    state: str
    text: str
    advice: str | None = None


class Doctor(Reply):
    """What is here and what is missing."""

    checks: list[Check]
    programs: list[Program]
