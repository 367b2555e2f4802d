"""Recordings: fetched, encrypted, filed, deleted when due."""
