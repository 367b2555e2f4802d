"""Text messages: their alphabet and their length."""
