"""Twilio's REST side: what an application asks of the account, over HTTP."""
