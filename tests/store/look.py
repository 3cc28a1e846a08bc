"""Looking at the tables themselves, beside the store."""

from sqlalchemy import select

from bot.store.database import Database
from bot.store.schema import metadata


async def column(url: str, table: str, name: str) -> list[object]:
    """A column of every row, in the order of the primary key."""
    database = await Database.open(url)
    try:
        async with database.reading() as connection:
            looked = metadata.tables[table]
            rows = await connection.execute(select(looked.c[name]).order_by(*looked.primary_key))
            return list(rows.scalars())
    finally:
        await database.close()


async def everything(url: str) -> str:
    """Every value of every table, as one text to search."""
    database = await Database.open(url)
    try:
        async with database.reading() as connection:
            rows = [
                f"{table.name}: {tuple(row)}"
                for table in metadata.sorted_tables
                for row in (await connection.execute(select(table))).all()
            ]
    finally:
        await database.close()
    return "\n".join(rows)
