"""One mapping file per outside system, and the functions of those that need more than a table."""
