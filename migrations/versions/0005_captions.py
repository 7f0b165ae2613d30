"""Captions beside files: what we wrote there, so that edits by hand are told apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from artkeep.store.columns import BigId, UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "captions",
        sa.Column("artwork_id", BigId, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artwork_id"],
            ["artworks.id"],
            name="fk_captions_artwork_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("artwork_id", "digest", name="pk_captions"),
    )
