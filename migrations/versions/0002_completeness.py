"""Walks know what they stand in for and where they may go on; targets can be watched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from artkeep.store.columns import BigId, JsonColumn, UtcDateTime

revision = "0002"
down_revision = "0001"

_LISTINGS = (
    sa.Column("parent_id", BigId, nullable=True),
    sa.Column("is_substitute", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("is_optional", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("claims", sa.BigInteger(), nullable=True),
    sa.Column("before", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    sa.Column("holes", JsonColumn, nullable=True),
    sa.Column("tail", JsonColumn, nullable=True),
    sa.Column("whole_at", UtcDateTime(), nullable=True),
)
_TARGETS = (
    sa.Column("is_watched", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("check_every_s", sa.BigInteger(), nullable=True),
    sa.Column("next_check_at", UtcDateTime(), nullable=True),
    sa.Column("watch_note", sa.Text(), nullable=True),
)


def upgrade() -> None:
    for column in _LISTINGS:
        op.add_column("listings", column)
    op.create_index(
        "ix_listings_open", "listings", ["job_id", "target_id", "ended", "position"]
    )
    for column in _TARGETS:
        op.add_column("targets", column)
    op.add_column("target_artworks", sa.Column("seen_by", sa.BigInteger(), nullable=True))
    op.create_table(
        "site_holds",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("sample", sa.Text(), nullable=True),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("site", name="pk_site_holds"),
    )
