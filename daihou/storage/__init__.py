"""How things are kept: the embedded PostgreSQL, the field types and the bulk moves of rows."""
