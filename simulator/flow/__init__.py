"""What Twilio does when it follows a TwiML document: one module for each family of verbs."""
