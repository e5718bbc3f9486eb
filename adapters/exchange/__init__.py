"""A local exchange that speaks the wire protocols of real ones, for tests and rehearsals."""
