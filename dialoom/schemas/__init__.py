"""JSON Schemas of scenarios and personas, generated from the models."""
