"""Rows of a table beside (a stage) into their own table, where the database converts and compares them."""

from collections.abc import Mapping

from .dialects import quoted, quoted_table
from .jobs import WriteJob

__all__ = ["STAGES", "column_types_query", "merge_statements"]

#: The dialects whose UPDATE takes rows of another table by FROM.
STAGES = ("postgres", "sqlite", "duckdb")


def column_types_query(schema: str, table: str) -> str:
    """The query for names and types of a PostgreSQL table's columns, without lengths: a CAST to one would cut texts."""
    place = quoted_table(schema, table, "postgres").replace("'", "''")
    return (
        f"SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = '{place}'::regclass "
        "AND attnum > 0 AND NOT attisdropped"
    )


def merge_statements(job: WriteJob, dialect: str, stage: str, kinds: Mapping[str, str]) -> list[str]:
    """The statements that bring the rows of a stage into the table of a job; the stage goes at the end.

    `kinds` are the types that values are cast to, by column.
    """

    def value(name: str) -> str:
        held = f"s.{quoted(name, dialect)}"
        return f"CAST({held} AS {kinds[name]})" if name in kinds else held

    target, beside = quoted_table(job.schema, job.table, dialect), quoted(stage, dialect)
    names = job.rows.column_names
    listed = ", ".join(quoted(name, dialect) for name in names)
    insert = f"INSERT INTO {target} ({listed}) SELECT {', '.join(value(name) for name in names)} FROM {beside} AS s"
    found = [f"ANALYZE {beside}"] if dialect == "postgres" else []
    if not job.key:
        found.append(insert)
    else:
        same = " AND ".join(f"t.{quoted(name, dialect)} = {value(name)}" for name in job.key)
        rest = [name for name in names if name not in job.key]
        if rest:
            setters = ", ".join(f"{quoted(name, dialect)} = {value(name)}" for name in rest)
            found.append(f"UPDATE {target} AS t SET {setters} FROM {beside} AS s WHERE {same}")
        first = quoted(job.key[0], dialect)
        found.append(f"{insert} LEFT JOIN {target} AS t ON {same} WHERE t.{first} IS NULL")
    return [*found, f"DROP TABLE {beside}"]
