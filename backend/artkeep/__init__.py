"""Artkeep downloads AI art complete, keeps what is known about it, and finds it again."""

__version__ = "0.1.0"
