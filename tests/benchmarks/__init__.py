"""Measurements of the house: every row of the design's table, side by side with its baseline in the
same run."""
