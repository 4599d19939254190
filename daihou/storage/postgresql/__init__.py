"""Django's door to PostgreSQL, which finds or starts the local server at the first connection."""
