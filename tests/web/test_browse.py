"""Browsing a site before anything of it is stored."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from tests.faults.scene import SHORT, Scene
from tests.faulty_answers import json_reply
from tests.gallery import Gallery, model
from tests.store.rows import Rows
from tests.web.asking_browse import browse, everything
from tests.web.conftest import PORT, PageClient

from artkeep.domain.target import Filters, Target, TargetKind
from artkeep.jobs.start import Options, start_download
from artkeep.store import artworks
from artkeep.web.app import create_app
from artkeep.web.services import Services


def test_a_name_gives_cards_of_what_is_there(client: FlaskClient, site: Gallery) -> None:
    (picture,) = site.add("lena", level=2)
    page = browse(client)
    (card,) = page["cards"]
    assert page["target"] == {
        "key": "civitai:user:lena",
        "site": "civitai",
        "kind": "user",
        "value": "lena",
        "title": "lena",
    }
    assert (card["site_id"], card["author"], card["rating"]) == (
        str(picture.id),
        "lena",
        "PG-13",
    )
    assert (card["badge"], card["artwork_id"], card["badge_detail"]) == ("new", None, None)
    assert card["prompt"] == f"picture {picture.id}"
    assert card["preview_url"].startswith("/preview/")
    assert card["video_url"] is None
    assert page["ledger"]["listed"] == 0
    assert page["unreachable"]
    assert (page["next_cursor"], page["rejects"]) == (None, 0)


def test_nothing_is_stored(client: FlaskClient, site: Gallery, rows: Rows) -> None:
    site.add("lena", 3)
    browse(client)
    with rows.store.reading() as connection:
        for table in ("artworks", "targets", "listings", "work", "jobs", "groups", "tags"):
            count = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
            assert count == 0, table
    assert site.media_requests() == []


def test_a_pasted_link_is_understood(client: FlaskClient, site: Gallery) -> None:
    (picture,) = site.add("lena")
    page = browse(client, f"{site.url}/images/{picture.id}")
    assert page["target"]["key"] == f"civitai:image:{picture.id}"
    assert len(page["cards"]) == 1


def test_pages_follow_each_other_to_the_end(client: FlaskClient, site: Gallery) -> None:
    site.page_size = 3
    pictures = site.add("lena", 8)
    assert everything(client) == [str(one.id) for one in pictures]


def test_the_same_cursor_gives_the_same_page_again(client: FlaskClient, site: Gallery) -> None:
    site.page_size = 2
    site.add("lena", 6)
    first = browse(client)
    second = browse(client, cursor=first["next_cursor"])
    third = browse(client, cursor=second["next_cursor"])
    assert browse(client, cursor=first["next_cursor"]) == second
    assert browse(client, cursor=second["next_cursor"]) == third


def test_what_only_the_first_page_says_is_not_repeated(
    client: FlaskClient, site: Gallery
) -> None:
    site.page_size = 1
    site.add("lena", 2)
    first = browse(client)
    second = browse(client, cursor=first["next_cursor"])
    assert first["unreachable"]
    assert (second["unreachable"], second["site_claims"]) == ([], None)


def test_all_listings_follow_each_other_and_show_each_artwork_once(
    client: FlaskClient, site: Gallery
) -> None:
    site.page_size = 2
    first = site.add("lena", 3, model=7, version=70)
    second = site.add("mio", 3, model=7, version=71)
    site.server.on("/api/v1/models/7", json_reply(model(7, "Aurora", [(70, "v1"), (71, "v2")])))
    ids = everything(client, "civitai:model:7")
    assert ids == [str(one.id) for one in (*first, *second)]
    assert browse(client, "civitai:model:7")["target"]["title"] == "Aurora"


def test_filters_leave_cards_out_on_this_side(client: FlaskClient, site: Gallery) -> None:
    site.page_size = 2
    pictures = site.add("lena", 3, level=1)
    (video,) = site.add("lena", 1, kind="video", level=4)
    assert everything(client, kind="video") == [str(video.id)]
    assert everything(client, kind="image") == [str(one.id) for one in pictures]
    assert everything(client, rating="pg,PG-13") == [str(one.id) for one in pictures]
    assert everything(client, rating="R", kind="video") == [str(video.id)]
    assert everything(client, rating="XXX") == []


def test_a_card_says_which_filter_leaves_it_out(client: FlaskClient, site: Gallery) -> None:
    site.add("lena", changes={"width": 64, "height": 640})
    site.add("lena", changes={"width": 700, "height": 640, "meta": {"prompt": "a Castle"}})
    site.add("lena", changes={"width": 700, "height": 640, "meta": {"prompt": "a dog"}})
    site.add("lena", created="2024-01-01T00:00:00.000Z", changes={"width": None})
    filters = {"min_size": "512", "without_prompt": ["dog"], "since": "2025"}
    cards = browse(client, **filters)["cards"]
    assert [(card["badge"], card["badge_reason"], card["badge_detail"]) for card in cards] == [
        ("skipped", "filtered_size", "Too small"),
        ("new", None, None),
        ("skipped", "filtered_prompt", "Prompt does not fit"),
        ("skipped", "filtered_date", "Another date"),
    ]
    assert [card["left_out"] for card in cards] == [card["badge_reason"] for card in cards]
    castle = browse(client, with_prompt=["CASTLE"], until="2026-12-31")["cards"]
    assert [card["badge"] for card in castle] == ["skipped", "new", "skipped", "skipped"]


def test_empty_pages_in_the_middle_are_passed_over(client: FlaskClient, site: Gallery) -> None:
    one, two = site.add("lena", 2)
    pages = [site.page([one], "1|1"), site.page([], "2|1"), site.page([], "3|1")]
    site.pages(*pages, site.page([two]))
    first = browse(client)
    second = browse(client, cursor=first["next_cursor"])
    assert [card["site_id"] for card in second["cards"]] == [str(two.id)]
    assert second["next_cursor"] is None


def test_so_many_empty_pages_are_given_a_cursor_to_go_on(
    client: FlaskClient, site: Gallery
) -> None:
    (one,) = site.add("lena")
    site.pages(*(site.page([], f"{n}|1") for n in range(1, 8)), site.page([one]))
    first = browse(client)
    assert first["cards"] == []
    assert first["next_cursor"] is not None
    assert everything(client) == [str(one.id)]


def test_a_site_that_repeats_itself_comes_to_an_end(client: FlaskClient, site: Gallery) -> None:
    one, two = site.add("lena", 2)
    site.pages(site.page([one], "1|1"), site.page([two], "1|1"))
    assert everything(client) == [str(one.id), str(two.id)]


def test_items_that_cannot_be_read_are_counted(client: FlaskClient, site: Gallery) -> None:
    (one,) = site.add("lena")
    site.pages(site.page([one, "odd", {"id": None}]))
    page = browse(client)
    assert (len(page["cards"]), page["rejects"]) == (1, 2)


def test_videos_have_a_moving_form(client: FlaskClient, site: Gallery) -> None:
    site.add("lena", kind="video")
    (card,) = browse(client)["cards"]
    urls = {card["preview_url"], card["video_url"], card["large_url"]}
    assert len(urls) == 3
    assert all(url.startswith("/preview/") for url in urls)
    assert browse(client)["cards"][0]["preview_url"] == card["preview_url"]


def test_badges_and_ledger_tell_how_we_stand(scene: Scene, site: Gallery) -> None:
    have, deleted, gone, late = pictures = site.add("lena", 4)
    site.media(gone, json_reply({}, status=410))
    site.media(late, json_reply({}, status=404))
    scene.get("lena")
    scene.change(
        "UPDATE files SET state = 'missing' WHERE id IN (SELECT file_id FROM artwork_files "
        "JOIN artworks ON artworks.id = artwork_id WHERE site_id = :id)",
        id=str(deleted.id),
    )
    (fresh,) = site.add("lena")
    with scene.running(SHORT) as (engine, store):
        app = create_app(Services(scene.settings, store, engine, port=PORT))
        app.test_client_class = PageClient
        page = browse(app.test_client())
    assert {card["site_id"]: card["badge"] for card in page["cards"]} == {
        str(have.id): "have",
        str(deleted.id): "deleted",
        str(gone.id): "gone",
        str(late.id): "waiting",
        str(fresh.id): "new",
    }
    assert page["ledger"]["listed"] == len(pictures)
    assert page["ledger"]["gone"] == 1
    assert page["target_id"] is not None


def test_a_badge_says_why(client: FlaskClient, site: Gallery, services: Services) -> None:
    pictures = site.add("lena", 2)
    site.pages(site.page(pictures))
    browse(client)
    recalled = [services.previewed.recall("civitai", str(one.id)) for one in pictures]
    target = Target("civitai", TargetKind.USER, "lena", Filters(kinds=frozenset()))

    def store_all(connection: Any) -> None:
        started = start_download(connection, [target], Options())
        saved = artworks.save_artworks(connection, recalled, ())  # type: ignore[arg-type]
        target_ids = connection.exec_driver_sql("SELECT id FROM targets").scalars().all()
        artworks.add_to_target(
            connection, target_ids[0], started.job_id, [(saved[0].id, "filtered_type")]
        )
        connection.exec_driver_sql(
            "INSERT INTO failures (artwork_id, stage, reason, attempts, at, job_id) "
            f"VALUES ({saved[1].id}, 'download', 'html', 1, '2026-01-01', {started.job_id})"
        )
        connection.exec_driver_sql(
            f"UPDATE artworks SET download_status = 'failed' WHERE id = {saved[1].id}"
        )

    services.store.transact(store_all)
    # What an earlier download left out is new to whoever asks without filters.
    assert [card["badge"] for card in browse(client)["cards"]] == ["new", "failed"]
    cards = browse(client, kind="video")["cards"]
    assert [card["badge"] for card in cards] == ["skipped", "failed"]
    assert (cards[0]["badge_reason"], cards[0]["badge_detail"]) == (
        "filtered_type",
        "Another type",
    )
    assert cards[1]["badge_detail"] == "A web page came instead of the file"
    assert all(card["artwork_id"] for card in cards)

    asked_so_far = len(site.server.requests)
    ids = [card["site_id"] for card in cards] + ["404404"]
    reply = client.post("/api/browse/badges", json={"site": "civitai", "site_ids": ids})
    assert reply.status_code == 200
    names = ("site_id", "badge", "badge_reason", "badge_detail", "artwork_id")
    by_id = {one["site_id"]: one for one in reply.json["badges"]}
    assert by_id == {card["site_id"]: {name: card[name] for name in names} for card in cards}
    assert len(site.server.requests) == asked_so_far, "badges ask no site"


def test_hostile_texts_come_as_data(client: FlaskClient, site: Gallery) -> None:
    script = "<script>alert(1)</script>"
    changes = {"username": script, "meta": {"prompt": script * 100}, "hash": script}
    site.add("lena", changes=changes)
    reply = client.get("/api/browse", query_string={"target": "civitai:post:500"})
    assert reply.content_type == "application/json"
    (card,) = reply.json["cards"]
    assert (card["author"], card["blurhash"]) == (script, script)
    assert card["prompt"] == script * 100


def test_a_card_tells_how_it_was_made_but_brings_no_workflow(
    client: FlaskClient, site: Gallery
) -> None:
    meta = {
        "prompt": "a lake",
        "negativePrompt": "blurry",
        "steps": 28,
        "seed": 7,
        "comfy": {"nodes": ["x" * 50] * 50},
    }
    site.add("lena", changes={"meta": meta})
    (card,) = browse(client)["cards"]
    assert (card["prompt"], card["negative_prompt"]) == ("a lake", "blurry")
    assert card["seed"] == "7"
    assert card["generation"]["steps"] == 28
    assert "comfy" not in card["generation"]
    assert "prompt" not in card["generation"]


def test_a_day_and_tags_narrow_what_is_shown(client: FlaskClient, site: Gallery) -> None:
    site.add("lena", 2)
    assert len(everything(client, since="2000-01-01")) == 2
    assert everything(client, since="2100-01-01") == []
    assert everything(client, with_tag=["no such, tag"]) == []
    assert len(everything(client, without_tag=["no such tag"])) == 2


def test_what_was_looked_at_can_be_picked(
    client: FlaskClient, site: Gallery, services: Services
) -> None:
    (picture,) = site.add("lena")
    assert services.previewed.recall("civitai", str(picture.id)) is None
    browse(client)
    artwork = services.previewed.recall("civitai", str(picture.id))
    assert artwork is not None
    assert artwork.raw["id"] == picture.id
    assert services.previewed.recall("civitai", "0") is None
