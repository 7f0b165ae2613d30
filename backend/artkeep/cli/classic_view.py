"""What a classic run says while it runs: a bar on a terminal, a line for each page."""

from __future__ import annotations

from artkeep.cli.classic_result import Result
from artkeep.cli.output import ProgressView, clean
from artkeep.jobs.progress import Progress


class PageLines(ProgressView):
    """One identifier's pages as they are listed."""

    def __init__(self, value: str) -> None:
        super().__init__(as_json=False)
        self._value = clean(value)
        self._pages = 0

    def show(self, progress: Progress) -> None:
        """A line when another page was listed, and the bar where there is one."""
        self.show_pages(progress)
        if self._bars is not None:
            super().show(progress)

    def show_pages(self, progress: Progress) -> None:
        """The line alone."""
        listings = [one for target in progress.targets for one in target.listings]
        pages = sum(int(one["pages"]) for one in listings)
        if pages == self._pages:
            return
        self._pages = pages
        seen = sum(
            int(one[what]) for one in listings for what in ("new", "repeated", "rejected")
        )
        print(
            f"{self._value} - page {pages}: downloaded {progress.done}, "
            f"skipped {progress.skipped + progress.have}, API items {seen}",
            flush=True,
        )


def show_end(result: Result) -> None:
    """The block at the end of an identifier."""
    print(
        f"Finished {result.mode.word_in_lists}: {clean(result.value)} - "
        f"{clean(result.status)}. API items {result.items}, downloaded {result.downloaded}, "
        f"skipped or failed {result.skipped}, without metadata {result.bare}",
        flush=True,
    )
