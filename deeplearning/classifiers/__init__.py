"""The course's networks."""
