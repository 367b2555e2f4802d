"""The JSON API for programs, `/api/v1` (contract section 2)."""

from webhooks.api.blueprint import create_api

__all__ = ["create_api"]
