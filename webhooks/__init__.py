"""HTTP for machines: Twilio's webhooks, the JSON API, health and metrics. Takes no decisions."""
