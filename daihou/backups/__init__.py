"""Backup of the whole installation, and restoring it."""
