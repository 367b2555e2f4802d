"""The SMS commands of a technician."""
