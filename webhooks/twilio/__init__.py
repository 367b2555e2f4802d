"""Twilio's webhooks: signature, form into event, decision into TwiML."""
