"""Where a listed address or a redirect leads: never to this machine or network (SE-9)."""

from __future__ import annotations

import pytest
from tests.faults.scene import Scene
from tests.faulty_answers import redirect
from tests.gallery import Gallery


@pytest.mark.parametrize(
    "where",
    [
        "http://127.0.0.1:{other}/secret",
        "http://localhost:{other}/secret",
        "http://[::1]:{other}/secret",
        "http://2130706433:{other}/secret",
        "http://192.168.1.1/router",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "//evil.test/x",
        "http://user:secret@127.0.0.1:{other}/x",
    ],
)
def test_a_redirect_to_a_forbidden_address_is_refused(
    scene: Scene, site: Gallery, other_site: Gallery, where: str
) -> None:
    (evil, good) = site.add("lena", 2)
    site.media(evil, redirect(where.format(other=other_site.server.port)))

    report = scene.get("lena")

    assert scene.failure(evil) == "redirect_refused"
    assert "Refused redirect" in report.words
    assert len(site.asked(evil)) == 1
    assert other_site.server.connections == 0
    scene.require_exactly([good])


def test_redirects_in_circles_end(scene: Scene, site: Gallery) -> None:
    (dizzy,) = site.add("lena")
    site.media(dizzy, redirect(f"{site.url}{dizzy.path('width=450')}"))
    site.media(dizzy, redirect(f"{site.url}{dizzy.path()}"), rung="width=450")

    scene.get("lena")

    assert scene.failure(dizzy) == "redirect_loop"
    assert len(site.asked(dizzy)) == 2


def test_a_listed_address_on_a_strange_host_is_never_asked(
    scene: Scene, site: Gallery, other_site: Gallery
) -> None:
    foreign = {"url": f"{other_site.url}/x/original=true/x.jpeg"}
    (evil, good) = (*site.add("lena", changes=foreign), *site.add("lena"))

    report = scene.get("lena")

    assert scene.failure(evil) == "address_refused"
    assert report.state == "incomplete"
    assert other_site.server.connections == 0
    scene.require_exactly([good])


@pytest.mark.parametrize(
    "address",
    ["", None, 7, "file:///etc/passwd", "javascript:alert(1)", "http://", "\x00", "../../x"],
)
def test_an_odd_media_address_costs_one_artwork(
    scene: Scene, site: Gallery, address: object
) -> None:
    (odd, good) = (*site.add("lena", changes={"url": address}), *site.add("lena"))

    report = scene.get("lena")

    assert report.state == "incomplete"
    assert scene.failure(odd) in ("no_media_url", "address_refused")
    scene.require_exactly([good])
