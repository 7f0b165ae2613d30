"""The faulty server itself, as other tests use it."""

from __future__ import annotations

import urllib.request

from tests import faulty_answers as answers
from tests.faulty import in_thread


def test_it_serves_programs_without_a_loop() -> None:
    with in_thread() as server:
        server.on("/a", answers.reply(b"first"), answers.reply(b"then"))
        bodies = []
        for _ in range(3):
            with urllib.request.urlopen(server.url("/a?x=1")) as reply:
                bodies.append(reply.read())

    assert bodies == [b"first", b"then", b"then"]
    assert [request.query for request in server.requests_to("/a")] == ["x=1"] * 3
