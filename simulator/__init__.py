"""A simulated Twilio with phones, for testing any Twilio application without an account."""
