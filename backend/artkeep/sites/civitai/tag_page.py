"""The picture's page as people see it: recognising it, its walls, and the tags on it.

Learnt from the site's published source (`ImageDetail2.tsx`, `VotableTags.tsx`, Mantine 7). The
page comes without tags and asks for them; what it shows leaves out votes, and on the safe host
every tag above PG. So the page's own reply is taken where it can be had, and the chips last.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from artkeep.domain.tags import TagSet, VotedTag
from artkeep.net.browser import Look, Reply, Seen
from artkeep.net.replies import is_challenge, looks_like_html, reason_for_status, retry_after_s
from artkeep.net.retry import FetchFailed
from artkeep.sites.civitai import trpc
from artkeep.sites.civitai.tags import PROCEDURE, parse_votes, short_name

_SCRIPT = r"""(ms) => new Promise((resolve) => {
  const began = performance.now()
  const chips = () => [...document.querySelectorAll('a[data-activity="tag-click:image"]')]
  const words = () => (document.body ? document.body.innerText : '').slice(0, 4000)
  function state() {
    if (location.pathname.startsWith('/region-blocked')) return 'region'
    if (document.title.startsWith('Just a moment')) return 'challenge'
    const found = chips()
    if (found.length) {
      const badge = found[0].closest('.mantine-Badge-root')
      const more = badge && badge.parentElement && [...badge.parentElement.children].find(
        (one) => one.matches('button') && one.querySelector('svg.tabler-icon-chevron-down'))
      if (!more) return 'tags'
      more.click()
      return ''
    }
    const heading = document.querySelector('h1')
    if (heading && heading.textContent.trim() === '404') return 'missing'
    if (document.querySelector('.mantine-Loader-root')) return ''
    const text = words()  // dear: the page is laid out for it
    if (/requires an account/i.test(text)) return 'login'
    if (/mature content now lives/i.test(text)) return 'mature'
    if (/hasn.t been rated yet/i.test(text)) return 'unrated'
    const plus = document.querySelector('.mantine-Badge-root svg.tabler-icon-plus')
    return plus ? 'none' : ''
  }
  function left() {
    try {
      const whole = JSON.parse(document.getElementById('__NEXT_DATA__').textContent)
      const name = (one) => one.queryKey[0].join('.')
      return whole.props.pageProps.trpcState.json.queries
        .filter((one) => ['image.get', 'tag.getVotableTags'].includes(name(one)))
        .map((one) => ({ queryKey: one.queryKey, state: {
          status: one.state.status,
          data: name(one) === 'image.get' ? { id: one.state.data?.id } : one.state.data,
        } }))
    } catch (error) { return [] }
  }
  function look() {
    const found = state()
    if (!found && performance.now() - began < ms) { setTimeout(look, 20); return }
    resolve(JSON.stringify({
      state: found || 'unknown',
      path: location.pathname,
      left: left(),
      chips: chips().slice(0, 10000).map((one) => [
        one.getAttribute('href'), one.getAttribute('title'), one.textContent.slice(0, 2000)]),
    }))
  }
  look()
})"""

LOOK = Look(
    script=_SCRIPT,
    replies=PROCEDURE,
    storage={"showAllTags": "true"},
    # Not by kind, which only interception of every request could tell, at twice the cost.
    blocked=tuple(
        f"*{ending}*"
        for ending in (
            *(".css", ".woff", ".ttf", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg"),
            *(".mp4", ".webm", ".mp3", "/original=true", "/_next/image"),
        )
    ),
)

_CHIP = re.compile(r"/(?:images|videos)\?(?:.*&)?tags=(\d{1,12})(?:&|$)")
_SCORE = re.compile(r"Score: (-?\d{1,9})")
_WALLS = {
    "region": ("region_blocked", ""),
    "challenge": ("challenge", ""),
    "missing": ("not_found", ""),
    "login": ("login_wall", ""),
    "mature": ("rating_gate", "it is shown at another address of the site"),
    "unrated": ("rating_gate", "it has no rating yet"),
}


def read_page(site_id: str, seen: Seen) -> TagSet:
    """The tags of this very picture. Raises FetchFailed (CR-10)."""
    host = urlsplit(seen.url).hostname or ""
    page = _page(seen.text)
    _require_no_wall(page, seen, host)
    if page.get("path") != f"/images/{site_id}":
        raise FetchFailed("page_shape", host=host, detail="it is another page")
    found = page.get("left")  # queries that the server has answered already
    left = found if isinstance(found, list) else []
    chips = tuple(_chips(page.get("chips")))
    failed: FetchFailed | None = None
    for answer in _answers(site_id, seen, left):
        if isinstance(answer, FetchFailed):
            failed = answer
            continue
        if not answer.tags and not _is_known(site_id, left):
            raise FetchFailed("page_shape", host=host, detail="it may not be the picture's")
        shown = {chip.site_tag_id: chip.display for chip in chips}
        return TagSet(tuple(_shown_as(tag, shown) for tag in answer.tags))
    if chips:
        return TagSet(chips, is_partial=True)
    if failed is not None:
        raise failed
    raise FetchFailed(
        "page_shape", host=host, detail="there are no tags, nor that there are none"
    )


def _page(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise FetchFailed("page_shape", detail="the page answered in our place")
    return found


def _require_no_wall(page: Mapping[str, Any], seen: Seen, host: str) -> None:
    state = page.get("state")
    reason, detail = _WALLS.get(state if isinstance(state, str) else "", ("", ""))
    if seen.headers.get("cf-mitigated", "").lower() == "challenge":
        reason, detail = "challenge", ""
    if reason:
        raise FetchFailed(reason, host=host, http_status=seen.status, detail=detail)
    if seen.status >= 300 and (told := reason_for_status(seen.status, "")):
        raise FetchFailed(
            told,
            host=host,
            http_status=seen.status,
            retry_after_s=retry_after_s(seen.headers),
        )


def _query(left: list[Any], procedure: str, site_id: str) -> Any:
    """The data of a query about this picture, or None."""
    for one in left:
        try:
            (path, told), state = one["queryKey"], one["state"]
            is_meant = ".".join(path) == procedure and str(told["input"]["id"]) == site_id
            if is_meant and state["status"] == "success":
                return state["data"]
        except (KeyError, TypeError, ValueError):
            continue
    return None


def _is_known(site_id: str, left: list[Any]) -> bool:
    record = _query(left, "image.get", site_id)
    return isinstance(record, dict) and str(record.get("id")) == site_id


def _answers(site_id: str, seen: Seen, left: list[Any]) -> Iterator[TagSet | FetchFailed]:
    """What was said about this picture's tags, the newest first."""
    for reply in reversed(seen.replies):
        for place, answer in _calls(reply):
            if place == site_id:
                try:
                    yield parse_votes(trpc.decode(answer))
                except FetchFailed as failed:
                    yield _placed(failed, reply)
    if (found := _query(left, PROCEDURE, site_id)) is not None:
        try:
            yield parse_votes(found)
        except FetchFailed as failed:
            yield failed


