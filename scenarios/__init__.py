"""Scenarios: what happens on the stage."""
