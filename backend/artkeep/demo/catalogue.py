"""Builds the catalogue of the sample site: the same for the same number of items and seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from artkeep.demo import models
from artkeep.demo.account import add_account
from artkeep.demo.art import STYLES
from artkeep.demo.art.palettes import PALETTES
from artkeep.demo.oddities import make_collections, make_exceptions, make_videos, stable_uuid
from artkeep.demo.records import (
    Catalogue,
    Creator,
    Model,
    ModelVersion,
    Post,
    SiteImage,
    SiteTag,
)
from artkeep.demo.words import WORDS, site_tags

MAIN_CREATOR = "aurora_atelier"
LATEST_MS = 1_785_402_960_000  # 2026-07-30 09:16 UTC, the newest post
SPAN_MS = 430 * 86_400_000  # the posts go back over fourteen months

# name, share of all images, followers; the last ones are there for their quirks
_CREATORS: tuple[tuple[str, float, int], ...] = (
    (MAIN_CREATOR, 0.25, 4812),
    ("pixel_orchard", 0.17, 1630),
    ("lumen_studio", 0.14, 2209),
    ("driftwood_dreams", 0.12, 764),
    ("inkandhalo", 0.11, 981),
    ("north_of_noon", 0.10, 358),
    ("Vela_Maris", 0.06, 190),
    ("marlow.j-prints", 0.05, 77),  # only reachable by userId: dot and dash are refused
)
_DELETED = "faded_postcard"
_SIZES = ((512, 768), (768, 512), (640, 640), (576, 768), (768, 576), (832, 512), (512, 832))
_ANIMATED_SIZES = (
    (288, 384),
    (384, 288),
    (320, 320),
)  # such files are heavy, so they are small
_ANIMATED_STYLES = ("silk", "aurora", "orbit")
_LEVELS = ((1, 0.62), (2, 0.15), (4, 0.1), (8, 0.07), (16, 0.06))
_ENCODINGS = (
    ("png", 0.62),
    ("jpeg", 0.27),
    ("webp", 0.07),
    ("gif", 0.02),
    ("animated_webp", 0.02),
)
_META_SHAPES = (
    ("a1111", 0.5), ("onsite", 0.16), ("comfy", 0.12), ("none", 0.06),
    ("hidden", 0.06), ("empty", 0.04), ("odd", 0.06),
)  # fmt: skip


def build_catalogue(
    items: int = 480, seed: int = 7, *, videos: bool = True, side: int | None = None
) -> Catalogue:
    """`items` visible images and videos; on top a few hidden ones and the account's own.

    `videos=False` makes everything a still and nothing gone, `side` makes all of them PNG
    squares of that size: what the benchmark mode serves.
    """
    chance = random.Random(seed)
    creators = _creators()
    tags = site_tags()
    all_models = {model.id: model for model in models.build_models(list(creators))}
    plan = _post_plan(chance, items, list(creators.values()))
    step = SPAN_MS / max(len(plan), 1)
    images: dict[int, SiteImage] = {}
    posts: dict[int, Post] = {}
    for place, (creator, size) in enumerate(plan):
        published = int(LATEST_MS - SPAN_MS + step * (place + chance.random() * 0.9))
        if place == len(plan) - 1:
            published = LATEST_MS
        styles = chance.sample(list(STYLES), min(len(STYLES), 1 + size // 3))
        used = _versions_for(chance, [m for m in all_models.values() if styles[0] in m.styles])
        own = [v for v in used if all_models[v.model_id].creator_id == creator.id]
        sketch = _PostSketch(
            id=90_000_001 + place * 3,
            creator_id=creator.id,
            styles=tuple(styles),
            published_ms=published,
            version_ids=tuple(version.id for version in used),
            base_model=used[0].base_model if used else "",
        )
        first_id = 100_000_001 + len(images) * 7
        made = [
            _image(chance, first_id + index * 7, index, sketch, tags, side)
            for index in range(size)
        ]
        images.update((image.id, image) for image in made)
        titles = WORDS[styles[0]].titles
        posts[sketch.id] = Post(
            id=sketch.id,
            creator_id=creator.id,
            title=chance.choice(titles) if chance.random() < 0.8 else None,
            published_ms=published,
            version_id=own[0].id if own else None,
            image_ids=tuple(image.id for image in made),
        )
    if videos:
        make_videos(chance, images)
    main = next(c.id for c in creators.values() if c.username == MAIN_CREATOR)
    make_exceptions(chance, images, spared=main, with_gone=videos)
    versions = {v.id: v for model in all_models.values() for v in model.versions}
    collections = make_collections(chance, list(images.values()), list(creators))
    account = add_account(images, posts, creators, collections, videos=videos)
    return Catalogue(
        creators,
        {tag.id: tag for tag in tags.values()},
        all_models,
        versions,
        images,
        posts,
        collections,
        account,
    )


def _creators() -> dict[int, Creator]:
    names = [(name, followers) for name, _share, followers in _CREATORS] + [(_DELETED, 0)]
    made = [
        Creator(
            id=4021 + 13 * place,
            username=name,
            joined_ms=LATEST_MS - SPAN_MS * 2 - place * 9_876_543_210,
            avatar=stable_uuid("avatar", place),
            followers=followers,
            is_deleted=name == _DELETED,
        )
        for place, (name, followers) in enumerate(names)
    ]
    return {creator.id: creator for creator in made}


def _post_plan(
    chance: random.Random, items: int, creators: Sequence[Creator]
) -> list[tuple[Creator, int]]:
    """Who posts how many images, in order of time. Sizes run from 1 to 30."""
    plan: list[tuple[Creator, int]] = []
    left_over = items
    for place, (_name, share, _followers) in enumerate(_CREATORS):
        wanted = left_over if place == len(_CREATORS) - 1 else round(items * share)
        left_over -= wanted
        while wanted > 0:
            size = min(wanted, chance.choice((1, 1, 2, 3, 4, 4, 6, 8, 10, 12, 20, 30)))
            plan.append((creators[place], size))
            wanted -= size
    chance.shuffle(plan)
    return plan


def _versions_for(chance: random.Random, fitting: Sequence[Model]) -> list[ModelVersion]:
    """The checkpoint and perhaps the LORA behind a post."""
    used = []
    for kind, likely in (("Checkpoint", 0.9), ("LORA", 0.75)):
        choice = [model for model in fitting if model.type == kind]
        if choice and chance.random() < likely:
            model = chance.choice(choice)
            # Some name two versions of one model: database listings repeat such images.
            count = 2 if len(model.versions) > 1 and chance.random() < 0.07 else 1
            used += chance.sample(model.versions, count)
    return used


def _weighted(chance: random.Random, table: Sequence[tuple[str, float]]) -> str:
    return chance.choices([value for value, _ in table], [weight for _, weight in table])[0]


@dataclass(frozen=True, slots=True)
class _PostSketch:
    """What the images of a post have in common."""

    id: int
    creator_id: int
    styles: tuple[str, ...]
    published_ms: int
    version_ids: tuple[int, ...]
    base_model: str


def _image(
    chance: random.Random,
    image_id: int,
    index: int,
    post: _PostSketch,
    tags: dict[str, SiteTag],
    side: int | None,
) -> SiteImage:
    style = chance.choice(post.styles)
    level = chance.choices([bit for bit, _ in _LEVELS], [weight for _, weight in _LEVELS])[0]
    encoding = "png" if side else _weighted(chance, _ENCODINGS)
    width, height = (side, side) if side else chance.choice(_SIZES)
    if encoding in ("gif", "animated_webp"):
        style = chance.choice(_ANIMATED_STYLES)
        width, height = chance.choice(_ANIMATED_SIZES)
    words = WORDS[style]
    names = list(words.tags[: chance.randint(4, len(words.tags))])
    if chance.random() < 0.4:
        names.append(words.own_tag)
    names += [
        name for name, odds in (("lens flare", 0.12), ("1boy", 0.03)) if chance.random() < odds
    ]
    names += [
        tag.name for tag in tags.values() if tag.type == "Moderation" and tag.level == level
    ]
    if chance.random() < 0.03:
        names = []
    created = post.published_ms - chance.randint(60_000, 3_600_000) + index * 900
    scanned = (
        created + chance.randint(5_000, 40_000) + (7_000_000 if chance.random() < 0.1 else 0)
    )
    return SiteImage(
        id=image_id,
        uuid=stable_uuid("image", image_id),
        creator_id=post.creator_id,
        post_id=post.id,
        index=index,
        style=style,
        palette=chance.randrange(len(PALETTES)),
        seed=chance.randrange(10**9, 4 * 10**9),
        width=width,
        height=height,
        encoding=encoding,
        level=level,
        created_ms=created,
        sort_ms=max(post.published_ms, scanned),
        version_ids=post.version_ids,
        base_model=post.base_model,
        meta_shape=_weighted(chance, _META_SHAPES),
        tag_ids=tuple(sorted(tags[name].id for name in names)),
        likes=int(chance.expovariate(1 / 40)),
        comments=chance.choice((0, 0, 0, 1, 2)),
    )
