"""URLs of the media server."""

from __future__ import annotations

import pytest

from artkeep.domain.artwork import Artwork, Kind
from artkeep.settings import Site
from artkeep.sites.civitai.adapter import Civitai
from artkeep.sites.civitai.media import MediaUrl, listed_url

UUID = "1a2b3c41-5d6e-4f70-8a9b-0c1d2e3f4001"
ROOT = "https://image.civitai.com/xG1nkqKTMzGDvpLrqFT7WA"


def artwork(
    media_url: str | None, kind: Kind = Kind.IMAGE, width: int | None = 1080
) -> Artwork:
    return Artwork("civitai", "1", kind, "https://civitai.red/images/1", media_url, width=width)


def rungs(civitai: Civitai, one: Artwork, quality: str = "hd") -> list[tuple[str, str]]:
    return [(source.url, source.quality) for source in civitai.media(one, quality)]


def test_an_original_is_asked_for_once(civitai):
    url = f"{ROOT}/{UUID}/original=true/{UUID}.jpeg"
    assert rungs(civitai, artwork(url)) == [(url, "hd")]


def test_a_reduced_listing_is_asked_for_its_original_first(civitai):
    listed = f"{ROOT}/{UUID}/width=450,quality=90/{UUID}.jpeg"
    assert rungs(civitai, artwork(listed)) == [
        (f"{ROOT}/{UUID}/original=true/{UUID}.jpeg", "hd"),
        (listed, "reduced"),
    ]


def test_standard_quality_is_the_url_as_listed(civitai):
    listed = f"{ROOT}/{UUID}/width=450/{UUID}.jpeg"
    assert rungs(civitai, artwork(listed), "sd") == [(listed, "sd")]


def test_a_video_has_four_rungs_and_takes_no_still(civitai):
    listed = f"{ROOT}/{UUID}/original=true/{UUID}.webm"
    one = artwork(listed, Kind.VIDEO)
    assert rungs(civitai, one) == [
        (f"{ROOT}/{UUID}/original=true/{UUID}.mp4", "hd"),
        (f"{ROOT}/{UUID}/original=true,quality=100/{UUID}.mp4", "hd"),
        (f"{ROOT}/{UUID}/transcode=true,original=true/{UUID}.mp4", "hd"),
        (f"{ROOT}/{UUID}/transcode=true,width=1080/{UUID}.mp4", "reduced"),
    ]
    assert {source.accepts for source in civitai.media(one, "hd")} == {frozenset({Kind.VIDEO})}
    assert civitai.media(one, "sd")[0].accepts == {Kind.VIDEO}


def test_a_video_of_unknown_width_is_asked_for_at_the_widest(civitai):
    one = artwork(f"{ROOT}/{UUID}/original=true/clip one", Kind.VIDEO, width=None)
    assert rungs(civitai, one)[-1] == (
        f"{ROOT}/{UUID}/transcode=true,width=1800/clip one.mp4",
        "reduced",
    )


def test_an_artwork_without_a_url_has_no_media(civitai):
    assert rungs(civitai, artwork(None)) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.png",
        "https://example.com/a/b/w/c.png",
        "not a url",
        "http://[::1",
    ],
)
def test_a_url_of_another_form_is_taken_as_listed(civitai, url):
    assert rungs(civitai, artwork(url)) == [(url, "hd")]


def test_an_old_url_has_no_parameters(civitai):
    listed = f"{ROOT}/{UUID}/{UUID}.jpeg"
    assert rungs(civitai, artwork(listed))[0][0] == f"{ROOT}/{UUID}/original=true/{UUID}.jpeg"


def test_the_folder_of_a_picture_need_not_be_a_uuid():
    url = "https://image.civitai.com/demo/uuid501/width=1024/uuid501.jpeg"
    parsed = MediaUrl.read(url)
    assert parsed is not None
    assert parsed.asking_for("original=true") == url.replace("width=1024", "original=true")


def test_a_query_of_the_listing_stays_and_none_is_added(civitai):
    listed = f"{ROOT}/{UUID}/original=true/{UUID}.jpeg?v=2"
    assert rungs(civitai, artwork(listed)) == [(listed, "hd")]


