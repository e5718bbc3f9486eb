"""What the streams of the venues say, one file for each venue: raw frames in, reports out."""
