"""One request for a page of a listing, and how later attempts differ from the first."""

from __future__ import annotations

from dataclasses import dataclass

from artkeep.domain.target import Target
from artkeep.settings import Site
from artkeep.sites._adapter import Listing
from artkeep.sites.civitai.api import Api
from artkeep.sites.civitai.parse import Context

# Errors are cached by address for minutes, and a late page that fails whole may come in parts.
_FIRST_OTHER_ATTEMPT = 2
_SMALLER_LIMITS = (100, 50, 20)


@dataclass(frozen=True, slots=True)
class Ask:
    """Which page of which listing is wanted, and which attempt it is, from 0."""

    api: Api
    site: Site
    target: Target
    listing: Listing
    cursor: str | None
    attempt: int

    @property
    def parameter(self) -> str:
        """What the listing filters by: `username`."""
        return self.listing.value.partition("=")[0]

    @property
    def value(self) -> str:
        """What it is filtered to: `lena`."""
        return self.listing.value.partition("=")[2]

    def option(self, name: str) -> str | None:
        """A fixed parameter of the listing, or something that it knows of its items."""
        return dict(self.listing.options).get(name)

    def limit(self, most: int) -> int:
        """How many items to ask for: fewer in late attempts."""
        if self.attempt < _FIRST_OTHER_ATTEMPT:
            return most
        step = min(self.attempt - _FIRST_OTHER_ATTEMPT, len(_SMALLER_LIMITS) - 1)
        return min(most, _SMALLER_LIMITS[step])

    @property
    def retry(self) -> int:
        """The number that makes the address a new one; 0 when it is not needed."""
        return self.attempt if self.attempt >= _FIRST_OTHER_ATTEMPT else 0

    def parameters(self, most: int, *fixed: str) -> dict[str, str | int]:
        """The request's parameters: the filter, the named options, limit and cursor."""
        asked: dict[str, str | int] = {self.parameter: self.value}
        asked |= {name: to for name, to in self.listing.options if name in fixed}
        asked["limit"] = self.limit(most)
        if self.cursor is not None:
            asked["cursor"] = self.cursor
        if self.retry:
            asked["_retry"] = self.retry
        return asked

    def context(self, *, is_own: bool = False) -> Context:
        """What the listing says of its items; whose they are only when that is proven."""
        version = self.value if self.parameter == "modelVersionId" else None
        return Context(
            self.api.base,
            self.site.media_url,
            author=self.author if is_own else None,
            version_id=version or self.option("only_version"),
            version_name=self.option("version_name"),
        )

    @property
    def author(self) -> str | None:
        """Whose artworks all of them should be, in a user's listing."""
        return self.value if self.parameter == "username" else self.option("author")
