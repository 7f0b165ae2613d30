"""`/api/browse`: what a site has of a target, page by page, with nothing stored."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from artkeep.domain.artwork import Artwork
from artkeep.domain.target import Filters, Target
from artkeep.errors import RetryLater
from artkeep.jobs.advice import advise
from artkeep.jobs.preview import PATIENCE_S, Looked
from artkeep.jobs.progress import target_progress
from artkeep.net.retry import FetchFailed
from artkeep.sites._adapter import Given, Preview, SiteAdapter
from artkeep.sites._registry import adapters, match_target
from artkeep.store import ledger
from artkeep.store.shown import Standing, standings
from artkeep.web.filters import read_filters
from artkeep.web.reading import browse_target
from artkeep.web.schemas.artworks import (
    AskBadges,
    Badge,
    BrowseCard,
    Browsed,
    BrowseLedger,
    CardBadge,
    CardBadges,
)
from artkeep.web.services import Services, services
from artkeep.web.site_errors import site_problem

bp = APIBlueprint("browse", __name__)
bp.register_error_handler(FetchFailed, site_problem)

# Each may hold one of the server's 64 threads for long; the others stay for what is quick.
_AT_A_TIME = threading.BoundedSemaphore(32)
_LONGEST_PROMPT = 5_000
_LONGEST_PARAMETER = 1_000  # of JSON
_MOST_PARAMETERS = 60
_PROMPTS = ("prompt", "negativePrompt")
_BY_FILTERS = "filtered_"  # what such reasons begin with
_NOTHING_KNOWN = BrowseLedger(listed=0, have=0, new=0, skipped=0, failed=0, gone=0, gaps=0)


class BrowseQuery(BaseModel):
    """`target` is a link or `site:kind:value`; `rating` and `kind` are words with commas.

    `since` and `until` are days or `30d`, `min_size` is `1024` or `1920x1080`; each tag is a
    parameter of its own, and so are the words that the prompt has to contain, or must not.
    """

    target: str = Field(max_length=4000)
    cursor: str | None = Field(None, max_length=200)
    rating: str = Field("", max_length=100)
    kind: str = Field("", max_length=100)
    since: str | None = Field(None, max_length=40)
    until: str | None = Field(None, max_length=40)
    with_tag: list[str] = Field([], max_length=50)
    without_tag: list[str] = Field([], max_length=50)
    with_prompt: list[str] = Field([], max_length=50)
    without_prompt: list[str] = Field([], max_length=50)
    min_size: str | None = Field(None, max_length=20)

    @property
    def with_tags(self) -> list[str]:
        """As in the options of a job."""
        return self.with_tag

    @property
    def without_tags(self) -> list[str]:
        """As in the options of a job."""
        return self.without_tag


@bp.get("/api/browse", responses={200: Browsed})
def browse(query: BrowseQuery) -> Browsed:
    """A page of cards, asked of the site. A page may hold few or none and have a next one."""
    at = services()
    sites = adapters(at.settings)
    meant = match_target(sites, query.target)
    filters = read_filters(query, _words(query.kind), _words(query.rating))
    target = Target(meant.site, meant.kind, meant.value, filters)
    adapter = sites[target.site]
    looked = _look(at, adapter, target, query.cursor)
    at.previewed.remember(looked.artworks, looked.given)
    return _page(at, adapter, target, looked)


@bp.post("/api/browse/badges", responses={200: CardBadges})
def ask_badges(body: AskBadges) -> CardBadges:
    """How we stand with cards that were shown before. No site is asked."""
    with services().store.reading() as connection:
        known = standings(connection, body.site, body.site_ids)
    return CardBadges(
        badges=[
            CardBadge(
                site_id=site_id,
                badge=cast(Badge, standing.badge),
                badge_reason=standing.detail,
                badge_detail=_why(standing.detail),
                artwork_id=standing.artwork_id,
            )
            for site_id, standing in known.items()
        ]
    )


def _look(at: Services, adapter: SiteAdapter, target: Target, cursor: str | None) -> Looked:
    if not _AT_A_TIME.acquire(blocking=False):
        raise RetryLater("Too many previews at once.", after_s=2, code="busy")
    try:
        client = at.engine.client
        looking = at.engine.submit(at.previewed.walks.look(client, adapter, target, cursor))
        return looking.result(PATIENCE_S + 5)
    finally:
        _AT_A_TIME.release()


def _page(at: Services, adapter: SiteAdapter, target: Target, looked: Looked) -> Browsed:
    with at.store.reading() as connection:
        known = standings(connection, target.site, [one.site_id for one in looked.artworks])
        row = ledger.newest_of_key(connection, target.key)
        progress = target_progress(connection, row) if row is not None else None
    counted = _NOTHING_KNOWN
    if progress is not None:
        counted = BrowseLedger(
            listed=progress.listed,
            have=progress.stored,
            new=progress.waiting,
            skipped=progress.skipped,
            failed=progress.failed,
            gone=progress.gone,
            gaps=progress.gaps,
        )
    return Browsed(
        target=browse_target(target).model_copy(update={"title": looked.title}),
        cards=[
            _card(
                at,
                artwork,
                known.get(artwork.site_id),
                target.filters,
                adapter.preview(_at_address(artwork, looked.given)),
            )
            for artwork in looked.artworks
        ],
        rejects=looked.rejects,
        site_claims=looked.plan.site_claims if looked.plan else None,
        unreachable=list(looked.plan.unreachable) if looked.plan else [],
        ledger=counted,
        target_id=row.id if row is not None else None,
        next_cursor=looked.next_cursor,
    )


def _card(
    at: Services,
    artwork: Artwork,
    standing: Standing | None,
    filters: Filters,
    forms: Preview,
) -> BrowseCard:
    left_out = filters.rejects(artwork)
    badge, reason = _badge(standing, left_out)
    prompt, negative = artwork.prompt, artwork.negative_prompt
    return BrowseCard(
        site=artwork.site,
        site_id=artwork.site_id,
        kind=artwork.kind.value,
        page_url=artwork.page_url,
        author=artwork.author,
        title=artwork.title,
        rating=artwork.rating.label if artwork.rating else None,
        posted_at=artwork.posted_at.isoformat() if artwork.posted_at else None,
        width=artwork.width,
        height=artwork.height,
        model=artwork.model,
        base_model=artwork.base_model,
        version_name=artwork.version_name,
        prompt=prompt[:_LONGEST_PROMPT] if prompt else None,
        negative_prompt=negative[:_LONGEST_PROMPT] if negative else None,
        seed=artwork.seed,
        generation=_short(artwork.generation),
        blurhash=artwork.blurhash,
        badge=cast(Badge, badge),
        badge_reason=reason,
        badge_detail=_why(reason),
        left_out=left_out,
        artwork_id=standing.artwork_id if standing else None,
        preview_url=at.previewed.url(forms.still),
        video_url=at.previewed.url(forms.video),
        large_url=at.previewed.url(forms.large),
    )


def _at_address(artwork: Artwork, given: Given) -> Artwork:
    """With the address that lives now, for looking at it only."""
    addresses = given.get(artwork.site_id)
    if artwork.media_url is not None or not addresses:
        return artwork
    return replace(artwork, media_url=str(addresses[0]["url"]))


def _badge(standing: Standing | None, left_out: str | None) -> tuple[str, str | None]:
    """How we stand with a card, and why. What is not here is left out by the filters that are
    set now, whatever those of an earlier download said."""
    if standing is not None and standing.badge != "new":
        is_by_filters = (standing.detail or "").startswith(_BY_FILTERS)
        if standing.badge != "skipped" or not is_by_filters:
            return standing.badge, standing.detail
    return ("skipped", left_out) if left_out else ("new", None)


def _why(reason: str | None) -> str | None:
    """In words, why it is skipped, failed or gone."""
    return advise(reason).title if reason else None


def _short(generation: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A record may hold a whole workflow; beside a preview only what can be read is shown."""
    if generation is None:
        return None
    kept = {
        name: value
        for name, value in generation.items()
        if name not in _PROMPTS and len(json.dumps(value)) <= _LONGEST_PARAMETER
    }
    return dict(list(kept.items())[:_MOST_PARAMETERS])


def _words(text: str) -> Iterable[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
