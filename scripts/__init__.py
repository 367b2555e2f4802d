"""What is run by hand now and then, for the repository itself."""
