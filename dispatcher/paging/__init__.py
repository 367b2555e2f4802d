"""Alerting people until somebody takes the case."""
