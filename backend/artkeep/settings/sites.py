"""The sites: other addresses for them, your keys, and boorus of your own."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Annotated, Self, get_args
from urllib.parse import parse_qs

from pydantic import ConfigDict, Field, SecretStr, field_validator, model_validator

from artkeep.settings.boorus import KNOWN_BOORUS, Engine
from artkeep.settings.section import OnPage, Section

_SITE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,30}")


def _plain_secret(value: SecretStr | None) -> SecretStr | None:
    secret = value.get_secret_value().strip() if value else ""
    if not secret:
        return None
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise ValueError("must be plain letters, digits and signs without spaces")
    return SecretStr(secret)


class Site(Section):
    """One site: other addresses for it, and your key."""

    base_url: str | None = Field(
        None, description="Address of the site or its API. Empty: the site's own"
    )
    media_url: str | None = Field(
        None, description="Address of its media server. Empty: the site's own"
    )
    api_key: Annotated[SecretStr | None, OnPage.AT_ONCE] = Field(
        None,
        description="Your key for this site. It is sent to this site only, and kept out of "
        "logs, database and files",
    )

    cookie: Annotated[SecretStr | None, OnPage.AT_ONCE] = Field(
        None,
        description="Your login for this site as its session cookie, copied from a browser "
        "where you are logged in. Sent to this site only; a key is better where you have one",
    )

    @field_validator("base_url", "media_url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/") if value else None

    _is_printable = field_validator("api_key", "cookie")(_plain_secret)

    def secrets(self) -> Iterator[str]:
        """Every secret value in plain text, for the redaction filter only."""
        for secret in (self.api_key, self.cookie):
            if secret:
                yield secret.get_secret_value()


class BooruSite(Site):
    """A booru: one that is known by name, or one of your own."""

    engine: Engine | None = Field(
        None,
        description="For a booru of your own: the program that runs it. gelbooru02, danbooru, "
        "moebooru, e621, philomena, szurubooru or shimmie2",
    )
    user: Annotated[str | None, OnPage.AT_ONCE] = Field(
        None,
        max_length=100,
        description="The name or number of the account that the key belongs to, where the "
        "site asks for both; user_id is understood as well",
    )

    @field_validator("user", mode="before")
    @classmethod
    def _is_one_word(cls, value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)  # a number in the file
        if not isinstance(value, str):
            return value
        word = value.strip()
        if not word.isprintable() or ":" in word:
            raise ValueError("must be one plain name or number")
        return word or None

    @property
    def login(self) -> tuple[str | None, str | None]:
        """User and key, in plain text. The pages of some sites show both as
        `&api_key=…&user_id=…`: that, pasted as the key, is taken apart here."""
        key = self.api_key.get_secret_value() if self.api_key else None
        if key is None or "api_key=" not in key:
            return self.user, key
        told = parse_qs(key.partition("?")[2] or key.lstrip("&"))
        user = next(iter(told.get("user_id", ())), None)
        return user or self.user, next(iter(told.get("api_key", ())), None)

    def secrets(self) -> Iterator[str]:
        yield from super().secrets()
        key = self.login[1]
        if key:
            yield key


class Captures(Section):
    """The services whose captures are imported."""

    media_url: str | None = Field(
        None,
        pattern=r"^https?://[^/]+$",
        description="Address of one server in place of all media servers of the services whose "
        "captures are imported (for tests). Empty: their own",
    )
    at_once: Annotated[bool, OnPage.AT_ONCE] = Field(
        False,
        description="Import what the browser extension picks up at once, instead of letting it "
        "wait in the Import tab until it was looked at",
    )
    dezgo_key: Annotated[SecretStr | None, OnPage.AT_ONCE] = Field(
        None,
        description="Your Dezgo key, without which Dezgo does not hand out your pictures. It "
        "is sent to this service only, and kept out of logs, database and files",
    )

    _is_printable = field_validator("dezgo_key")(_plain_secret)


class Sites(Section):
    """The sites that can be configured; every further name is a booru."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, BooruSite]

    civitai: Site = Site()
    captures: Captures = Captures()

    @model_validator(mode="after")
    def _names_are_sites(self) -> Self:
        for name, booru in self._boorus.items():
            if name in KNOWN_BOORUS:
                if booru.engine is not None:
                    raise ValueError(f"{name} is known: leave its engine out")
                continue
            if not _SITE_NAME.fullmatch(name):
                raise ValueError(
                    f"{name[:40]!r} is no name for a site: use small letters, digits, _ and -"
                )
            if booru.engine is None or booru.base_url is None:
                near = difflib.get_close_matches(name, ["civitai", *KNOWN_BOORUS], n=1)
                hint = f" Did you mean sites.{near[0]}?" if near else ""
                raise ValueError(
                    f"there is no site called {name}.{hint} A booru of your own needs "
                    f"sites.{name}.engine ({', '.join(get_args(Engine))}) and "
                    f"sites.{name}.base_url"
                )
        return self

    def of(self, name: str) -> Site:
        """What is configured for a site; those of captures share one server for tests."""
        known = getattr(self, name, None)
        if isinstance(known, Site):
            return known
        if name in KNOWN_BOORUS:
            return self.booru(name)
        key = self.captures.dezgo_key if name == "dezgo" else None
        return Site(media_url=self.captures.media_url, api_key=key)

    def booru(self, name: str) -> BooruSite:
        """What is configured for a booru."""
        return self._boorus.get(name) or BooruSite()

    @property
    def own(self) -> tuple[str, ...]:
        """The names of the boorus that are known by these settings only."""
        return tuple(name for name in self._boorus if name not in KNOWN_BOORUS)

    @property
    def configured(self) -> dict[str, Site]:
        """What there is something to say about, by name."""
        return {"civitai": self.civitai, **self._boorus}

    @property
    def _boorus(self) -> dict[str, BooruSite]:
        return self.__pydantic_extra__ or {}
