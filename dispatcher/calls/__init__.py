"""The course of a call."""
