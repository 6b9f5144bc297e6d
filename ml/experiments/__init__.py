"""Effects of experiments from sums of their arms, and what may be said of them. Importing this costs nothing."""
