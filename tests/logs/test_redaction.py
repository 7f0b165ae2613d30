"""Canaries: a secret in any shape must not come out."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from artkeep.logs.redaction import MARK, add_secret, is_secret_field, redact

SECRET = "cAn4ry+/=k3y&\"w'it\\h%signs"
CANARY = "CANARY-7f3a9c"


@pytest.fixture(autouse=True, scope="module")
def _known_secret() -> None:
    add_secret(SECRET)


@pytest.mark.parametrize(
    "shape",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET),
        quote_plus(SECRET),
        quote(SECRET, safe="").lower().replace(SECRET[:5].lower(), SECRET[:5]),
        json.dumps(SECRET),
        repr(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    ],
)
def test_a_known_secret_is_cut_out_in_every_shape(shape: str) -> None:
    shown = redact(f"before {shape} after")
    assert MARK in shown
    assert shape not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


@pytest.mark.parametrize("before", ["", "u", "us", "use", "user"])
def test_a_known_secret_is_found_inside_longer_base64(before: str) -> None:
    packed = base64.b64encode(f"{before}:{SECRET}:tail".encode()).decode()
    shown = redact(f"sent {packed}")
    inside = base64.b64encode(SECRET.encode()).decode()[8:20]
    assert MARK in shown
    assert inside not in shown
    assert len(shown) < len(packed)


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {CANARY}",
        f"authorization: Basic {CANARY}==",
        f"{{'Authorization': 'Bearer {CANARY}'}}",
        f'{{"Proxy-Authorization": "Digest username=\\"a\\", response=\\"{CANARY}\\""}}',
        f"(b'Cookie', b'a=1; session=\"{CANARY}\"')",
        f"<CIMultiDictProxy('Set-Cookie': 'sid={CANARY}; HttpOnly')>",
        f'Cookie: theme="dark"; sid={CANARY}',
        f"Set-Cookie: a=b; Path=/; x={CANARY}\r",
        f"https://site.test/a?token={CANARY}&page=2",
        f"https://site.test/a?page=2&key={CANARY}",
        f"https://site.test/a?api_key={CANARY}",
        f"https://site.test/a?API_KEY={CANARY}",
        f"https://site.test/a?sig={CANARY}#x",
        f"https://site.test/a?signature={CANARY}",
        f"https://s3.test/a?X-Amz-Signature={CANARY}&X-Amz-Date=1",
        f"https://s3.test/a?X-Amz-Credential={CANARY}%2Faws4",
        f"https://s3.test/a?X-Goog-Signature={CANARY}",
        f"next=https%3A%2F%2Fsite.test%3Ftoken%3D{CANARY}%26page%3D2",
        f"postgresql+psycopg://artkeep:{CANARY}@db.test/artkeep",
        f"proxy socks5h://me:{CANARY}@p@127.0.0.1:1080 refused",
        f'{{"api_key": "{CANARY} with spaces"}}',
        f'"{{\\"api_key\\": \\"{CANARY}\\"}}"',
        f"x-api-key: {CANARY}",
        f"password = '{CANARY}'",
        f"access_token={CANARY}",
        f"refreshToken: {CANARY}",
        f"bearer%20{CANARY}",
        f"eyJhbGciOiJIUzI1NiJ9.{CANARY}abcdef.sgn",
    ],
)
def test_an_unknown_secret_is_known_by_its_surroundings(text: str) -> None:
    shown = redact(text)
    assert CANARY not in shown
    assert MARK in shown
    assert redact(shown) == shown


def test_the_rest_of_a_link_stays_readable() -> None:
    shown = redact(
        f"GET https://site.test/post.json?tags=sky&api_key={CANARY}&limit=100 gave 403"
    )
    assert (
        shown == f"GET https://site.test/post.json?tags=sky&api_key={MARK}&limit=100 gave 403"
    )


@pytest.mark.parametrize(
    "text",
    [
        "page listed: 100 artworks, cursor 12|345",
        "primary key: 5 rows; the author wrote tokens, keywords and a signature style",
        "https://site.test/images/1234.jpeg?width=450",
        "postgresql://artkeep@db.test/artkeep",
        "civitai.com wants an API key: put it into secrets.toml",
        "12:30:01 mail me@example.test",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_a_very_short_value_is_no_secret() -> None:
    add_secret("at")
    assert redact("cat at the gate") == "cat at the gate"


def test_hostile_text_takes_no_longer_than_its_length_allows() -> None:
    text = "a-" * 20_000 + "://" + "token" * 5_000 + '"' * 5_000
    assert len(redact(text)) == len(text)


@pytest.mark.parametrize("name", ["api_key", "token", "Authorization", "set-cookie", "cookies"])
def test_a_field_that_names_a_secret_is_known(name: str) -> None:
    assert is_secret_field(name)
    assert not is_secret_field(f"{name}_count")
