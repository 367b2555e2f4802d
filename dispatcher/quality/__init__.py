"""Whether the service works: readiness and figures."""
