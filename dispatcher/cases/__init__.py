"""Cases and their timeline."""
