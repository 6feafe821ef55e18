"""Conversations from elsewhere: files of any common format into message trees."""
