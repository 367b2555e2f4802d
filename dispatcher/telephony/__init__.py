"""The telephony port and its Twilio adapter."""
