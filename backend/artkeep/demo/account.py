"""Whose the sample site's keys are: the account's pictures, likes, follows and collections."""

from __future__ import annotations

import random
from dataclasses import replace

from artkeep.demo.oddities import stable_uuid
from artkeep.demo.records import Account, Collection, Creator, Post, SiteImage

ACCOUNT_ID = 555001
ACCOUNT_NAME = "sample_account"
PRIVATE_COLLECTION = 1042
_DAY_MS = 86_400_000
_OWN = 9
_LIKED = 0.11
_FOLLOWED = 2  # the smaller ones
_GENERATED = 44
_FIRST_GENERATED = 2_000_000_000
PER_WORKFLOW = 2  # pictures that one prompt makes in the generator


def add_account(
    images: dict[int, SiteImage],
    posts: dict[int, Post],
    creators: dict[int, Creator],
    collections: dict[int, Collection],
    *,
    videos: bool,
) -> Account:
    """Add it behind everything else, by a chance of its own: nothing else changes by it."""
    chance = random.Random(ACCOUNT_ID)
    shown = [image for image in images.values() if not image.is_hidden and not image.is_gone]
    others = [creator for creator in creators.values() if not creator.is_deleted]
    creators[ACCOUNT_ID] = Creator(
        id=ACCOUNT_ID,
        username=ACCOUNT_NAME,
        joined_ms=min(creator.joined_ms for creator in others),
        avatar=stable_uuid("avatar", ACCOUNT_NAME),
        followers=3,
    )
    if videos:  # the benchmarks' site has as many pictures as it was told
        _post_own(chance, shown, images, posts)
    liked = chance.sample(shown, max(1, round(len(shown) * _LIKED)))
    for number, name, amount, is_public in (
        (PRIVATE_COLLECTION, "Only for me", 8, False),
        (1031, "Worth a second look", 14, True),
    ):
        picked = chance.sample(shown, min(amount, len(shown)))
        ids = tuple(sorted(image.id for image in picked))
        collections[number] = Collection(number, name, ACCOUNT_ID, ids, is_public=is_public)
    followed = sorted(others, key=lambda creator: (creator.followers, creator.id))[:_FOLLOWED]
    return Account(
        ACCOUNT_ID,
        liked=tuple(sorted(image.id for image in liked)),
        follows=frozenset(creator.id for creator in followed),
        generated=_make_generated(shown),
    )


def _make_generated(shown: list[SiteImage]) -> tuple[SiteImage, ...]:
    """What the on-site generator made for the account, the newest first; on no list but its
    own. The files say nothing of their making: the workflow does."""
    chance = random.Random(ACCOUNT_ID + 1)
    stills = [image for image in shown if not image.is_video]
    picked = chance.sample(stills, min(_GENERATED, len(stills)))
    latest_ms = max(image.created_ms for image in shown)
    return tuple(
        replace(
            image,
            id=_FIRST_GENERATED + number,
            uuid=stable_uuid("generated", number),
            creator_id=ACCOUNT_ID,
            meta_shape="none",
            seed=chance.randrange(10**9, 4 * 10**9),
            level=1,
            created_ms=latest_ms - number // PER_WORKFLOW * _DAY_MS // 3,
            version_ids=(),
            tag_ids=(),
        )
        for number, image in enumerate(picked)
    )


def _post_own(
    chance: random.Random,
    shown: list[SiteImage],
    images: dict[int, SiteImage],
    posts: dict[int, Post],
) -> None:
    """One post, made like other people's pictures, older than everything else."""
    stills = [image for image in shown if not image.is_video]
    picked = chance.sample(stills, min(_OWN, len(stills)))
    post_id, first_id = max(posts) + 3, max(images) + 70
    published = min(image.created_ms for image in shown) - _DAY_MS
    ids = tuple(first_id + place * 7 for place in range(len(picked)))
    for place, (image_id, image) in enumerate(zip(ids, picked, strict=True)):
        images[image_id] = replace(
            image,
            id=image_id,
            uuid=stable_uuid("image", image_id),
            creator_id=ACCOUNT_ID,
            post_id=post_id,
            index=place,
            seed=chance.randrange(10**9, 4 * 10**9),
            created_ms=published + place * 900,
            sort_ms=published + _DAY_MS // 24,
            version_ids=(),
            tag_ids=(),
            likes=0,
            comments=0,
        )
    posts[post_id] = Post(post_id, ACCOUNT_ID, "My first try", published, None, ids)
