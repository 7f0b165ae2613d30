"""Tags of Civitai: replies, pages, and when "no tags" may be believed (CR-10)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from multidict import CIMultiDict

from artkeep.domain.tags import TagSet
from artkeep.net.browser import Reply, Seen
from artkeep.net.retry import FetchFailed
from artkeep.settings import Site
from artkeep.sites.civitai import trpc
from artkeep.sites.civitai.tag_page import read_page
from artkeep.sites.civitai.tag_source import CivitaiTags
from artkeep.sites.civitai.tags import parse_votes

BASE = "https://civitai.red"
PAGE = f"{BASE}/images/7"
CALL = f"{BASE}/api/trpc/tag.getVotableTags?input=%7B%22json%22%3A%7B%22id%22%3A7%7D%7D"


def row(number: int = 1, name: object = "lake", **fields: object) -> dict[str, object]:
    votes = {"score": 5, "upVotes": 1, "downVotes": 0, "automated": True}
    return {"id": number, "name": name, "type": "Label", "nsfwLevel": 1, **votes, **fields}


def reason_of(deed: Callable[[], object]) -> str:
    with pytest.raises(FetchFailed) as caught:
        deed()
    return caught.value.reason


# --- replies


def test_both_ways_of_writing_mean_the_same_tags(load_fixture) -> None:
    sets = [
        parse_votes(trpc.decode(load_fixture(f"civitai/{name}.json")))
        for name in ("trpc_votable_tags", "trpc_votable_tags_devalue")
    ]
    assert sets[0] == sets[1]
    first = sets[0].tags[0]
    assert (first.name, first.category) == ("mountain", "Label")
    assert len(sets[0].tags) == 10
    assert not sets[0].is_partial


@pytest.mark.parametrize(
    ("name", "shown"), [("1girl", "woman"), ("6+girls", "women"), ("multiple boys", "men")]
)
def test_a_tag_has_the_name_of_the_site_and_the_one_its_page_shows(name, shown) -> None:
    (tag,) = parse_votes([row(name=name)]).tags
    assert (tag.name, tag.display) == (name, shown)


def test_names_come_as_they_are() -> None:
    names = ["a'b\"c", "🌊", "שלום", "x" * 500, "a\u202eb"]
    rows = [row(number, name) for number, name in enumerate(names, 1)]
    assert [tag.name for tag in parse_votes(rows).tags] == names


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        "[]",
        [1],
        [{"id": 1}],
        [row(name="")],
        [row(name=7)],
        [{"id": True, "name": "a"}],
    ],
)
def test_what_is_no_list_of_tags_replaces_nothing(answer: object) -> None:
    assert reason_of(lambda: parse_votes(answer)) == "unknown_shape"


def test_a_tag_that_only_its_author_sees_is_left_out() -> None:
    assert parse_votes([row(0), row(3)]).tags[0].site_tag_id == "3"


def test_odd_numbers_are_unknown() -> None:
    (tag,) = parse_votes([row(score=1e300, upVotes="7", downVotes=None, automated="yes")]).tags
    assert (tag.score, tag.up, tag.down, tag.automated) == (None, None, None, None)


# --- asking


def source() -> CivitaiTags:
    return CivitaiTags(Site())


def answering(*replies: Any) -> tuple[Callable[[str], Awaitable[Any]], list[str]]:
    """A call that gives these replies in turn, and what it was asked."""
    asked: list[str] = []
    left = list(replies)

    async def call(url: str) -> Any:
        asked.append(url)
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return call, asked


def good(value: object) -> dict[str, object]:
    return {"result": {"data": {"json": value}}}


MISSING = {"error": {"json": {"message": "No image", "data": {"code": "NOT_FOUND"}}}}


async def test_twenty_artworks_fit_into_an_address_of_the_site() -> None:
    call, asked = answering([good([row()])] * 20)
    await source().ask(call, [str(100_000_000 + number) for number in range(20)])
    (url,) = asked
    assert len(url) < 2083
    inputs = json.loads(parse_qs(urlsplit(url).query)["input"][0])
    assert inputs["19"] == {"json": {"id": 100000019, "type": "image"}}


async def test_no_tags_are_believed_of_an_artwork_that_the_site_knows() -> None:
    call, asked = answering(
        [good([]), good([row()]), good([]), good([])],
        [good({"id": 7}), MISSING, good({"id": 8})],
    )
    known, tagged, gone, other = await source().ask(call, ["7", "1", "2", "9"])
    assert known == TagSet()
    assert isinstance(tagged, TagSet)
    assert isinstance(gone, FetchFailed)
    assert isinstance(other, FetchFailed)
    assert (gone.reason, other.reason) == ("not_found", "page_shape")
    assert "image.get,image.get,image.get?" in asked[1]


async def test_a_list_that_may_be_cut_is_asked_for_again() -> None:
    whole = [row(number, f"tag {number}") for number in range(1, 131)]
    call, asked = answering([good(whole[:100])], [good(whole)])
    (found,) = await source().ask(call, ["7"])
    assert isinstance(found, TagSet)
    assert len(found.tags) == 130
    assert "take" in asked[1]


async def test_all_gone_together_is_no_refusal_of_the_call() -> None:
    failed = FetchFailed("not_found", http_status=404, body=[MISSING, MISSING])
    call, _ = answering(failed)
    found = await source().ask(call, ["1", "2"])
    assert [one.reason for one in found if isinstance(one, FetchFailed)] == ["not_found"] * 2


async def test_a_refused_call_fails_as_a_whole() -> None:
    call, _ = answering(FetchFailed("unauthorized", http_status=401))
    with pytest.raises(FetchFailed):
        await source().ask(call, ["1"])


# --- pages


def left(*queries: object) -> list[object]:
    return list(queries)


def query(name: str, number: int, data: object) -> dict[str, Any]:
    state = {"status": "success", "data": data}
    return {"queryKey": [name.split("."), {"input": {"id": number}}], "state": state}


KNOWN = query("image.get", 7, {"id": 7})


def seen(
    *replies: Reply,
    state: str = "tags",
    path: str = "/images/7",
    chips: object = (),
    rest: object = None,
    status: int = 200,
    **headers: str,
) -> Seen:
    page = {"state": state, "path": path, "chips": chips, "left": rest}
    return Seen(PAGE, status, CIMultiDict(headers), json.dumps(page), replies)


def reply(value: object, status: int = 200, url: str = CALL, **headers: str) -> Reply:
    text = value if isinstance(value, str) else json.dumps(value)
    return Reply(url, status, CIMultiDict(headers), text)


def test_the_pages_own_reply_counts_before_what_it_shows() -> None:
    chips = [["/images?tags=1&view=feed", "Score: 4", "woman "], ["/x", "", "y"], "junk"]
    found = read_page("7", seen(reply(good([row(name="1girl"), row(2)])), chips=chips))
    assert not found.is_partial
    assert [(tag.name, tag.display) for tag in found.tags] == [
        ("1girl", "woman"),
        ("lake", "lake"),
    ]


def test_chips_are_the_last_resort_and_a_part() -> None:
    chips = [
        ["/videos?tags=12&view=feed", "Score: -3", "מילה"],
        ["/images?tags=12&view=feed", "Score: 1", "again"],
        ["/images?tags=13&view=feed", None, "no score yet"],
        ["/images?tags=x&view=feed", "Score: 1", "odd"],
    ]
    found = read_page("7", seen(chips=chips))
    assert found.is_partial
    assert [(t.site_tag_id, t.name, t.display, t.score) for t in found.tags] == [
        ("12", None, "מילה", -3),
        ("13", None, "no score yet", None),
    ]


def test_a_page_may_batch_its_calls() -> None:
    asked = json.dumps({"0": {"json": {"id": 7}}, "1": {"json": {"id": 7}}})
    url = f"{BASE}/api/trpc/image.get,tag.getVotableTags?batch=1&input={asked}"
    found = read_page("7", seen(reply([good({}), good([row()])], url=url)))
    assert len(found.tags) == 1


def test_tags_may_lie_in_the_page_already() -> None:
    rest = left(KNOWN, query("tag.getVotableTags", 7, [row()]))
    assert len(read_page("7", seen(rest=rest)).tags) == 1


def test_no_tags_are_believed_of_a_page_that_is_the_artworks() -> None:
    empty = reply(good([]))
    assert read_page("7", seen(empty, state="none", rest=left(KNOWN))) == TagSet()
    for rest in (None, "{", [7, {}], left(query("image.get", 8, {"id": 8}))):
        assert reason_of(lambda r=rest: read_page("7", seen(empty, rest=r))) == "page_shape"


def test_badges_without_chips_are_no_proof_of_no_tags() -> None:
    page = seen(state="none", rest=left(KNOWN))
    assert reason_of(lambda: read_page("7", page)) == "page_shape"


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("login", "login_wall"),
        ("mature", "rating_gate"),
        ("unrated", "rating_gate"),
        ("missing", "not_found"),
        ("challenge", "challenge"),
        ("region", "region_blocked"),
    ],
)
def test_walls_are_told_apart(state: str, reason: str) -> None:
    chips = [["/images?tags=12&view=feed", "Score: 1", "of another picture"]]
    assert reason_of(lambda: read_page("7", seen(state=state, chips=chips))) == reason


def test_another_page_is_a_failure_whatever_it_shows() -> None:
    page = seen(reply(good([row()])), path="/images/8")
    assert reason_of(lambda: read_page("7", page)) == "page_shape"


def test_a_reply_about_another_artwork_is_not_taken() -> None:
    other = reply(good([row()]), url=CALL.replace("%3A7%7D", "%3A8%7D"))
    assert reason_of(lambda: read_page("7", seen(other))) == "page_shape"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply({}, 401), "unauthorized"),
        (reply("", 429, retry_after="7"), "rate_limited"),
        (reply("<html>Just a moment /cdn-cgi/challenge-platform/", 403), "challenge"),
        (reply('{"result":{"da'), "bad_reply"),
        (reply("[]"), "bad_reply"),
    ],
)
def test_a_failed_reply_says_why_there_are_no_tags(answer: Reply, reason: str) -> None:
    page = seen(answer, state="none", rest=left(KNOWN))
    assert reason_of(lambda: read_page("7", page)) == reason


def test_a_busy_site_says_how_long_to_wait() -> None:
    answer = reply("", 429, **{"Retry-After": "7"})
    with pytest.raises(FetchFailed) as caught:
        read_page("7", seen(answer, state="none"))
    assert caught.value.retry_after_s == 7
    with pytest.raises(FetchFailed) as caught:
        read_page("7", seen(status=503, state="unknown", **{"Retry-After": "3"}))
    assert (caught.value.reason, caught.value.retry_after_s) == ("server_error", 3)


@pytest.mark.parametrize("text", ["", "null", "[]", "{", '"x"', '{"path": 7, "left": []}'])
def test_whatever_a_page_says_of_itself_is_distrusted(text: str) -> None:
    page = Seen(PAGE, 200, CIMultiDict(), text, ())
    assert reason_of(lambda: read_page("7", page)) == "page_shape"
