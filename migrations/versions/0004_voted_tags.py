"""Tags with votes: what sites call them, what changed, and what a job has found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from artkeep.store.columns import BigId, JsonColumn, UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("artworks", sa.Column("tagged_at", UtcDateTime(), nullable=True))
    op.add_column("artworks", sa.Column("tagged_by", sa.BigInteger(), nullable=True))
    op.create_index("ix_artworks_tagged", "artworks", ["tagged_by", "tagged_at"])
    op.create_table(
        "site_tags",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("site_tag_id", sa.Text(), nullable=False),
        sa.Column("tag_id", BigId, nullable=False),
        sa.Column("display", sa.Text(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name="fk_site_tags_tag_id"),
        sa.PrimaryKeyConstraint("site", "site_tag_id", name="pk_site_tags"),
    )
    op.create_table(
        "tag_changes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("artwork_id", BigId, nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("added", JsonColumn, nullable=True),
        sa.Column("removed", JsonColumn, nullable=True),
        sa.Column("voted", JsonColumn, nullable=True),
        sa.ForeignKeyConstraint(
            ["artwork_id"],
            ["artworks.id"],
            name="fk_tag_changes_artwork_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tag_changes"),
    )
    op.create_index("ix_tag_changes_artwork_id_id", "tag_changes", ["artwork_id", "id"])
    op.create_index("ix_tag_changes_job_id_id", "tag_changes", ["job_id", "id"])
    op.create_table(
        "job_tags",
        sa.Column("job_id", BigId, nullable=False),
        sa.Column("tag_id", BigId, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_job_tags_job_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name="fk_job_tags_tag_id"),
        sa.PrimaryKeyConstraint("job_id", "tag_id", name="pk_job_tags"),
    )
