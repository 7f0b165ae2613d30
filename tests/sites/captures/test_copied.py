"""Calls that browsers copy become requests, which go to their own service only."""

from __future__ import annotations

import pytest

from artkeep.sites.captures._copied import CopiedRequest, is_copied
from artkeep.sites.captures._text import Problem, read_text

URL = "https://api.nightcafe.studio/creations?query=user-liked&user=abc"


def copied(text: str) -> tuple[CopiedRequest, ...]:
    assert is_copied(text)
    reading = read_text(text)
    assert reading.problem is None
    assert reading.documents == ()
    return reading.requests


def test_fetch_as_chrome_copies_it() -> None:
    text = f"""fetch("{URL}", {{
      "headers": {{
        "accept": "*/*",
        "Authorization": "Bearer canary",
        "if-none-match": "W/\\"7\\""
      }},
      "referrer": "https://creator.nightcafe.studio/",
      "body": null,
      "method": "GET",
      "mode": "cors",
      "credentials": "include"
    }});"""
    (request,) = copied(text)
    assert (request.method, request.url, request.body) == ("GET", URL, None)
    assert request.headers == {
        "accept": "*/*",
        "authorization": "Bearer canary",
        "if-none-match": 'W/"7"',
    }
    assert (request.host, request.service and request.service.name) == (
        "api.nightcafe.studio",
        "nightcafe",
    )
    assert "canary" not in repr(request)


def test_several_calls_of_fetch_in_a_row() -> None:
    text = f'await fetch("{URL}");\nfetch("{URL}", {{"body":"{{}}","method":"POST"}}); ;\n'
    assert [(one.method, one.body) for one in copied(text)] == [("GET", None), ("POST", "{}")]


@pytest.mark.parametrize(
    "text",
    [
        f"curl '{URL}' \\\n  -H 'accept: */*' \\\n  -b 'a=canary' \\\n"
        '  --data-raw $\'{"q":"it\\\'s \\u0041"}\' --compressed',
        f'curl "{URL}" ^\n  -H "accept: */*" ^\n  -b "a=canary" ^\n'
        '  --data-raw "{\\"q\\":\\"it\'s A\\"}" --compressed',
        f'curl ^"{URL.replace("&", "^&")}^" ^\n  -H ^"accept: */*^" ^\n  -b ^"a=canary^" ^\n'
        '  --data-raw ^"^{^\\^"q^\\^":^\\^"it\'s A^\\^"^}^" --compressed',
        f"curl -X POST --url '{URL}' --header='accept: */*' --cookie a=canary "
        "-d '{\"q\":\"it'\\''s A\"}' --max-time 3",
    ],
    ids=["bash", "old cmd", "cmd", "by hand"],
)
def test_curl_as_browsers_copy_it(text: str) -> None:
    (request,) = copied(text)
    assert (request.method, request.url) == ("POST", URL)
    assert request.headers == {"accept": "*/*", "cookie": "a=canary"}
    assert request.body == '{"q":"it\'s A"}'
    assert "canary" not in repr(request)


def test_several_curls_in_a_row() -> None:
    text = f"$ curl '{URL}' ;\ncurl '{URL}' -H 'a: b' &\n"
    assert [one.headers for one in copied(text)] == [{}, {"a": "b"}]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/",
        "https://nightcafe.studio.example.org/",
        "https://api.nightcafe.studio@example.org/",
        "https://127.0.0.1/",
        "https://api.nightcafe.studio:8443/",
        "https://api.mage.space.evil.example/",
    ],
)
def test_a_request_to_anybody_else_goes_nowhere(url: str) -> None:
    """SE-9"""
    (request,) = copied(f'fetch("{url}")')
    assert request.service is None


@pytest.mark.parametrize(
    "text",
    [
        'fetch("http://api.nightcafe.studio/")',
        'fetch("file:///etc/passwd")',
        'fetch("/relative")',
        f'fetch("{URL}", {{"headers": {{"a": "b\\r\\nc: d"}}}})',
        f'fetch("{URL}", {{"method": "G ET"}})',
        f'fetch("{URL}", {{"method": "GET"',
        "curl http://api.nightcafe.studio/",
        "curl -H",
        "rm -rf ~; curl 'https://api.nightcafe.studio/'",
        f"curl '{URL}'; rm -rf ~",
    ],
)
def test_what_is_no_call_of_a_page_is_a_problem(text: str) -> None:
    """Nothing of it is ever run; what follows a request is not passed over in silence."""
    reading = read_text(text)
    assert reading.problem is not None
    assert reading.problem.code == "not_json"
    assert len(reading.requests) <= 1


def test_a_problem_behind_a_call_has_its_place() -> None:
    assert read_text(f'fetch("{URL}");\nalert(1)').problem == Problem("not_json", 2, 1)
