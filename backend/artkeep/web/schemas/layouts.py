"""`/api/layouts`: what a layout would make of the library, what was moved, taking it back."""

from __future__ import annotations

from pydantic import Field

from artkeep.web.schemas.common import Id, PageParameters, Reply, Request, Text


class PreviewLayout(Request):
    """`layout` is the name of one, or `template:{author}/{id}`. At most `most` artworks of the
    query are looked at, spread over all of them."""

    layout: Text = Field(max_length=600)
    query: str = Field("", max_length=4000)
    most: int = Field(600, ge=1, le=100_000)


class LayoutExample(Reply):
    """A file, where it lies and where it would, below its output folder."""

    artwork_id: int
    old: str
    new: str


class TemplateField(Reply):
    """A field of templates, and what it says about some artwork."""

    name: str
    example: str


class LayoutPreview(Reply):
    """`artworks` are meant, `looked_at` of them were looked at; the rest is about their files.

    `longest` is the longest whole path in characters as Windows counts them, before any is
    shortened, and `most_characters` how many fit everywhere. `colliding` files want a name that
    another one wants, and get a number. `unplaced` have no room for their name. `is_unique` is
    False for a template that may give several artworks the same name.
    """

    artworks: int
    looked_at: int
    files: int
    moving: int
    colliding: int
    shortened: int
    unplaced: int
    longest: int
    longest_path: str
    most_characters: int
    is_unique: bool
    examples: list[LayoutExample]
    fields: list[TemplateField]


class MoveBatch(Reply):
    """What a move job did. `left` of its files can be moved back."""

    id: int
    job_id: int | None
    layout: str  # as `PreviewLayout` takes it
    query: str
    ended_at: str
    undone_at: str | None
    files: int
    left: int


class Moves(Reply):
    """The newest first."""

    batches: list[MoveBatch]
    next_cursor: str | None


class MoveList(PageParameters):
    """A page of them."""

    limit: int = Field(20, ge=1, le=100)


class MovePath(Request):
    """The move of an address."""

    batch_id: Id
