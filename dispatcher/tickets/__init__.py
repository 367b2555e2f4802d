"""The ticket port and the built-in ticket system."""
