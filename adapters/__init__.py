"""One folder per platform: platform words in, domain words out, nothing else."""
