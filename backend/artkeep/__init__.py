"""Artkeep downloads AI art complete, keeps what is known about it, and finds it again.

From Python: `await artkeep.scrape("…")` and `artkeep.find("…")`, see docs/python.md.
"""

__version__ = "0.1.0"

_FROM_PYTHON = (
    "scrape",
    "find",
    "ScrapeResult",
    "FailedArtwork",
    "FoundArtwork",
    "FoundArtworks",
)
__all__ = ["__version__", *_FROM_PYTHON]


def __getattr__(name: str) -> object:
    """What is for notebooks is loaded when it is used: the program starts without it."""
    if name not in _FROM_PYTHON:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("artkeep.notebook"), name)
