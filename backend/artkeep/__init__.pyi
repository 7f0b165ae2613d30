# What `__init__.py` loads when it is used, for type checkers and editors.
from artkeep.notebook import FailedArtwork as FailedArtwork
from artkeep.notebook import FoundArtwork as FoundArtwork
from artkeep.notebook import FoundArtworks as FoundArtworks
from artkeep.notebook import ScrapeResult as ScrapeResult
from artkeep.notebook import find as find
from artkeep.notebook import scrape as scrape

__version__: str
