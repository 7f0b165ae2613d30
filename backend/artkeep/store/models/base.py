"""What all tables share: types by annotation and stable names for constraints."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, LargeBinary, MetaData, Table, Text
from sqlalchemy.orm import DeclarativeBase

from artkeep.store.columns import JsonColumn, JsonDict, JsonList, UtcDateTime


class Base(DeclarativeBase):
    """The declarative base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        int: BigInteger,
        bytes: LargeBinary,
        datetime: UtcDateTime,
        JsonDict: JsonColumn,
        JsonList: JsonColumn,
    }


def table_of(model: type[Base]) -> Table:
    """The plain table of a model, for updates of many rows at once."""
    table = model.__table__
    assert isinstance(table, Table)
    return table
