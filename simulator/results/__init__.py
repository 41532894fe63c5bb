"""Labelled results: metrics, statistics, views and storage."""
