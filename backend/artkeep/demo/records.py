"""What the sample site is made of: frozen records and the catalogue that finds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

ACCOUNT_KEY = (
    "xG1nkqKTMzGDvpLrqFT7WA"  # the first segment of every media URL, a constant upstream
)


def moment(at_ms: int) -> datetime:
    """Milliseconds since 1970 as an aware UTC time."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


@dataclass(frozen=True, slots=True)
class Creator:
    """A user. A deleted one answers 404 to a profile and an empty list to everything else."""

    id: int
    username: str
    joined_ms: int
    avatar: str  # uuid of a picture of its own
    followers: int
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class SiteTag:
    """`type` is Label, UserGenerated, Moderation or System; `level` a rating bit."""

    id: int
    name: str
    type: str = "Label"
    level: int = 1


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One published version. One that `is_indexed=False` is too fresh for the search index."""

    id: int
    model_id: int
    name: str
    base_model: str
    published_ms: int
    trained_words: tuple[str, ...]
    sha256: str  # upper case, as the API writes it
    size_kb: float
    downloads: int
    thumbs_up: int
    is_indexed: bool = True


@dataclass(frozen=True, slots=True)
class Model:
    """`creator_id` None is the system account, which is not shown. Versions: newest first."""

    id: int
    name: str
    type: str
    creator_id: int | None
    description: str
    tags: tuple[str, ...]
    styles: tuple[str, ...]  # what it is used to paint
    level: int  # OR of rating bits
    downloads: int
    thumbs_up: int
    versions: tuple[ModelVersion, ...]
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class SiteImage:
    """One picture or video, as upstream knows it and as it is to be painted.

    `encoding`: png jpeg webp gif animated_webp webm. `meta_shape` says which of the many forms
    of generation record it carries (see `metas.py`).
    """

    id: int
    uuid: str
    creator_id: int
    post_id: int
    index: int
    style: str
    palette: int
    seed: int
    width: int
    height: int
    encoding: str
    level: int
    created_ms: int  # the row itself
    sort_ms: int  # the latest of published, scanned, created
    version_ids: tuple[int, ...]
    base_model: str | None
    meta_shape: str
    tag_ids: tuple[int, ...]
    likes: int
    comments: int
    is_hidden: bool = False  # under review: in the index, filtered from every page
    is_gone: bool = False  # still listed, but its record and its bytes answer 404
    is_still_at_first: bool = False  # a video whose plain original is a single frame

    @property
    def is_video(self) -> bool:
        return self.encoding == "webm"

    @property
    def type(self) -> str:
        return "video" if self.is_video else "image"

    @property
    def extension(self) -> str:
        """What listings write, whatever the bytes really are."""
        return "mp4" if self.is_video else "jpeg"


@dataclass(frozen=True, slots=True)
class Post:
    id: int
    creator_id: int
    title: str | None
    published_ms: int
    version_id: int | None
    image_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    id: int
    name: str
    creator_id: int
    image_ids: tuple[int, ...]
    is_public: bool = True


@dataclass(frozen=True, slots=True)
class Account:
    """Whose the sample site's keys are: a creator, with what only that key may list."""

    creator_id: int
    liked: tuple[int, ...]  # ids of images, ascending
    follows: frozenset[int]  # ids of creators
    generated: tuple[SiteImage, ...] = ()  # by the on-site generator, the newest first


@dataclass(frozen=True)
class Catalogue:
    """Everything the site knows. `images` is in ascending order of id."""

    creators: Mapping[int, Creator]
    tags: Mapping[int, SiteTag]
    models: Mapping[int, Model]
    versions: Mapping[int, ModelVersion]
    images: Mapping[int, SiteImage]
    posts: Mapping[int, Post]
    collections: Mapping[int, Collection]
    account: Account

    @cached_property
    def creators_by_name(self) -> dict[str, Creator]:
        return {creator.username.casefold(): creator for creator in self.creators.values()}

    @cached_property
    def images_by_uuid(self) -> dict[str, SiteImage]:
        return {image.uuid: image for image in self.images.values()}

    @cached_property
    def feed(self) -> list[SiteImage]:
        """The search index in ascending order of time, ghosts of hidden images included."""
        return sorted(self.images.values(), key=lambda image: (image.sort_ms, image.id))

    @cached_property
    def feed_by_creator(self) -> dict[int, list[SiteImage]]:
        """`feed` taken apart, so that a walk over one creator does not read all the others."""
        parts: dict[int, list[SiteImage]] = {creator: [] for creator in self.creators}
        for image in self.feed:
            parts[image.creator_id].append(image)
        return parts

    @cached_property
    def posts_newest_first(self) -> list[Post]:
        return sorted(self.posts.values(), key=lambda post: (-post.published_ms, -post.id))

    def creator_named(self, name: str) -> Creator | None:
        """Case does not count; a deleted user is as good as unknown."""
        creator = self.creators_by_name.get(name.casefold())
        return None if creator is None or creator.is_deleted else creator

    def model_of(self, version_id: int) -> Model:
        return self.models[self.versions[version_id].model_id]

    def showcase(self, version: ModelVersion) -> list[SiteImage]:
        """The model owner's own pictures made with a version, oldest first."""
        owner = self.models[version.model_id].creator_id
        rows = self.feed if owner is None else self.feed_by_creator[owner]
        return [
            image
            for image in rows
            if version.id in image.version_ids and not image.is_hidden and not image.is_gone
        ]
