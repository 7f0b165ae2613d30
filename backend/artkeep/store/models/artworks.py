"""Artworks, the groups they belong to, their relations, and the raw replies about them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from artkeep.store.columns import JsonDict, PrimaryId
from artkeep.store.models.base import Base


class Group(Base):
    """Artworks that belong together upstream: title and record are shared."""

    __tablename__ = "groups"
    __table_args__ = (UniqueConstraint("site", "site_id"),)

    id: Mapped[PrimaryId]
    site: Mapped[str]
    site_id: Mapped[str]
    title: Mapped[str | None]
    page_url: Mapped[str | None]
    author: Mapped[str | None]
    posted_at: Mapped[datetime | None]
    expected_count: Mapped[int | None]


def _index_of_hash(name: str) -> Index:
    """Most artworks have none: their sites do not declare any."""
    where = text(f"{name} is not null")
    return Index(f"ix_artworks_{name}", name, sqlite_where=where, postgresql_where=where)


class Artwork(Base):
    """One picture or video as its site knows it: (site, site_id). Statuses say what is left."""

    __tablename__ = "artworks"
    __table_args__ = (
        UniqueConstraint("site", "site_id"),
        *(
            Index(f"ix_artworks_{name}", name, "posted_at", "id")
            for name in ("author", "model", "base_model", "version_name")
        ),
        Index("ix_artworks_group_id", "group_id"),
        Index(
            "ix_artworks_posted_at",  # the order that lists have, with what filters ask for
            *("posted_at", "id", "rating", "kind", "download_status", "site"),
        ),
        Index(
            "ix_artworks_narrow",  # the same by id: an artwork takes a sixth of a page of it
            *("id", "posted_at", "rating", "kind", "download_status", "site"),
            *("stars", "is_favourite", "shown_size"),
        ),
        Index("ix_artworks_shown_size", "shown_size", "id"),
        Index("ix_artworks_tagged", "tagged_by", "tagged_at"),
        _index_of_hash("md5"),
        _index_of_hash("sha512"),
        Index("ix_artworks_rating", "rating", "id"),
        Index(
            "ix_artworks_stars",
            *("stars", "id"),
            sqlite_where=text("stars > 0"),
            postgresql_where=text("stars > 0"),
        ),
        Index(
            "ix_artworks_favourite",
            "id",
            sqlite_where=text("is_favourite = 1"),
            postgresql_where=text("is_favourite"),
        ),
        Index(
            "ix_artworks_filters",  # every column that a table of artworks is filtered by
            *("download_status", "kind", "site", "rating", "examine_status"),
            *("tags_status", "embed_status", "convert_status", "posted_at", "id"),
        ),
    )

    id: Mapped[PrimaryId]
    site: Mapped[str]
    site_id: Mapped[str]
    kind: Mapped[str]
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"))
    position: Mapped[int | None]
    page_url: Mapped[str]
    media_url: Mapped[str | None]
    author: Mapped[str | None]
    author_id: Mapped[str | None]
    title: Mapped[str | None]
    rating: Mapped[int | None]
    posted_at: Mapped[datetime | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    model: Mapped[str | None]
    base_model: Mapped[str | None]
    version_id: Mapped[str | None]
    version_name: Mapped[str | None]
    prompt: Mapped[str | None]
    negative_prompt: Mapped[str | None]
    seed: Mapped[str | None]  # beyond 64 bits at some sites
    generation: Mapped[JsonDict | None]
    blurhash: Mapped[str | None]
    md5: Mapped[str | None]
    sha1: Mapped[str | None]
    sha256: Mapped[str | None]
    sha512: Mapped[str | None]
    download_status: Mapped[str] = mapped_column(default="none", server_default="none")
    examine_status: Mapped[str] = mapped_column(default="none", server_default="none")
    tags_status: Mapped[str] = mapped_column(default="none", server_default="none")
    embed_status: Mapped[str] = mapped_column(default="none", server_default="none")
    convert_status: Mapped[str] = mapped_column(default="none", server_default="none")
    added_at: Mapped[datetime]
    downloaded_at: Mapped[datetime | None]
    tagged_at: Mapped[datetime | None]  # when its site was last asked for its tags
    tagged_by: Mapped[int | None]  # the job that asked
    stars: Mapped[int] = mapped_column(default=0, server_default="0")  # the user's, 0: none
    shown_size: Mapped[int | None]  # bytes of the file that is shown; triggers keep it
    is_favourite: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class ArtworkLink(Base):
    """`artwork_id` is an upscale, remix, copy … of (site, site_id), known to us or not."""

    __tablename__ = "artwork_links"

    artwork_id: Mapped[int] = mapped_column(
        ForeignKey("artworks.id", ondelete="CASCADE"), primary_key=True
    )
    relation: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(primary_key=True)


class Record(Base):
    """The raw reply about an artwork or a group: zlib-compressed JSON, the newest one kept.

    With these, columns, names and sidecars can be made again when a parser improves.
    """

    __tablename__ = "records"
    __table_args__ = (UniqueConstraint("artwork_id"), UniqueConstraint("group_id"))

    id: Mapped[PrimaryId]
    artwork_id: Mapped[int | None] = mapped_column(
        ForeignKey("artworks.id", ondelete="CASCADE")
    )
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    digest: Mapped[str]  # of the JSON text: an unchanged reply is not written again
    body: Mapped[bytes]
    fetched_at: Mapped[datetime]
