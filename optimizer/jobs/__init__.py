"""Scheduled work: the main job from file to run folder, and the folder that is never half-written."""
