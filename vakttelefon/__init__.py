"""The front door: command line, configuration, process wiring, demo."""
