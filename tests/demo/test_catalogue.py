from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from PIL import ImageChops

from artkeep.demo.art import MOVING_STYLES, STYLES, paint
from artkeep.demo.blurhash import blurhash_of
from artkeep.demo.catalogue import MAIN_CREATOR, build_catalogue
from artkeep.demo.metas import infotext, meta_of
from artkeep.demo.words import WORDS


def test_the_same_seed_builds_the_same_catalogue_and_another_a_different_one() -> None:
    assert build_catalogue(200) == build_catalogue(200)
    assert build_catalogue(200).images != build_catalogue(200, seed=8).images


def test_there_is_enough_of_everything() -> None:
    catalogue = build_catalogue()
    own = catalogue.feed_by_creator[catalogue.account.creator_id]
    visible = [image for image in catalogue.images.values() if not image.is_hidden]
    assert len(visible) == 480 + len(own)
    assert len(catalogue.creators) >= 6
    assert len(catalogue.models) >= 8
    assert {model.type for model in catalogue.models.values()} == {"Checkpoint", "LORA"}
    assert {len(model.versions) for model in catalogue.models.values()} == {1, 2, 3, 4}
    assert sum(image.is_video for image in visible) >= 30
    assert {image.level for image in visible} == {1, 2, 4, 8, 16}
    sizes = [len(post.image_ids) for post in catalogue.posts.values()]
    assert (min(sizes), max(sizes) > 8) == (1, True)


def test_the_main_creator_has_all_ratings_videos_and_nothing_gone() -> None:
    catalogue = build_catalogue()
    main = catalogue.creators_by_name[MAIN_CREATOR].id
    own = [i for i in catalogue.feed_by_creator[main] if not i.is_hidden]
    assert len(own) == 120
    assert sum(image.is_video for image in own) == 12
    assert {image.level for image in own} == {1, 2, 4, 8, 16}
    assert not any(image.is_gone for image in own)
    assert any(image.is_still_at_first for image in own)


def test_it_scales_up() -> None:
    catalogue = build_catalogue(5000)
    own = catalogue.feed_by_creator[catalogue.account.creator_id]
    visible = sum(not image.is_hidden for image in catalogue.images.values())
    assert visible == 5000 + len(own)
    assert len(catalogue.images_by_uuid) == len(catalogue.images)


def test_every_style_has_words_and_prompts_fit_the_picture() -> None:
    catalogue = build_catalogue()
    assert set(WORDS) == set(STYLES)
    for image in catalogue.images.values():
        meta = meta_of(catalogue, image) or {}
        prompt = str(meta.get("prompt", ""))
        if prompt:
            assert any(part.split(",")[0] in prompt for part in WORDS[image.style].subjects)


def test_infotext_is_only_in_files_that_would_carry_it() -> None:
    catalogue = build_catalogue()
    by_shape = {image.meta_shape: image for image in catalogue.images.values()}
    assert "\nSteps: " in str(infotext(catalogue, by_shape["a1111"]))
    assert infotext(catalogue, by_shape["hidden"]) is None


@pytest.mark.parametrize("style", list(STYLES))
def test_a_picture_depends_on_its_arguments_alone(style: str) -> None:
    first, again = paint(style, 2, 99, 96, 128), paint(style, 2, 99, 96, 128)
    other = paint(style, 2, 100, 96, 128)
    assert first.size == (96, 128)
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


@pytest.mark.parametrize("style", MOVING_STYLES)
def test_a_moving_style_moves_and_comes_back(style: str) -> None:
    start, middle, end = (paint(style, 1, 5, 96, 96, phase) for phase in (0.0, 0.4, 1.0))
    assert ImageChops.difference(start, middle).getbbox() is not None
    assert max(high for _low, high in ImageChops.difference(start, end).getextrema()) <= 2  # type: ignore[misc]


def test_a_blurhash_has_the_length_its_components_ask_for() -> None:
    lengths = Counter(
        len(blurhash_of(style, palette)) for style in STYLES for palette in (0, 5)
    )
    assert set(lengths) == {10}


def test_only_the_domain_is_imported() -> None:
    folder = Path(__file__).parents[2] / "backend" / "artkeep" / "demo"
    for path in folder.rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(("from artkeep.", "import artkeep.")):
                assert line.split()[1].startswith(("artkeep.demo", "artkeep.domain"))
