"""Durable effects and deadlines."""
