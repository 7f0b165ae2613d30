"""What sets some images apart: videos, hidden and gone ones; and the collections."""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Sequence
from dataclasses import replace

from artkeep.demo.art import MOVING_STYLES
from artkeep.demo.models import VIDEO_BASE_MODEL
from artkeep.demo.records import Collection, SiteImage

_VIDEO_SIZES = ((288, 432), (432, 288), (352, 352))


def stable_uuid(*parts: object) -> str:
    digest = hashlib.md5(":".join(map(str, parts)).encode(), usedforsecurity=False).digest()
    return str(uuid.UUID(bytes=digest, version=4))


def make_videos(chance: random.Random, images: dict[int, SiteImage]) -> None:
    """Turn about one image in eleven into a video, spread over all creators, in place."""
    by_creator: dict[int, list[SiteImage]] = {}
    for image in images.values():
        by_creator.setdefault(image.creator_id, []).append(image)
    stills_left = 2
    for rows in by_creator.values():
        for place, image in enumerate(chance.sample(rows, max(1, round(len(rows) / 10)))):
            is_still = place == 0 and stills_left > 0
            stills_left -= is_still
            width, height = chance.choice(_VIDEO_SIZES)
            images[image.id] = replace(
                image,
                style=chance.choice(MOVING_STYLES),
                encoding="webm",
                width=width,
                height=height,
                base_model=VIDEO_BASE_MODEL,
                meta_shape=chance.choice(("none", "external", "none", "external", "odd")),
                is_still_at_first=is_still,
            )


def make_exceptions(
    chance: random.Random, images: dict[int, SiteImage], spared: int, with_gone: bool
) -> None:
    """Hidden images between the others, and one that is gone but not `spared`'s. In place."""
    rows = list(images.values())
    for image in chance.sample(rows, max(1, len(rows) // 40)):
        ghost_id = image.id + 3  # ids of the others lie seven apart
        images[ghost_id] = replace(
            image,
            id=ghost_id,
            uuid=stable_uuid("image", ghost_id),
            index=image.index,
            is_hidden=True,
        )
    if with_gone:
        victims = [
            i for i in rows if i.creator_id != spared and i.encoding == "jpeg" and i.level == 1
        ]
        if victims:
            images[victims[0].id] = replace(images[victims[0].id], is_gone=True)
    ordered = sorted(images.values(), key=lambda image: image.id)
    images.clear()
    images.update((image.id, image) for image in ordered)


def make_collections(
    chance: random.Random, images: Sequence[SiteImage], creators: Sequence[int]
) -> dict[int, Collection]:
    """Public ones, and a private one that nobody may read."""
    usable = [image for image in images if not image.is_hidden and not image.is_gone]

    def pick(styles: tuple[str, ...], count: int) -> tuple[int, ...]:
        fitting = [image.id for image in usable if image.style in styles]
        return tuple(sorted(chance.sample(fitting, min(count, len(fitting)))))

    made = (
        Collection(
            1201,
            "Favourite landscapes",
            creators[0],
            pick(("mountains", "dunes", "forest"), 42),
        ),
        Collection(1180, "Night shift", creators[1], pick(("skyline", "nebula", "aurora"), 30)),
        Collection(
            1166, "Shapes", creators[4], pick(("bauhaus", "cubes", "deco", "stained"), 24)
        ),
        Collection(1099, "Not for everyone", creators[2], pick(("silk",), 6), is_public=False),
    )
    return {collection.id: collection for collection in made}