def _calls(reply: Reply) -> Iterator[tuple[str, Any]]:
    """(picture, answer) of each call of ours within a reply; the page may batch them."""
    split = urlsplit(reply.url)
    names = split.path.rpartition("/")[2].split(",")
    asked = parse_qs(split.query)
    try:
        given = json.loads(asked["input"][0])
        inputs = (
            [given]
            if asked.get("batch") != ["1"]
            else [given[str(n)] for n in range(len(names))]
        )
        ids = [
            one["json"].get("id") if name == PROCEDURE else None
            for name, one in zip(names, inputs, strict=True)
        ]
    except (KeyError, TypeError, ValueError, AttributeError):
        return
    try:
        answers = json.loads(reply.text)
    except ValueError:
        answers = None
    if len(names) == 1 and not isinstance(answers, list):
        answers = [answers]
    for place, number in enumerate(ids):
        if number is not None:
            is_there = isinstance(answers, list) and place < len(answers)
            yield str(number), answers[place] if is_there else None


def _placed(failed: FetchFailed, reply: Reply) -> FetchFailed:
    """The failure of a call, with what its reply as a whole says."""
    start = reply.text[:65536].encode("utf-8", "replace")
    reason: str | None = None
    if is_challenge(reply.status, reply.headers, start):
        reason = "challenge"
    elif looks_like_html(start):
        reason = reason_for_status(reply.status, "") or "html"
    elif reply.status >= 300 and failed.reason == "bad_reply":
        reason = reason_for_status(reply.status, "")
    return FetchFailed(
        reason or failed.reason,
        host=urlsplit(reply.url).hostname or "",
        http_status=reply.status,
        detail=failed.detail,
        retry_after_s=retry_after_s(reply.headers),
    )


def _chips(found: object) -> Iterator[VotedTag]:
    seen: set[str] = set()
    for row in found if isinstance(found, list) else ():
        if not isinstance(row, list) or len(row) != 3:
            continue
        href, title, text = (one if isinstance(one, str) else "" for one in row)
        number, score, shown = _CHIP.search(href), _SCORE.fullmatch(title), short_name(text)
        if number is None or not shown or number[1] in seen:
            continue
        seen.add(number[1])
        yield VotedTag(number[1], None, shown, score=int(score[1]) if score else None)


def _shown_as(tag: VotedTag, shown: Mapping[str, str]) -> VotedTag:
    display = shown.get(tag.site_tag_id)
    if display is None or display == tag.display:
        return tag
    return VotedTag(
        tag.site_tag_id,
        tag.name,
        display,
        tag.category,
        tag.level,
        tag.score,
        tag.up,
        tag.down,
        tag.automated,
    )
