"""What every section of the settings is built on."""

from __future__ import annotations

from enum import Enum

from pydantic import BaseModel, ConfigDict


class OnPage(Enum):
    """A setting that the page may change, and when that takes effect. Without this mark only
    file, environment and command line may: what names programs, addresses to listen on or to
    trust, and everything that is for tests."""

    AT_ONCE = "at once"
    AT_RESTART = "at the next start"


class Section(BaseModel):
    """Settings under one name."""

    model_config = ConfigDict(extra="forbid", frozen=True)
