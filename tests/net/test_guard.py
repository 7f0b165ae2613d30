"""Where we may connect to (SE-9): URLs, names that lie, peers that are not what was checked."""

from __future__ import annotations

import pytest
from tests import faulty_answers as answers
from tests.faulty import FaultyServer
from yarl import URL

from artkeep.net.client import Client, HostPolicy
from artkeep.net.guard import AddressRefused, Guard, is_global
from artkeep.net.retry import FetchFailed
from artkeep.settings import Net


def words(text: str) -> list[str]:
    """One test case for each word."""
    return text.split()


POLICY = HostPolicy(
    hosts=frozenset({"civitai.com", ".civitai.com", "93.184.215.14"}),
    origins=frozenset({"http://127.0.0.1:8123", "http://nas.local:8080"}),
)
GUARD = Guard([POLICY])
TEST_GUARD = Guard([POLICY], allow_private=True)

PRIVATE = words(
    """
    0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1
    172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1
    203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1
    ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::808:808
    100::1 2001:0:7f00:1::1 2001:db8::1 2002:7f00:1:: 2002:c0a8:101:: 3fff::1 fc00::1
    fd12::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 127.1 0177.0.0.1 2130706433
    """
)
PUBLIC = words(
    """
    8.8.8.8 93.184.215.14 2606:4700::1 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::1
    """
)

REFUSED = words(
    """
    ftp://civitai.com/ file:///etc/passwd ws://civitai.com/ http://civitai.com:8080/
    https://civitai.com:22/ http://civitai.com:0/ https://user:pw@civitai.com/
    https://user@civitai.com/ https://evil.example/ https://notcivitai.com/
    https://civitai.com.evil.example/ https://civitai.com%00.evil.example/
    https://evilcivitai.com/ https://localhost/ http://8.8.8.8/ http://127.0.0.1/
    http://127.0.0.1:8124/ https://127.0.0.1:8123/ http://127.1/ http://0x7f.1/
    http://2130706433/ http://0177.0.0.1/ http://0/ http://127.0.0.1./
    http://0x7f000001/ http://①②⑦.⓪.⓪.①/ http://127。0。0。1/ http://[::1]/
    http://[::ffff:127.0.0.1]/ http://[fe80::1%25lo]/ http://[64:ff9b::7f00:1]/
    http://1.civitai.com.0x7f/ http://nas.local/
    """
)
ALLOWED = words(
    """
    https://civitai.com/ http://CIVITAI.com:80/x https://image.civitai.com/a
    https://civitai.com./ https://a.b.civitai.com/ http://127.0.0.1:8123/x
    http://nas.local:8080/ http://93.184.215.14/
    """
)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_in_any_wrapping_is_not_public(address: str) -> None:
    assert not is_global(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_public(address: str) -> None:
    assert is_global(address)


@pytest.mark.parametrize("url", REFUSED)
def test_a_url_that_leads_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        GUARD.check_url(URL(url))

    assert caught.value.reason == "address_refused"
    assert caught.value.rule.retry == "no"


@pytest.mark.parametrize("url", ALLOWED)
def test_a_url_of_a_known_site_is_allowed(url: str) -> None:
    GUARD.check_url(URL(url))

    assert GUARD.policy_for(URL(url)) is POLICY


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9999/",
        "http://[::1]:9999/",
        "http://localhost:9999/",
        "http://10.0.0.1/",
    ],
)
def test_the_test_switch_lets_private_addresses_pass(url: str) -> None:
    TEST_GUARD.check_url(URL(url))

    assert TEST_GUARD.policy_for(URL(url)) is None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "http://user@127.0.0.1/",
        "http://8.8.8.8/",
        "http://127.1/",
        "http://127.0.0.1:0/",
    ],
)
def test_the_test_switch_lifts_nothing_else(url: str) -> None:
    with pytest.raises(FetchFailed, match="Refused"):
        TEST_GUARD.check_url(URL(url))


def test_an_unlisted_name_must_be_private_under_the_test_switch() -> None:
    TEST_GUARD.check_addresses("localhost", 80, ["127.0.0.1", "::1"])

    with pytest.raises(AddressRefused):
        TEST_GUARD.check_addresses("evil.example", 80, ["127.0.0.1", "8.8.8.8"])


def test_a_proxy_cannot_be_asked_for_unlisted_names() -> None:
    guard = Guard([POLICY], allow_private=True)

    with pytest.raises(FetchFailed):
        guard.check_url(URL("http://evil.example/"), is_proxied=True)


def test_all_addresses_of_a_name_count() -> None:
    GUARD.check_addresses("civitai.com", 443, ["104.22.18.237", "2606:4700::1"])

    with pytest.raises(AddressRefused):
        GUARD.check_addresses("civitai.com", 443, ["104.22.18.237", "192.168.1.1"])


def test_only_the_checked_private_peers_are_accepted() -> None:
    guard = Guard([POLICY])
    guard.check_peer("104.22.18.237", 443)
    guard.check_peer("127.0.0.1", 8123)
    guard.check_addresses("nas.local", 8080, ["192.168.1.9"])
    guard.check_peer("192.168.1.9", 8080)

    for peer in (("127.0.0.1", 8124), ("192.168.1.9", 22), ("::1", 443)):
        with pytest.raises(AddressRefused):
            guard.check_peer(*peer)


class Rebinding:
    """A name server whose answers change: harmless first, then our own machine."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def lookup(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def test_a_name_that_leads_to_this_machine_is_refused(server: FaultyServer) -> None:
    names = Rebinding(["127.0.0.1"])
    async with Client(Net(), [POLICY], lookup=names.lookup) as client:
        with pytest.raises(FetchFailed) as caught:
            await client.get_json("http://civitai.com/api")

    assert caught.value.reason == "address_refused"
    assert "private address" in str(caught.value)
    assert names.asked == [("civitai.com", 80)]


async def test_the_connection_goes_to_the_address_that_was_checked(
    server: FaultyServer,
) -> None:
    """A second look-up would give another address: there is none."""
    policy = HostPolicy(origins=frozenset({server.url("", host="sample.test")}))
    server.on("/api", answers.json_reply("here"))
    names = Rebinding(["127.0.0.1"], ["127.0.0.99"])
    async with Client(Net(), [policy], lookup=names.lookup) as client:
        first = await client.get_json(server.url("/api", host="sample.test"))
        second = await client.get_json(server.url("/api", host="sample.test"))

    assert (first, second) == ("here", "here")
    assert names.asked == [("sample.test", server.port)]
    assert server.requests[0].headers["host"] == f"sample.test:{server.port}"


async def test_a_peer_that_was_not_checked_gets_no_request(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Guard, "check_url", lambda *_, **__: None)
    async with Client(Net(), [POLICY]) as client:
        with pytest.raises(FetchFailed) as caught:
            await client.get_json(server.url("/api"))

    assert caught.value.reason == "address_refused"
    assert server.requests == []


async def test_a_name_without_address_is_not_found() -> None:
    async def no_such_name(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    async with Client(Net(), [POLICY], lookup=no_such_name) as client:
        with pytest.raises(FetchFailed) as caught:
            await client.get_json("https://civitai.com/api")

    assert (caught.value.reason, caught.value.host) == ("dns", "civitai.com")
    assert str(caught.value).startswith("Cannot find host civitai.com")


@pytest.mark.parametrize(
    "text", ["", "civitai.com", "http://", "http://[::1", "http://h:99999/"]
)
async def test_what_is_no_url_is_refused(client: Client, text: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        await client.get_json(text)

    assert caught.value.reason == "address_refused"
