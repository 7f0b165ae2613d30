"""What we wrote as captions beside files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from artkeep.store.models.base import Base


class Caption(Base):
    """A text that we wrote beside files of an artwork.

    Another one that lies there is somebody's own work, wherever the file has been moved since.
    """

    __tablename__ = "captions"

    artwork_id: Mapped[int] = mapped_column(
        ForeignKey("artworks.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(primary_key=True)  # of the file's bytes
    rules: Mapped[str]  # a digest of how it was made
    written_at: Mapped[datetime]
