"""Asking pixiv as its app does: a refresh token gives an access token, good for an hour.

The refresh token is a key like any other (kept in the settings); the access token is kept in
memory only. Id, secret and salt are those of the app, the same for everybody.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from artkeep.errors import AuthRequired
from artkeep.net.retry import FetchFailed
from artkeep.settings import BooruSite

if TYPE_CHECKING:
    from artkeep.net.client import Client

API_ROOT = "https://app-api.pixiv.net"
LOGIN_ROOT = "https://oauth.secure.pixiv.net"
_APP = {
    "User-Agent": "PixivIOSApp/7.20.6 (iOS 17.4.1; iPhone14,7)",
    "App-OS": "ios",
    "App-OS-Version": "17.4.1",
    "App-Version": "7.20.6",
    "Accept-Language": "en",  # for the translations of tags
}
_CLIENT_ID = "MOBrBDS8blbauoSck0ZfDbtuzpyT"
_CLIENT_SECRET = "lsACyCD94FhDUtGTXi3QzcFE2uU1hqtDaKeqrdwj"
_SALT = "28c1fdd170a5204386cb1313c7077b34f83e4aaf4aa829ce78c231e05b0bae2c"
_PAUSE_S = 300.0
_EARLY_S = 60.0  # an access token is not used in its last minute
_ADVICE = (
    "Set sites.pixiv.api_key to the refresh token of an account; docs/settings.md says where "
    "it comes from."
)


@dataclass(frozen=True, slots=True)
class Login:
    """An access token and whose it is. `good_until` is on the monotonic clock."""

    token: str
    user_id: str
    user_name: str
    good_until: float


class PixivApi:
    """Remembers the access token for as long as it is good, and nothing else."""

    def __init__(self, site: BooruSite) -> None:
        self._site = site
        self._login: Login | None = None

    async def get(self, client: Client, path: str, wanted: Mapping[str, str | int]) -> Any:
        """The reply of `/v1/…` as an object. Raises AuthRequired, FetchFailed (`rate_limited`
        for pixiv's own words for it)."""
        login = await self.login(client)
        try:
            reply = await self._get(client, path, wanted, login)
        except FetchFailed as failed:
            if not _is_stale(failed):
                raise _explained(failed) from failed
            self._login = None
            login = await self.login(client)
            try:
                reply = await self._get(client, path, wanted, login)
            except FetchFailed as again:
                raise _explained(again) from again
        if not isinstance(reply, dict):
            raise FetchFailed("unknown_shape", detail="no object")
        return reply

    async def _get(
        self, client: Client, path: str, wanted: Mapping[str, str | int], login: Login
    ) -> Any:
        headers = {**_APP, "Authorization": f"Bearer {login.token}"}
        return await client.get_json(
            f"{self._site.base_url or API_ROOT}{path}", wanted, headers=headers
        )

    async def login(self, client: Client) -> Login:
        """The account's login. Raises AuthRequired without a token, or with one that pixiv does
        not take."""
        if self._login is not None and time.monotonic() < self._login.good_until:
            return self._login
        key = self._site.api_key
        if key is None:
            raise AuthRequired("pixiv shows its works to accounts only.", advice=_ADVICE)
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        headers = {
            **_APP,
            "X-Client-Time": moment,
            "X-Client-Hash": hashlib.md5((moment + _SALT).encode()).hexdigest(),
        }
        fields = {
            "client_id": _CLIENT_ID,
            "client_secret": _CLIENT_SECRET,
            "grant_type": "refresh_token",
            "refresh_token": key.get_secret_value(),
            "get_secure_url": "1",
        }
        url = f"{self._site.base_url or LOGIN_ROOT}/auth/token"
        try:
            reply = await client.post_form(url, fields, headers=headers)
        except FetchFailed as failed:
            if failed.reason in ("request_refused", "unauthorized"):
                words = "pixiv does not take this refresh token (any more)."
                raise AuthRequired(words, advice=_ADVICE) from failed
            raise _explained(failed) from failed
        self._login = read_login(reply)
        return self._login


def read_login(reply: Any) -> Login:
    """What came for a refresh token. Raises FetchFailed."""
    told: Any = reply.get("response", reply) if isinstance(reply, dict) else None
    try:
        token, user, lasts_s = told["access_token"], told["user"], int(told["expires_in"])
        user_id, name = str(user["id"]), str(user.get("name") or user["id"])
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise FetchFailed("unknown_shape", detail="no access token") from error
    return Login(str(token), user_id, name, time.monotonic() + lasts_s - _EARLY_S)


def _is_stale(failed: FetchFailed) -> bool:
    """Whether the access token has run out; the words are pixiv's own."""
    is_refused = failed.reason in ("request_refused", "unauthorized")
    return is_refused and "OAuth" in _words(failed)


def _explained(failed: FetchFailed) -> FetchFailed:
    """Too many questions are answered with 403; five minutes later all is well again."""
    if failed.reason == "not_permitted" and "rate limit" in _words(failed).lower():
        return FetchFailed(
            "rate_limited",
            host=failed.host,
            http_status=failed.http_status,
            retry_after_s=max(_PAUSE_S, failed.retry_after_s or 0),
        )
    return failed


def _words(failed: FetchFailed) -> str:
    body = failed.body if isinstance(failed.body, dict) else {}
    error = body.get("error")
    told = error if isinstance(error, dict) else {"message": error}
    return " ".join(str(told.get(name) or "") for name in ("message", "user_message", "reason"))
