"""What stands in for a walk that was cut off, in turn."""

from __future__ import annotations

from artkeep.sites._adapter import Listing
from artkeep.sites.civitai.listings import images_by, is_window, substitutes


def told(listing: Listing, *names: str) -> list[str | None]:
    options = dict(listing.options)
    return [options.get(name) for name in names]


def line_of(listing: Listing) -> list[Listing]:
    """The last of its substitutes, the last of that one's, and so on."""
    line = []
    while further := substitutes(listing):
        listing = further[-1]
        line.append(listing)
    return line


def test_a_creators_list_is_split_and_its_parts_begun_elsewhere():
    line = line_of(images_by("username", "lena"))
    assert [told(one, "browsingLevel", "type", "sort", "period") for one in line] == [
        ["16", None, "Oldest", None],
        ["16", "video", "Oldest", None],
        ["16", "video", "Newest", None],
        ["16", "video", "Oldest", "Year"],
        ["16", "video", "Oldest", "Month"],
        ["16", "video", "Oldest", "Week"],
        ["16", "video", "Oldest", "Day"],
    ]
    assert [is_window(one) for one in line] == [False] * 3 + [True] * 4


def test_a_version_has_the_list_of_its_model_which_has_no_cap():
    version = images_by("modelVersionId", "7", model_id="5", model_name="M", version_name="v2")
    *_, newest, whole, _ = line_of(version)
    assert told(newest, "sort") == ["Newest"]
    assert (whole.path, whole.value) == ("images", "modelId=5")
    names = ("browsingLevel", "type", "sort", "only_version", "version_name")
    assert told(whole, *names) == ["16", "video", "Oldest", "7", "v2"]


def test_a_model_and_a_post_are_not_cut_off_and_have_no_windows():
    assert not any(is_window(one) for one in line_of(images_by("modelId", "5", model_id="5")))
    assert [one.path for one in line_of(images_by("postId", "9"))] == ["post_images"]
