"""MLflow: what every training run records, and which registered version is the champion."""
