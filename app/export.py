"""Downloads, made on the server: the grid holds only the rows it shows."""

FORMATS = {"csv": "CSV", "jsonl": "JSON lines", "parquet": "Parquet"}
TABLES = ("spans", "words", "sentences")


def register(app, catalog):
    pass
