"""Simulate multi-agent conversations and turn them into fine-tuning data."""
