"""TwiML documents: reading them, and what Twilio's schema allows in them."""
