"""`/api/tags`: what waits for tags, how they are asked for, what was found; and logging in."""

from __future__ import annotations

from typing import cast

from flask_openapi3.blueprint import APIBlueprint
from yarl import URL

from artkeep.domain.artwork import StageName
from artkeep.errors import Conflict, NotFound
from artkeep.jobs import steer
from artkeep.jobs.library_job import scope_of
from artkeep.jobs.tag_jobs import scope_text
from artkeep.media.programs import how_to_install
from artkeep.net.browser import Browser, LoginState, has_display
from artkeep.net.chromium import sandbox_problem
from artkeep.sites._tags import TagSource
from artkeep.stages._tag_options import read_tag_options
from artkeep.stages.tags import no_browser
from artkeep.store import search, tag_views
from artkeep.web.cursors import cut, read_id
from artkeep.web.job_json import iso
from artkeep.web.schemas.artworks import ArtworkCard
from artkeep.web.schemas.jobs import JobPath
from artkeep.web.schemas.tags import (
    BrowserState,
    ChangesParameters,
    LimiterState,
    Login,
    LoginPhase,
    MethodParameters,
    OverviewParameters,
    SampleParameters,
    SitePath,
    TagChange,
    TagChanges,
    TaggedArtwork,
    TaggedSample,
    TagMethodState,
    TagOverview,
    TopTag,
    TopTags,
    TopTagsParameters,
    VoteChange,
    VotedTag,
)
from artkeep.web.services import Services, services

bp = APIBlueprint("tags", __name__)


@bp.get("/api/tags/overview", responses={200: TagOverview})
def show_overview(query: OverviewParameters) -> TagOverview:
    """What waits for tags, of what a query means."""
    due = scope_text(query.q, again=query.again, older_than=query.older_than)
    with services().store.reading() as connection:
        found = tag_views.standing(connection, scope_of(connection, query.q, StageName.TAGS))
        amount = search.count_matching(connection, scope_of(connection, due, StageName.TAGS))
    return TagOverview(
        artworks=found.artworks,
        due=amount,
        none=found.none,
        queued=found.queued,
        done=found.done,
        failed=found.failed,
        oldest_at=iso(found.oldest),
        newest_at=iso(found.newest),
    )


@bp.get("/api/tags/method", responses={200: TagMethodState})
def show_method(query: MethodParameters) -> TagMethodState:
    """Which way would be gone now, and why. The site is not contacted."""
    at = services()
    source = _source(at, query.site)
    told = {"method": query.method} if query.method else {}
    options = read_tag_options(told, at.settings)
    context = at.engine.context
    choice = at.engine.submit(
        context.tagging.choice(query.site, options, context.adapters, context.settings)
    ).result()
    path = context.tagging.chromium()
    problem, advice = None, ""
    if choice.method == "key" and not source.has_key:
        problem, advice = "no_key", "Set a key under Settings › Sites & keys."
    elif choice.method != "key" and path is None:
        problem, advice = "no_browser", no_browser("").advice
    running = context.tagging.running(query.site)
    return TagMethodState(
        site=query.site,
        method=choice.method.value,
        why=choice.why,
        refusal=choice.refusal,
        text=choice.text,
        problem=problem,
        advice=advice,
        has_key=source.has_key,
        has_cookie=bool(source.cookies),
        batch=source.batch,
        browser=BrowserState(
            is_found=path is not None,
            path=path,
            install_command=how_to_install("chromium"),
            is_running=running is not None and running.is_running,
            sandbox=sandbox_problem(),
        ),
        login=_login(_browser(at, query.site, source)),
        limiter=_limiter(at, source),
    )


@bp.get("/api/tags/changes", responses={200: TagChanges})
def list_changes(query: ChangesParameters) -> TagChanges:
    """What later looks found to be different, the newest first."""
    of = f"tag changes {query.job_id} {query.artwork_id}"
    with services().store.reading() as connection:
        rows = tag_views.changes(
            connection,
            job_id=query.job_id,
            artwork_id=query.artwork_id,
            before=read_id(of, query.cursor),
            limit=query.limit + 1,
        )
    page, next_cursor = cut(of, rows, query.limit)
    return TagChanges(
        changes=[
            TagChange(
                id=row.id,
                artwork_id=row.artwork_id,
                site=row.site,
                site_id=row.site_id,
                job_id=row.job_id,
                at=row.at.isoformat(),
                method=row.method,
                added=row.added,
                removed=row.removed,
                voted=[
                    VoteChange(name=name, before=before, after=after)
                    for name, before, after in row.voted
                ],
            )
            for row in page
        ],
        next_cursor=next_cursor,
    )


