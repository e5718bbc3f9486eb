"""HTTP: the public door for alerts, and the private listener for people."""
