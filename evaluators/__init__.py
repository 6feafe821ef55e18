"""Evaluators: what is said of a message."""