@bp.get("/api/jobs/<job_id>/top-tags", responses={200: TopTags})
def show_top_tags(path: JobPath, query: TopTagsParameters) -> TopTags:
    """What a job's artworks carry most often."""
    with services().store.reading() as connection:
        steer.require(connection, path.job_id)
        rows = tag_views.top_tags(connection, path.job_id, query.limit)
    return TopTags(
        tags=[
            TopTag(id=row.id, name=row.name, category=row.category, amount=row.amount)
            for row in rows
        ]
    )


@bp.get("/api/jobs/<job_id>/tagged", responses={200: TaggedSample})
def show_tagged(path: JobPath, query: SampleParameters) -> TaggedSample:
    """The artworks that a job has asked for last, with their tags."""
    with services().store.reading() as connection:
        steer.require(connection, path.job_id)
        rows = tag_views.tagged_by(connection, path.job_id, query.limit)
    return TaggedSample(artworks=[_tagged(row) for row in rows])


@bp.post("/api/sites/<site>/login", responses={200: Login})
def open_login(path: SitePath) -> Login:
    """Open a browser window on this machine's screen to log in to a site. While it is open,
    what needs the browser waits."""
    at = services()
    source = _source(at, path.site)
    if at.engine.context.tagging.chromium() is None:
        raise Conflict(
            "There is no browser to log in with.",
            code="no_browser",
            advice=f"Run `{how_to_install('chromium')}`, then try again.",
        )
    if not has_display():
        raise Conflict(
            "This machine has no screen to open a window on.",
            code="no_display",
            advice="Set a key of the site instead, or paste the session cookie of a browser "
            "where you are logged in, under Settings › Sites & keys.",
        )
    browser = _browser(at, path.site, source)

    async def begin() -> None:
        browser.begin_login(source.login_page, source.is_logged_in)

    at.engine.submit(begin()).result()
    return _login(browser)


@bp.get("/api/sites/<site>/login", responses={200: Login})
def show_login(path: SitePath) -> Login:
    """How logging in stands."""
    at = services()
    return _login(_browser(at, path.site, _source(at, path.site)))


@bp.delete("/api/sites/<site>/login", responses={200: Login})
def close_login(path: SitePath) -> Login:
    """Close the window."""
    at = services()
    browser = _browser(at, path.site, _source(at, path.site))
    at.engine.submit(browser.end_login()).result()
    return _login(browser)


def _source(at: Services, site: str) -> TagSource:
    adapter = at.engine.context.adapters.get(site)
    source = adapter.tags() if adapter is not None else None
    if source is None:
        raise NotFound(f"There is no site {site[:40]} whose visitors tag artworks.")
    return source


def _browser(at: Services, site: str, source: TagSource) -> Browser:
    context = at.engine.context

    async def find() -> Browser:
        return context.tagging.browser(site, source, context.settings)

    return at.engine.submit(find()).result()


def _login(browser: Browser) -> Login:
    state: LoginState = browser.login
    return Login(
        phase=cast(LoginPhase, state.phase),
        detail=state.detail,
        can_open=has_display(),
        logged_in_at=iso(browser.logged_in_at),
    )


def _limiter(at: Services, source: TagSource) -> LimiterState | None:
    """None as long as the site was not asked for anything."""
    url = URL(source.front)
    names = {url.host, f"{url.host}:{url.port}"}
    for row in at.engine.client.snapshot():
        if row.host in names:
            return LimiterState(
                host=row.host,
                rate=row.api_rate,
                normal_rate=row.normal_api_rate,
                parked_s=round(row.parked_s, 1),
                parked_for=row.parked_for,
                in_flight=row.in_flight,
                waiting=row.waiting,
                throttles=row.throttles,
                is_broken=row.is_broken,
            )
    return None


def _tagged(row: tag_views.TaggedArtwork) -> TaggedArtwork:
    return TaggedArtwork(
        artwork=ArtworkCard(**row.card),
        tagged_at=row.tagged_at.isoformat(),
        method=row.method,
        amount=row.amount,
        tags=[
            VotedTag(
                name=tag.name,
                display=tag.display,
                category=tag.category,
                level=tag.level,
                score=tag.score,
                up=tag.up,
                down=tag.down,
                automated=tag.automated,
            )
            for tag in row.tags
        ],
    )
