"""Several processes on one PostgreSQL, for tests and for the figures of docs/scaling.md."""
