"""Exporters: trees into training rows, one format a file."""
