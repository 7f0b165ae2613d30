"""The tables of the tracking database, one file per family. Words: docs/glossary.md."""

from artkeep.store.models.artworks import Artwork, ArtworkLink, Group, Record
from artkeep.store.models.base import Base, table_of
from artkeep.store.models.captions import Caption
from artkeep.store.models.files import ArtworkFile, Batch, File, Place, Root
from artkeep.store.models.instances import Budget, Instance
from artkeep.store.models.jobs import Job, JobEvent, JobPick, JobTally, JobTarget
from artkeep.store.models.library import (
    Duplicate,
    DuplicateGroup,
    SavedSearch,
    ToldApart,
    WordsDue,
)
from artkeep.store.models.tags import ArtworkTag, JobTag, SiteTag, Tag, TagChange
from artkeep.store.models.targets import Listing, SiteHold, Target, TargetArtwork
from artkeep.store.models.work import Failure, Work

__all__ = [
    "Artwork",
    "ArtworkFile",
    "ArtworkLink",
    "ArtworkTag",
    "Base",
    "Batch",
    "Budget",
    "Caption",
    "Duplicate",
    "DuplicateGroup",
    "Failure",
    "File",
    "Group",
    "Instance",
    "Job",
    "JobEvent",
    "JobPick",
    "JobTag",
    "JobTally",
    "JobTarget",
    "Listing",
    "Place",
    "Record",
    "Root",
    "SavedSearch",
    "SiteHold",
    "SiteTag",
    "Tag",
    "TagChange",
    "Target",
    "TargetArtwork",
    "ToldApart",
    "WordsDue",
    "Work",
    "table_of",
]
