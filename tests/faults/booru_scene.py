"""One person's Artkeep against a booru: real engine, real database, real library."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from tests.booru_site import BooruSite
from tests.faults.scene import Report, Scene
from tests.gallery import gallery

from artkeep.domain.target import Target, TargetKind
from artkeep.jobs.start import Options, layout_for, start_download
from artkeep.settings import BooruSite as BooruSettings
from artkeep.settings import Sites

SITE = "safebooru"


class BooruScene(Scene):
    """A fresh installation where two boorus are at one loopback address."""

    def __init__(self, folder: Path, site: BooruSite) -> None:
        with gallery() as unused:
            super().__init__(folder, unused)
        there = BooruSettings(base_url=site.url, media_url=site.url)
        sites = Sites.model_validate({SITE: there, "rule34": there})
        self.settings = self.settings.model_copy(update={"sites": sites})

    def fetch(self, value: str, kind: str = "search", **options: Any) -> Report:
        """Download a target of the booru."""
        target = Target(SITE, TargetKind(kind), value)
        told = Options(layout=layout_for(self.settings, targets=[target]), **options)
        with closing(self.open()) as store:
            started = store.transact(
                lambda connection: start_download(connection, [target], told)
            )
        return self.run(started.job_id)

    @property
    def ids(self) -> list[int]:
        """The posts whose files are in the library."""
        found = [path for path in self.library.rglob("*.png") if ".artkeep" not in path.parts]
        return sorted(int(path.stem) for path in found)
