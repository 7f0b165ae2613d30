"""The library: words, counts, stars, saved searches, artworks that look the same.

Words and counts are kept by triggers, so that nothing that writes can forget them. Counts are
filled here. Words are not: every artwork is noted as due, and the program indexes them step by
step afterwards; searches say how many are left.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from artkeep.store.columns import BigId, UtcDateTime

revision = "0006"
down_revision = "0005"

# Fields of the query language, and the columns that hold them.
COUNTED = {
    "site": "site",
    "kind": "kind",
    "rating": "rating",
    "author": "author",
    "model": "model",
    "base_model": "base_model",
    "version": "version_name",
    "download": "download_status",
    "examine": "examine_status",
    "tagging": "tags_status",
    "embed": "embed_status",
    "convert": "convert_status",
    "stars": "stars",
    "favourite": "is_favourite",
    "month": "posted_at",
}
_WORDED = (
    *("prompt", "negative_prompt", "title", "author", "model", "version_name", "base_model"),
    "posted_at",  # tells where the words of an artwork stand
)
# As `store/shown.py` has it: the newest file that is there, else that was.
_SHOWN_SIZE = (
    "(SELECT f.size FROM files f JOIN artwork_files af ON af.file_id = f.id "
    "WHERE af.artwork_id = {artwork_id} AND f.role IN ('original', 'converted', 'rendered') "
    "ORDER BY CASE WHEN f.state IN ('present', 'changed') THEN 0 ELSE 1 END, f.id DESC LIMIT 1)"
)
_SIZE_OF_ONE = (
    f"UPDATE artworks SET shown_size = {_SHOWN_SIZE.format(artwork_id='{row}.artwork_id')} "
    "WHERE id = {row}.artwork_id"
)
_SIZES_OF_FILE = (
    f"UPDATE artworks SET shown_size = {_SHOWN_SIZE.format(artwork_id='artworks.id')} "
    "WHERE id IN (SELECT artwork_id FROM artwork_files WHERE file_id = NEW.id)"
)
_IS_KEPT = "{row}.download_status <> 'skipped'"  # not deleted by the user


def upgrade() -> None:
    _create_tables()
    if op.get_bind().dialect.name == "sqlite":
        _on_sqlite()
    else:
        _on_postgres()


def _create_tables() -> None:
    op.add_column(
        "artworks", sa.Column("stars", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column(
        "artworks",
        sa.Column(
            "is_favourite", sa.Boolean(), nullable=False, server_default=sa.text("false")
        ),
    )
    op.add_column("artworks", sa.Column("shown_size", sa.BigInteger(), nullable=True))
    op.execute(
        f"UPDATE artworks SET shown_size = {_SHOWN_SIZE.format(artwork_id='artworks.id')}"
    )
    for index in ("ix_artworks_posted_at", "ix_artworks_author"):  # they hold more now
        op.drop_index(index, "artworks")
    op.create_index(
        "ix_artworks_posted_at",
        "artworks",
        ["posted_at", "id", "rating", "kind", "download_status", "site"],
    )
    for name in ("author", "model", "base_model", "version_name"):
        op.create_index(f"ix_artworks_{name}", "artworks", [name, "posted_at", "id"])
    op.create_index(
        "ix_artworks_narrow",
        "artworks",
        [
            *("id", "posted_at", "rating", "kind", "download_status", "site"),
            *("stars", "is_favourite", "shown_size"),
        ],
    )
    op.create_index("ix_artworks_shown_size", "artworks", ["shown_size", "id"])
    op.create_index("ix_artworks_rating", "artworks", ["rating", "id"])
    for index, columns, on_sqlite, on_postgres in (
        ("ix_artworks_md5", ["md5"], "md5 is not null", "md5 is not null"),
        ("ix_artworks_sha512", ["sha512"], "sha512 is not null", "sha512 is not null"),
        ("ix_artworks_stars", ["stars", "id"], "stars > 0", "stars > 0"),
        ("ix_artworks_favourite", ["id"], "is_favourite = 1", "is_favourite"),
    ):
        op.create_index(
            index,
            "artworks",
            columns,
            sqlite_where=sa.text(on_sqlite),
            postgresql_where=sa.text(on_postgres),
        )
    op.create_table(
        "words_due",
        sa.Column("id", BigId, nullable=False),
        sa.Column("artwork_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_words_due"),
    )
    op.create_table(
        "saved_searches",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_searches"),
        sa.UniqueConstraint("name", name="uq_saved_searches_name"),
    )
    op.create_table(
        "duplicate_groups",
        sa.Column("id", BigId, nullable=False),
        sa.Column("distance", sa.BigInteger(), nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_duplicate_groups"),
    )
    op.create_table(
        "duplicates",
        sa.Column("group_id", BigId, nullable=False),
        sa.Column("artwork_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["duplicate_groups.id"],
            name="fk_duplicates_group_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["artwork_id"],
            ["artworks.id"],
            name="fk_duplicates_artwork_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "artwork_id", name="pk_duplicates"),
    )
    op.create_index("ix_duplicates_artwork_id", "duplicates", ["artwork_id"])
    op.create_table(
        "told_apart",
        sa.Column("decision", sa.BigInteger(), nullable=False),
        sa.Column("artwork_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["artwork_id"],
            ["artworks.id"],
            name="fk_told_apart_artwork_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("decision", "artwork_id", name="pk_told_apart"),
    )
    op.create_index("ix_told_apart_artwork_id", "told_apart", ["artwork_id"])


def _fill(value_of: dict[str, str], distinct_tag: str) -> None:
    for facet, value in value_of.items():
        op.execute(
            f"INSERT INTO library_counts (facet, value, amount) SELECT '{facet}', "
            f"{value.format(row='a')}, sum(CASE WHEN {_IS_KEPT.format(row='a')} THEN 1 ELSE 0 "
            "END) FROM artworks a GROUP BY 2"
        )
    op.execute(
        f"INSERT INTO library_counts (facet, value, amount) SELECT 'tag', {distinct_tag}, "
        "count(DISTINCT t.artwork_id) FROM artwork_tags t JOIN artworks a ON "
        f"a.id = t.artwork_id AND {_IS_KEPT.format(row='a')} GROUP BY t.tag_id"
    )
    op.execute("INSERT INTO words_due (artwork_id) SELECT id FROM artworks ORDER BY id")


# --- SQLite -------------------------------------------------------------------------------


def _on_sqlite() -> None:
    op.execute(
        "CREATE TABLE library_counts (facet TEXT NOT NULL, value TEXT NOT NULL, "
        "amount INTEGER NOT NULL, PRIMARY KEY (facet, value)) WITHOUT ROWID"
    )
    op.execute(
        "CREATE VIRTUAL TABLE artwork_words USING fts5(prompt, negative, about, tags, "
        "columnsize=0, tokenize='unicode61 remove_diacritics 0')"
    )
    value_of = {
        facet: "substr(coalesce({row}.posted_at, ''), 1, 7)"
        if facet == "month"
        else f"coalesce(CAST({{row}}.{column} AS TEXT), '')"
        for facet, column in COUNTED.items()
    }
    _fill(value_of, "CAST(t.tag_id AS TEXT)")
    kept = {row: _IS_KEPT.format(row=row) for row in ("OLD", "NEW")}

    def values(row: str) -> str:
        listed = (f"('{facet}', {value.format(row=row)})" for facet, value in value_of.items())
        return f"(VALUES {', '.join(listed)})"

    def count(rows: str, amount: str) -> str:
        return (
            f"INSERT INTO library_counts SELECT column1, column2, {amount} FROM {rows} "
            "WHERE true ON CONFLICT (facet, value) DO UPDATE SET amount = amount + "
            "excluded.amount"
        )

    def trigger(name: str, event: str, when: str, *steps: str) -> None:
        body = "; ".join(steps)
        condition = f" WHEN {when}" if when else ""
        op.execute(f"CREATE TRIGGER {name} {event}{condition} BEGIN {body}; END")

    tags_of = "(SELECT CAST(tag_id AS TEXT) FROM artwork_tags WHERE artwork_id = {row}.id)"
    recount_tags = (
        "UPDATE library_counts SET amount = amount {sign} 1 WHERE facet = 'tag' "
        f"AND value IN {tags_of}"
    )
    trigger(
        "counts_of_new_artwork",
        "AFTER INSERT ON artworks",
        "",
        count(values("NEW"), kept["NEW"]),
        _DUE_ON_SQLITE.format(artwork_id="NEW.id"),
    )
    trigger(
        "counts_of_gone_artwork",
        "BEFORE DELETE ON artworks",
        "",
        "DELETE FROM artwork_tags WHERE artwork_id = OLD.id",  # while it can be seen whose
        count(values("OLD"), f"-({kept['OLD']})"),
        f"DELETE FROM artwork_words WHERE rowid = {place_on_sqlite('OLD')}",
    )
    trigger(
        "counts_of_deleted_artwork",
        "AFTER UPDATE OF download_status ON artworks",
        f"({kept['OLD']}) AND NOT ({kept['NEW']})",
        count(values("OLD"), "-1"),
        recount_tags.format(sign="-", row="NEW"),
    )
    trigger(
        "counts_of_restored_artwork",
        "AFTER UPDATE OF download_status ON artworks",
        f"NOT ({kept['OLD']}) AND ({kept['NEW']})",
        count(values("NEW"), "1"),
        recount_tags.format(sign="+", row="NEW"),
    )
    for facet, column in COUNTED.items():
        old, new = (value_of[facet].format(row=row) for row in ("OLD", "NEW"))
        stays = f"(({kept['OLD']}) AND ({kept['NEW']}))"
        trigger(
            f"counts_of_{facet}",
            f"AFTER UPDATE OF {column} ON artworks",
            f"OLD.{column} IS NOT NEW.{column}",
            count(f"(VALUES ('{facet}', {old}))", f"-{stays}"),
            count(f"(VALUES ('{facet}', {new}))", stays),
        )
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in _WORDED)
    trigger(
        "words_of_artwork",
        f"AFTER UPDATE OF {', '.join(_WORDED)} ON artworks",
        changed,
        f"DELETE FROM artwork_words WHERE rowid = {place_on_sqlite('OLD')}",
        _DUE_ON_SQLITE.format(artwork_id="NEW.id"),
    )
    for event, row, sign in (("INSERT", "NEW", ""), ("DELETE", "OLD", "-")):
        trigger(
            f"tags_of_artwork_{event.lower()}",
            f"AFTER {event} ON artwork_tags",
            "",
            "INSERT INTO library_counts SELECT 'tag', "
            f"CAST({row}.tag_id AS TEXT), {sign}({_IS_KEPT.format(row='a')}) FROM artworks a "
            f"WHERE a.id = {row}.artwork_id AND NOT EXISTS (SELECT 1 FROM artwork_tags o "
            f"WHERE o.artwork_id = {row}.artwork_id AND o.tag_id = {row}.tag_id "
            f"AND o.origin <> {row}.origin) "
            "ON CONFLICT (facet, value) DO UPDATE SET amount = amount + excluded.amount",
            _DUE_ON_SQLITE.format(artwork_id=f"{row}.artwork_id"),
        )

    for event, row in (("INSERT", "NEW"), ("DELETE", "OLD")):
        trigger(
            f"size_of_artwork_{event.lower()}",
            f"AFTER {event} ON artwork_files",
            "",
            _SIZE_OF_ONE.format(row=row),
        )
    trigger("size_of_file", "AFTER UPDATE OF state, size, role ON files", "", _SIZES_OF_FILE)


_DUE_ON_SQLITE = "INSERT INTO words_due (artwork_id) VALUES ({artwork_id})"


def place_on_sqlite(row: str) -> str:
    """As `store/words.py` has it: the second it was posted, then the artwork."""
    second = f"CAST(strftime('%s', substr({row}.posted_at, 1, 19)) AS INTEGER)"
    bounded = f"max(1, min(8589934591, {second}))"
    return f"(coalesce({bounded}, 0) * 1073741824 + {row}.id)"


# --- PostgreSQL ---------------------------------------------------------------------------
# Nobody waits for another's transaction here: counts and what is due are rows that are added,
# and put together later (store/counts.py).


def _on_postgres() -> None:
    op.execute(
        "CREATE TABLE library_counts (facet TEXT NOT NULL, value TEXT NOT NULL, "
        "amount BIGINT NOT NULL)"
    )
    op.execute("CREATE INDEX ix_library_counts_facet_value ON library_counts (facet, value)")
    op.execute(
        "CREATE TABLE artwork_words (artwork_id BIGINT PRIMARY KEY REFERENCES artworks (id) "
        "ON DELETE CASCADE, words TSVECTOR NOT NULL)"
    )
    op.execute("CREATE INDEX ix_artwork_words_words ON artwork_words USING gin (words)")
    value_of = {
        facet: "coalesce(to_char({row}.posted_at AT TIME ZONE 'UTC', 'YYYY-MM'), '')"
        if facet == "month"
        else "(CASE WHEN {row}.is_favourite THEN '1' ELSE '0' END)"
        if facet == "favourite"
        else f"coalesce(CAST({{row}}.{column} AS TEXT), '')"
        for facet, column in COUNTED.items()
    }
    _fill(value_of, "CAST(t.tag_id AS TEXT)")

    def values(row: str) -> str:
        listed = (f"('{facet}', {value.format(row=row)})" for facet, value in value_of.items())
        return f"(VALUES {', '.join(listed)}) AS v (facet, value)"

    def kept(row: str) -> str:
        return f"(CASE WHEN {_IS_KEPT.format(row=row)} THEN 1 ELSE 0 END)"

    add = "INSERT INTO library_counts (facet, value, amount)"
    op.execute(
        "CREATE FUNCTION count_artwork() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'INSERT' THEN "
        f"{add} SELECT facet, value, {kept('NEW')} FROM {values('NEW')}; "
        "INSERT INTO words_due (artwork_id) VALUES (NEW.id); "
        "ELSIF TG_OP = 'DELETE' THEN "
        "DELETE FROM artwork_tags WHERE artwork_id = OLD.id; "
        f"{add} SELECT facet, value, -{kept('OLD')} FROM {values('OLD')}; RETURN OLD; "
        f"ELSE {add} SELECT facet, value, sum(amount) FROM ("
        f"SELECT facet, value, -{kept('OLD')} AS amount FROM {values('OLD')} UNION ALL "
        f"SELECT facet, value, {kept('NEW')} FROM {values('NEW')}) AS both_rows "
        "GROUP BY facet, value HAVING sum(amount) <> 0; "
        f"IF {kept('OLD')} <> {kept('NEW')} THEN "
        f"{add} SELECT DISTINCT 'tag', CAST(tag_id AS TEXT), {kept('NEW')} - {kept('OLD')} "
        "FROM artwork_tags WHERE artwork_id = NEW.id; END IF; "
        "END IF; RETURN NEW; END $$"
    )
    columns = ", ".join(COUNTED.values())
    op.execute(
        "CREATE TRIGGER counts_of_new_artwork AFTER INSERT ON artworks "
        "FOR EACH ROW EXECUTE FUNCTION count_artwork()"
    )
    op.execute(
        "CREATE TRIGGER counts_of_gone_artwork BEFORE DELETE ON artworks "
        "FOR EACH ROW EXECUTE FUNCTION count_artwork()"
    )
    op.execute(
        f"CREATE TRIGGER counts_of_artwork AFTER UPDATE OF {columns} ON artworks "
        "FOR EACH ROW EXECUTE FUNCTION count_artwork()"
    )
    op.execute(
        "CREATE FUNCTION words_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO words_due (artwork_id) VALUES (NEW.id); RETURN NEW; END $$"
    )
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in _WORDED)
    op.execute(
        f"CREATE TRIGGER words_of_artwork AFTER UPDATE OF {', '.join(_WORDED)} ON artworks "
        f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION words_changed()"
    )
    for event, row, sign in (("INSERT", "NEW", ""), ("DELETE", "OLD", "-")):
        name = f"tags_of_artwork_{event.lower()}"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"{add} SELECT 'tag', CAST({row}.tag_id AS TEXT), {sign}{kept('a')} "
            f"FROM artworks a WHERE a.id = {row}.artwork_id AND NOT EXISTS ("
            f"SELECT 1 FROM artwork_tags o WHERE o.artwork_id = {row}.artwork_id "
            f"AND o.tag_id = {row}.tag_id AND o.origin <> {row}.origin); "
            f"INSERT INTO words_due (artwork_id) VALUES ({row}.artwork_id); RETURN {row}; "
            "END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} AFTER {event} ON artwork_tags "
            f"FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
    for event, row in (("INSERT", "NEW"), ("DELETE", "OLD")):
        name = f"size_of_artwork_{event.lower()}"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"{_SIZE_OF_ONE.format(row=row)}; RETURN {row}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} AFTER {event} ON artwork_files "
            f"FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
    op.execute(
        "CREATE FUNCTION size_of_file() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{_SIZES_OF_FILE}; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER size_of_file AFTER UPDATE OF state, size, role ON files "
        "FOR EACH ROW EXECUTE FUNCTION size_of_file()"
    )
