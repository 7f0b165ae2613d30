"""Alembic's entry: the program hands in its connection; a shell sets ARTKEEP_DATABASE_URL."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import Connection, create_engine

from artkeep.store.models import Base


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    # The caller owns the transaction: all steps land together or not at all (MI-16).
    context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine(os.environ["ARTKEEP_DATABASE_URL"]).begin() as opened:
        run(opened)