@pytest.mark.parametrize(
    ("media_url", "expected"),
    [
        (None, f"{ROOT}/{UUID}/original=true/{UUID}.jpeg"),
        ("http://127.0.0.1:9000", f"http://127.0.0.1:9000/xG1nkqKTMzGDvpLrqFT7WA/{UUID}/"),
        (
            "http://127.0.0.1:9000/xG1nkqKTMzGDvpLrqFT7WA",
            f"http://127.0.0.1:9000/xG1nkqKTMzGDvpLrqFT7WA/{UUID}/",
        ),
        ("http://127.0.0.1:9000/cdn", "http://127.0.0.1:9000/cdn/xG1nkqKTMzGDvpLrqFT7WA/"),
    ],
)
def test_the_media_setting_replaces_the_server_of_listed_urls_and_uuids(media_url, expected):
    site = Site(media_url=media_url)
    for value in (UUID, f"{ROOT}/{UUID}/original=true/{UUID}.jpeg"):
        url = listed_url(value, Kind.IMAGE, site.media_url)
        assert url is not None
        assert url.startswith(expected)
        assert url.endswith(f"/{UUID}/original=true/{UUID}.jpeg")


def test_only_the_media_servers_own_urls_are_moved():
    other = "https://cdn.example.com/a/b.png"
    assert listed_url(other, Kind.IMAGE, "http://127.0.0.1:9000") == other
    old = f"https://imagecache.civitai.com/k/{UUID}/width=450/a.jpeg?v=1"
    assert (
        listed_url(old, Kind.IMAGE, "http://127.0.0.1:9000")
        == f"http://127.0.0.1:9000/k/{UUID}/width=450/a.jpeg?v=1"
    )


def test_a_bare_uuid_of_a_video_is_named_as_one():
    assert listed_url(UUID, Kind.VIDEO, None) == f"{ROOT}/{UUID}/original=true/{UUID}.mp4"


@pytest.mark.parametrize("value", [None, 5, "", {}, ["x"]])
def test_what_is_no_text_is_no_url(value):
    assert listed_url(value, Kind.IMAGE, None) is None


def looks(civitai: Civitai, one: Artwork) -> dict[str, list[str]]:
    """What a preview asks for: the last two parts of each URL."""
    forms = civitai.preview(one)
    return {
        name: [source.url.removeprefix(f"{ROOT}/{UUID}/") for source in getattr(forms, name)]
        for name in ("still", "video", "large")
    }


def test_a_picture_is_previewed_small_and_looked_at_large(civitai):
    one = artwork(f"{ROOT}/{UUID}/original=true/{UUID}.jpeg", width=4000)
    assert looks(civitai, one) == {
        "still": [f"width=450,optimized=true/{UUID}.jpeg"],
        "video": [],
        "large": [f"width=1600,optimized=true/{UUID}.jpeg"],
    }
    assert civitai.preview(one).still[0].accepts == {Kind.IMAGE}


def test_a_video_is_previewed_as_a_frame_and_as_the_site_plays_it(civitai):
    one = artwork(f"{ROOT}/{UUID}/original=true/clip.Mp4", Kind.VIDEO, width=720)
    assert looks(civitai, one) == {
        "still": ["anim=false,transcode=true,width=450,optimized=true/clip.jpeg"],
        "video": [
            "transcode=true,width=450,optimized=true/clip.webm",
            "transcode=true,width=450,optimized=true/clip.mp4",
        ],
        "large": [
            "transcode=true,width=720,optimized=true/clip.webm",
            "transcode=true,width=720,optimized=true/clip.mp4",
        ],
    }
    assert civitai.preview(one).video[0].accepts == {Kind.VIDEO}


def test_a_url_of_another_form_is_previewed_as_it_is(civitai):
    url = "https://image.civitai.com/old/picture.png"
    forms = civitai.preview(artwork(url))
    assert [source.url for source in (*forms.still, *forms.large)] == [url, url]
    video = civitai.preview(artwork(url, Kind.VIDEO))
    assert (video.still, [source.url for source in video.video]) == ((), [url])


def test_without_a_url_there_is_nothing_to_preview(civitai):
    forms = civitai.preview(artwork(None))
    assert (forms.still, forms.video, forms.large) == ((), (), ())
