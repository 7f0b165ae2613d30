"""Every setting: what it is for, what it may be, and who may change it.

`load` reads them from `settings.toml` ← environment ← command line, `change` writes those that
the page may change. A key is changed over HTTP only when it is marked here (SE-14).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

import platformdirs
from pydantic import Field, PrivateAttr, field_validator

from artkeep.settings.section import OnPage, Section
from artkeep.settings.sites import BooruSite, Captures, Site, Sites

__all__ = ["BooruSite", "Captures", "OnPage", "Settings", "Site", "Sites", "Sources"]

PREFIX = "ARTKEEP_"


class Net(Section):
    """How we talk to the world."""

    proxy: Annotated[str | None, OnPage.AT_ONCE] = Field(
        None,
        description="Proxy for everything that is fetched: an http://, https:// or socks5:// "
        "address. Empty: the one that the system names, if any",
    )
    user_agent: Annotated[str | None, OnPage.AT_ONCE] = Field(
        None, description="The name that sites are given. Empty: Artkeep and its version"
    )
    allow_private: bool = Field(
        False, description="Let downloads reach private and loopback addresses (for tests)"
    )
    unlimited: bool = Field(
        False, description="Lift the politeness limits for loopback addresses only (for tests)"
    )
    time_scale: float = Field(
        1.0, gt=0, le=10, description="Shrinks back-off, lease and heartbeat times (for tests)"
    )
    requests_per_s: Annotated[float | None, OnPage.AT_ONCE] = Field(
        None,
        ge=0.01,
        le=50,
        description="How many questions a second each site is asked at most. Empty: what is "
        "known to suit the site",
    )

    @field_validator("user_agent")
    @classmethod
    def _fits_a_header(cls, value: str | None) -> str | None:
        if value and not (value.isascii() and value.isprintable()):
            raise ValueError("must be one line of plain letters, digits and signs")
        return value or None

    @field_validator("proxy")
    @classmethod
    def _is_proxy(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://", "socks5://", "socks5h://")):
            raise ValueError("must start with http://, https:// or socks5://")
        if value and not _has_host(value):
            raise ValueError("must look like http://host:port or socks5://host:port")
        return value or None


class Workers(Section):
    """How many artworks at a time."""

    download: Annotated[int, OnPage.AT_ONCE] = Field(
        5, ge=1, le=20, description="How many files are downloaded at a time, in new jobs"
    )
    tags: Annotated[int, OnPage.AT_ONCE] = Field(
        10, ge=1, le=20, description="How many tag look-ups run at a time"
    )
    embed: Annotated[int, OnPage.AT_ONCE] = Field(
        8, ge=1, le=20, description="How many files are written into at a time, in new jobs"
    )
    convert: Annotated[int | None, OnPage.AT_RESTART] = Field(
        None,
        ge=1,
        le=64,
        description="How many processes convert pictures. Empty: one per processor core",
    )
    examine: Annotated[int | None, OnPage.AT_RESTART] = Field(
        None,
        ge=0,
        le=64,
        description="How many processes decode pictures to prove them. 0: none. Empty: one per "
        "processor core",
    )


class Tags(Section):
    """How the tags are asked for that a site's visitors give."""

    method: Annotated[Literal["auto", "key", "page", "read"], OnPage.AT_ONCE] = Field(
        "auto",
        description="key: the site's own calls with your key. page: the same calls from "
        "inside a page of a browser. read: pages opened one by one. auto: the first of these "
        "that works",
    )
    requests_per_s: Annotated[float | None, OnPage.AT_ONCE] = Field(
        None,
        ge=0.01,
        le=50,
        description="How many tag questions a second at most; one may be about twenty "
        "artworks. Empty: what is known to suit the site",
    )


