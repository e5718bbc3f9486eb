"""Measurements of the house: each figure side by side with its baseline, in the same run."""
