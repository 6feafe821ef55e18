"""Personas: who speaks."""