class Convert(Section):
    """What becomes of pictures that are converted, unless a job says otherwise."""

    format: Annotated[Literal["webp", "avif"], OnPage.AT_ONCE] = Field(
        "webp", description="The format that pictures are converted to"
    )
    quality: Annotated[int, OnPage.AT_ONCE] = Field(
        85, ge=1, le=100, description="How much of a picture is kept: 100 is most"
    )
    lossless: Annotated[bool, OnPage.AT_ONCE] = Field(
        False, description="Keep every pixel as it is; the files are larger"
    )
    originals: Annotated[Literal["keep", "trash", "delete"], OnPage.AT_ONCE] = Field(
        "keep",
        description="What becomes of the originals. keep: the new files go into a folder of "
        "their own. trash: the new file takes its place, the original can be restored for "
        "disk.trash_days. delete: it is gone once the new file is proven",
    )
    folder: Annotated[str, OnPage.AT_ONCE] = Field(
        "Converted",
        max_length=100,
        description="Folder of the library that converted files go into while originals are "
        "kept",
    )
    organise: Annotated[tuple[Literal["rating", "model", "author"], ...], OnPage.AT_ONCE] = (
        Field(
            (),
            description="Folders within that one, by rating, model version and author. Empty: "
            "as the originals lie",
        )
    )
    batch_size: Annotated[int, OnPage.AT_ONCE] = Field(
        100, ge=1, le=1000, description="How many files are taken up and settled together"
    )

    @field_validator("folder")
    @classmethod
    def _is_one_name(cls, value: str) -> str:
        name = value.strip()
        if not name or name.startswith(".") or any(one in name for one in '/\\:*?"<>|'):
            raise ValueError("must be one plain folder name")
        return name

    @field_validator("organise", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        words = value.split(",") if isinstance(value, str) else value
        if not isinstance(words, list | tuple):
            return words
        return [str(word).strip().lower() for word in words if str(word).strip()]


class Names(Section):
    """How new files are named, unless a job says otherwise."""

    layout: Annotated[
        Literal["organized", "classic", "dated", "dataset", "template"], OnPage.AT_ONCE
    ] = Field(
        "organized",
        description="How new files are laid out in the library, unless a job says otherwise. "
        "organized: by rating, model version and author. classic: as the classic downloader "
        "did. dated: by month. dataset: a folder for each target. template: as names.template "
        "says",
    )
    template: Annotated[str, OnPage.AT_ONCE] = Field(
        "", max_length=500, description="Folders and name of each file, from its fields"
    )
    classic_json: Annotated[bool, OnPage.AT_ONCE] = Field(
        False, description="In the classic layout, write a .json beside each file as well"
    )
    captions: Annotated[bool, OnPage.AT_ONCE] = Field(
        True,
        description="In the dataset layout, write a caption for training (.txt) beside each "
        "file, where there is none",
    )


class Ui(Section):
    """How we speak to people."""

    language: Annotated[Literal["auto", "en", "zh"], OnPage.AT_ONCE] = Field(
        "auto", description="Language of page and command line; auto follows the system"
    )
    welcomed: Annotated[bool, OnPage.AT_ONCE] = Field(
        False, description="The page's first questions were answered or passed over"
    )
    hosts: str | None = Field(
        None,
        pattern=r"^[a-z0-9.\[\]:, -]{1,1000}$",
        description="Further names, as name:port with commas between, under which the page may "
        "be opened: those of a tunnel or a proxy of yours. Any other name is refused",
    )


class Disk(Section):
    """Care for the disk."""

    keep_free: Annotated[int, OnPage.AT_ONCE] = Field(
        2**30,
        ge=0,
        le=2**53,  # what a browser counts exactly
        description="Bytes that always stay free on the library's disk; downloads stop before",
    )
    trash_days: Annotated[int, OnPage.AT_ONCE] = Field(
        7,
        ge=0,
        le=3650,
        description="Days that deleted files stay in the library's trash, from where they can "
        "be restored",
    )


@dataclass(frozen=True, slots=True)
class Sources:
    """Where values come from, by dotted name: which file says it, and the names that
    environment and command line fix."""

    files: Mapping[str, Path] = field(default_factory=dict)
    environment: frozenset[str] = frozenset()
    command_line: frozenset[str] = frozenset()

    def say(self, name: str) -> bool:
        """Whether a setting was made anywhere, be it to its default."""
        return name in self.files or name in self.environment or name in self.command_line


class Settings(Section):
    """The whole of `settings.toml`."""

    data_dir: Path = Field(description="Folder of database, settings and logs")
    library: Annotated[Path, OnPage.AT_ONCE] = Field(
        description="Folder that pictures and videos go to"
    )
    database_url: str | None = Field(
        None,
        description="Address of a PostgreSQL database. Empty: tracking_database.sqlite in the "
        "data folder",
    )
    safe_ratings: Annotated[
        tuple[Literal["PG", "PG-13", "R", "X", "XXX"], ...], OnPage.AT_ONCE
    ] = Field(("PG", "PG-13"), description="Rating levels that go into the SFW folder")
    net: Net = Net()
    sites: Sites = Sites()
    workers: Workers = Workers()
    tags: Tags = Tags()
    convert: Convert = Convert()
    names: Names = Names()
    disk: Disk = Disk()
    ui: Ui = Ui()

    _sources: Sources = PrivateAttr(default_factory=Sources)

    @field_validator("safe_ratings", mode="before")
    @classmethod
    def _by_commas(cls, value: object) -> object:
        # The environment knows text only: "PG,PG-13"; people also write pg13.
        words = value.split(",") if isinstance(value, str) else value
        if not isinstance(words, list | tuple):
            return words
        plain = [str(word).strip().upper() for word in words]
        return ["PG-13" if word == "PG13" else word for word in plain if word]

    @property
    def logs_dir(self) -> Path:
        """Where log files are kept."""
        return self.data_dir / "logs"

    @property
    def sources(self) -> Sources:
        """Where the values come from; empty for settings that no file was read for."""
        return self._sources

    def with_sources(self, sources: Sources) -> Settings:
        """The same, from there."""
        copied = self.model_copy()
        copied._sources = sources
        return copied

    def value_of(self, name: str) -> Any:
        """A value by its dotted name."""
        value: Any = self
        for part in name.split("."):
            is_booru = isinstance(value, Sites) and part not in Sites.model_fields
            value = value.of(part) if is_booru else getattr(value, part)
        return value

    def secrets(self) -> Iterator[str]:
        """Every secret value in plain text, for the redaction filter only."""
        for url in (self.database_url, self.net.proxy):
            password = password_in(url)
            if password:
                yield from {password, unquote(password)}
        for site in self.sites.configured.values():
            yield from site.secrets()
        if key := self.sites.captures.dezgo_key:
            yield key.get_secret_value()


def password_in(url: str | None) -> str | None:
    """The password that an address holds, as it is written there."""
    try:
        return urlsplit(url or "").password
    except ValueError:
        return None


def default_library() -> Path:
    """Where pictures go when nobody says so."""
    return Path(platformdirs.user_pictures_dir()) / "Artkeep"


def _has_host(address: str) -> bool:
    try:
        split = urlsplit(address)
        return bool(split.hostname) and split.port != 0
    except ValueError:
        return False
