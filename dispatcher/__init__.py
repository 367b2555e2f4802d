"""What happens to a call, a message, a case. Knows neither HTTP servers nor TwiML nor HTML."""
