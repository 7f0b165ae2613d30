"""Instances share the budgets of hosts, can be asked to leave, and number their commits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from artkeep.store.columns import JsonColumn

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.drop_table("budgets")  # nothing was ever counted in it
    op.create_table(
        "budgets",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.Column("factor", sa.Double(), nullable=False),
        sa.Column("halved_at", sa.Double(), nullable=False),
        sa.Column("parked_until", sa.Double(), nullable=False),
        sa.Column("parked_s", sa.Double(), nullable=False),
        sa.Column("parked_for", sa.Text(), nullable=False),
        sa.Column("lease_of", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Double(), nullable=False),
        sa.Column("users", JsonColumn, nullable=False),
        sa.PrimaryKeyConstraint("host", "lane", name="pk_budgets"),
    )
    op.add_column("instances", sa.Column("wanted", sa.Text(), nullable=True))
    op.add_column(
        "instances",
        sa.Column("commits", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
