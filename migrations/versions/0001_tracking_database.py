"""The tracking database: every table, and the views that older scripts read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from artkeep.store.columns import BigId, JsonColumn, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "budgets",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("interval", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_budgets"),
    )
    op.create_table(
        "groups",
        sa.Column("id", BigId, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("page_url", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("posted_at", UtcDateTime(), nullable=True),
        sa.Column("expected_count", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_groups"),
        sa.UniqueConstraint("site", "site_id", name="uq_groups_site_site_id"),
    )
    op.create_table(
        "instances",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("host_id", sa.Text(), nullable=False),
        sa.Column("host_name", sa.Text(), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("process_started", sa.Text(), nullable=False),
        sa.Column("port", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("protocol", sa.BigInteger(), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_instances"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("params", JsonColumn, nullable=False),
        sa.Column("query", sa.Text(), nullable=True),
        sa.Column("then", JsonColumn, nullable=True),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wanted_state", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("reasons", JsonColumn, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_signature", "jobs", ["signature"], unique=False)
    op.create_index("ix_jobs_state", "jobs", ["state"], unique=False)
    op.create_table(
        "roots",
        sa.Column("id", BigId, nullable=False),
        sa.Column("marker", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_roots"),
        sa.UniqueConstraint("marker", name="uq_roots_marker"),
    )
    op.create_table(
        "tags",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        sa.UniqueConstraint("name", "category", name="uq_tags_name_category"),
    )
    op.create_table(
        "targets",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("filters", JsonColumn, nullable=False),
        sa.Column("filters_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("site_claims", sa.BigInteger(), nullable=True),
        sa.Column("site_claims_what", sa.Text(), nullable=True),
        sa.Column("unreachable", JsonColumn, nullable=True),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_targets"),
        sa.UniqueConstraint("key", "filters_key", name="uq_targets_key_filters_key"),
    )
    op.create_table(
        "artworks",
        sa.Column("id", BigId, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("group_id", BigId, nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("page_url", sa.Text(), nullable=False),
        sa.Column("media_url", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("author_id", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("rating", sa.BigInteger(), nullable=True),
        sa.Column("posted_at", UtcDateTime(), nullable=True),
        sa.Column("width", sa.BigInteger(), nullable=True),
        sa.Column("height", sa.BigInteger(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("base_model", sa.Text(), nullable=True),
        sa.Column("version_id", sa.Text(), nullable=True),
        sa.Column("version_name", sa.Text(), nullable=True),
        sa.Column("prompt", sa.Text(), nullable=True),
        sa.Column("negative_prompt", sa.Text(), nullable=True),
        sa.Column("seed", sa.Text(), nullable=True),
        sa.Column("generation", JsonColumn, nullable=True),
        sa.Column("blurhash", sa.Text(), nullable=True),
        sa.Column("md5", sa.Text(), nullable=True),
        sa.Column("sha1", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("sha512", sa.Text(), nullable=True),
        sa.Column("download_status", sa.Text(), server_default="none", nullable=False),
        sa.Column("examine_status", sa.Text(), server_default="none", nullable=False),
        sa.Column("tags_status", sa.Text(), server_default="none", nullable=False),
        sa.Column("embed_status", sa.Text(), server_default="none", nullable=False),
        sa.Column("convert_status", sa.Text(), server_default="none", nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("downloaded_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_artworks_group_id"),
        sa.PrimaryKeyConstraint("id", name="pk_artworks"),
        sa.UniqueConstraint("site", "site_id", name="uq_artworks_site_site_id"),
    )
    op.create_index("ix_artworks_author", "artworks", ["author"], unique=False)
    op.create_index(
        "ix_artworks_filters",
        "artworks",
        [
            "download_status",
            "kind",
            "site",
            "rating",
            "examine_status",
            "tags_status",
            "embed_status",
            "convert_status",
            "posted_at",
            "id",
        ],
        unique=False,
    )
    op.create_index("ix_artworks_group_id", "artworks", ["group_id"], unique=False)
    op.create_index("ix_artworks_posted_at", "artworks", ["posted_at", "id"], unique=False)
    op.create_table(
        "batches",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("job_id", BigId, nullable=True),
        sa.Column("params", JsonColumn, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_batches_job_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
    )
    op.create_table(
        "job_events",
        sa.Column("id", BigId, nullable=False),
        sa.Column("job_id", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_job_events_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_job_events"),
    )
    op.create_index("ix_job_events_job_id_id", "job_events", ["job_id", "id"], unique=False)
    op.create_table(
        "job_tallies",
        sa.Column("job_id", BigId, nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_job_tallies_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "stage", "outcome", "reason", name="pk_job_tallies"),
    )
    op.create_table(
        "job_targets",
        sa.Column("job_id", BigId, nullable=False),
        sa.Column("target_id", BigId, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("is_picked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_job_targets_job_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["target_id"], ["targets.id"], name="fk_job_targets_target_id"),
        sa.PrimaryKeyConstraint("job_id", "target_id", name="pk_job_targets"),
    )
    op.create_table(
        "listings",
        sa.Column("id", BigId, nullable=False),
        sa.Column("target_id", BigId, nullable=False),
        sa.Column("job_id", BigId, nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("options", JsonColumn, nullable=False),
        sa.Column("options_key", sa.Text(), nullable=False),
        sa.Column("proves_end", sa.Boolean(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("new", sa.BigInteger(), nullable=False),
        sa.Column("repeated", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("empty_at", UtcDateTime(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_listings_job_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["targets.id"], name="fk_listings_target_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_listings"),
        sa.UniqueConstraint(
            "target_id",
            "job_id",
            "path",
            "value",
            "options_key",
            name="uq_listings_target_id_job_id_path_value_options_key",
        ),
    )
    op.create_table(
        "job_picks",
        sa.Column("job_id", BigId, nullable=False),
        sa.Column("artwork_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["artwork_id"], ["artworks.id"], name="fk_job_picks_artwork_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_job_picks_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "artwork_id", name="pk_job_picks"),
    )
    op.create_table(
        "artwork_links",
        sa.Column("artwork_id", BigId, nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artwork_id"],
            ["artworks.id"],
            name="fk_artwork_links_artwork_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "artwork_id", "relation", "site", "site_id", name="pk_artwork_links"
        ),
    )
    op.create_table(
        "artwork_tags",
        sa.Column("artwork_id", BigId, nullable=False),
        sa.Column("tag_id", BigId, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("site_tag_id", sa.Text(), nullable=True),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column("up", sa.BigInteger(), nullable=True),
        sa.Column("down", sa.BigInteger(), nullable=True),
        sa.Column("automated", sa.Boolean(), nullable=True),
        sa.Column("fetched_at", UtcDateTime(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["artwork_id"],
            ["artworks.id"],
            name="fk_artwork_tags_artwork_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name="fk_artwork_tags_tag_id"),
        sa.PrimaryKeyConstraint("artwork_id", "tag_id", "origin", name="pk_artwork_tags"),
    )
    op.create_index(
        "ix_artwork_tags_tag_id_artwork_id",
        "artwork_tags",
        ["tag_id", "artwork_id"],
        unique=False,
    )
    op.create_table(
        "failures",
        sa.Column("id", BigId, nullable=False),
        sa.Column("artwork_id", BigId, nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("job_id", BigId, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("http_status", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artwork_id"], ["artworks.id"], name="fk_failures_artwork_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_failures_job_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_failures"),
        sa.UniqueConstraint("artwork_id", "stage", name="uq_failures_artwork_id_stage"),
    )
    op.create_index("ix_failures_job_id_reason", "failures", ["job_id", "reason"], unique=False)
    op.create_table(
        "files",
        sa.Column("id", BigId, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=True),
        sa.Column("height", sa.BigInteger(), nullable=True),
        sa.Column("frames", sa.BigInteger(), nullable=True),
        sa.Column("downloaded_sha256", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("picture_hash", sa.Text(), nullable=True),
        sa.Column("perceptual_hash", sa.Text(), nullable=True),
        sa.Column("derived_from", BigId, nullable=True),
        sa.Column("spec", JsonColumn, nullable=True),
        sa.Column("batch_id", BigId, nullable=True),
        sa.Column("state", sa.Text(), server_default="present", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name="fk_files_batch_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["derived_from"], ["files.id"], name="fk_files_derived_from", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
    )
    op.create_index("ix_files_sha256", "files", ["sha256"], unique=False)
    op.create_index("ix_files_size", "files", ["size", "id"], unique=False)
    op.create_table(
        "records",
        sa.Column("id", BigId, nullable=False),
        sa.Column("artwork_id", BigId, nullable=True),
        sa.Column("group_id", BigId, nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artwork_id"], ["artworks.id"], name="fk_records_artwork_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name="fk_records_group_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_records"),
        sa.UniqueConstraint("artwork_id", name="uq_records_artwork_id"),
        sa.UniqueConstraint("group_id", name="uq_records_group_id"),
    )
    op.create_table(
        "target_artworks",
        sa.Column("target_id", BigId, nullable=False),
        sa.Column("artwork_id", BigId, nullable=False),
        sa.Column("skipped", sa.Text(), nullable=True),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artwork_id"],
            ["artworks.id"],
            name="fk_target_artworks_artwork_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["targets.id"],
            name="fk_target_artworks_target_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("target_id", "artwork_id", name="pk_target_artworks"),
    )
    op.create_index(
        "ix_target_artworks_artwork_id", "target_artworks", ["artwork_id"], unique=False
    )
    op.create_table(
        "work",
        sa.Column("id", BigId, nullable=False),
        sa.Column("artwork_id", BigId, nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("job_id", BigId, nullable=True),
        sa.Column("spec", JsonColumn, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("visits", sa.BigInteger(), nullable=False),
        sa.Column("crashes", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("scratch", JsonColumn, nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artwork_id"], ["artworks.id"], name="fk_work_artwork_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_work_job_id"),
        sa.PrimaryKeyConstraint("id", name="pk_work"),
        sa.UniqueConstraint("artwork_id", "stage", name="uq_work_artwork_id_stage"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_work_free",
        "work",
        ["job_id", "stage", "not_before", "id"],
        unique=False,
        postgresql_where=sa.text("owner IS NULL"),
        sqlite_where=sa.text("owner IS NULL"),
    )
    op.create_index(
        "ix_work_owner",
        "work",
        ["owner"],
        unique=False,
        postgresql_where=sa.text("owner IS NOT NULL"),
        sqlite_where=sa.text("owner IS NOT NULL"),
    )
    op.create_index(
        "uq_work_running",
        "work",
        ["artwork_id"],
        unique=True,
        postgresql_where=sa.text("owner IS NOT NULL"),
        sqlite_where=sa.text("owner IS NOT NULL"),
    )
    op.create_table(
        "artwork_files",
        sa.Column("artwork_id", BigId, nullable=False),
        sa.Column("file_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["artwork_id"],
            ["artworks.id"],
            name="fk_artwork_files_artwork_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["files.id"], name="fk_artwork_files_file_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("artwork_id", "file_id", name="pk_artwork_files"),
    )
    op.create_index("ix_artwork_files_file_id", "artwork_files", ["file_id"], unique=False)
    op.create_table(
        "places",
        sa.Column("id", BigId, nullable=False),
        sa.Column("root_id", BigId, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("compare_key", sa.Text(), nullable=False),
        sa.Column("file_id", BigId, nullable=True),
        sa.Column("artwork_id", BigId, nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artwork_id"], ["artworks.id"], name="fk_places_artwork_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["files.id"], name="fk_places_file_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["root_id"], ["roots.id"], name="fk_places_root_id"),
        sa.PrimaryKeyConstraint("id", name="pk_places"),
        sa.UniqueConstraint("root_id", "compare_key", name="uq_places_root_id_compare_key"),
    )
    op.create_index("ix_places_artwork_id", "places", ["artwork_id"], unique=False)
    op.create_index("ix_places_file_id", "places", ["file_id"], unique=False)
    _create_views()


# The views give the columns of the program most users come from, so that its scripts and a
# database browser go on working: see docs/architecture.md.
_KEY = (
    "CASE WHEN t.id IS NULL THEN a.site_id ELSE "
    "CASE t.kind WHEN 'user' THEN 'username' WHEN 'model' THEN 'model' "
    "WHEN 'version' THEN 'modelVersion' ELSE 'tag' END "
    "|| ':' || replace(t.value, ' ', '_') || '_' || a.site_id END "
    "|| CASE f.quality WHEN 'sd' THEN '_SD' ELSE '_HD' END"
)
_FROM = (
    "FROM artworks a "
    "JOIN artwork_files af ON af.artwork_id = a.id "
    "JOIN files f ON f.id = af.file_id AND f.role = 'original' AND f.state = 'present' "
    "JOIN places p ON p.file_id = f.id AND p.is_primary "
    "JOIN roots r ON r.id = p.root_id "
    "LEFT JOIN (target_artworks ta JOIN targets t ON t.id = ta.target_id "
    "AND t.kind IN ('user', 'model', 'version', 'model_tag')) "
    "ON ta.artwork_id = a.id AND ta.skipped IS NULL "
    "WHERE a.site = 'civitai'"
)


def _create_views() -> None:
    if op.get_bind().dialect.name == "sqlite":
        date = "strftime('%Y-%m-%d - %H:%M', a.downloaded_at, 'localtime')"
    else:
        date = "to_char(a.downloaded_at, 'YYYY-MM-DD - HH24:MI')"
    op.execute(
        f"CREATE VIEW tracked_images AS SELECT DISTINCT {_KEY} AS image_key, "
        "a.site_id AS image_id, "
        "CASE f.quality WHEN 'sd' THEN 'SD' ELSE 'HD' END AS quality, "
        f"r.path || '/' || p.path AS path, {date} AS download_date, a.media_url AS url, "
        "coalesce(a.model, a.version_name, a.base_model) AS checkpoint_name, "
        "CASE t.kind WHEN 'user' THEN 'username' WHEN 'model' THEN 'model' "
        "WHEN 'version' THEN 'modelVersion' WHEN 'model_tag' THEN 'tag' END AS target_type, "
        f"replace(t.value, ' ', '_') AS target_value {_FROM}"
    )
    op.execute(
        f"CREATE VIEW image_tags AS SELECT DISTINCT {_KEY} AS image_key, "
        f"replace(t.value, ' ', '_') AS tag {_FROM} AND t.kind = 'model_tag'"
    )
