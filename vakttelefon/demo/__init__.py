"""The main job with nothing to configure: an installation with a simulated Twilio, and a story told on it."""
