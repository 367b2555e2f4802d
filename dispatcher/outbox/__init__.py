"""Durable effects and deadlines: everything that must happen later is a row (docs/architecture.md)."""
