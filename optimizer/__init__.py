"""Hourly energy optimizer for AI data centres."""
