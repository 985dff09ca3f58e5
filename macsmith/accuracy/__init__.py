"""What an arithmetic does to models that compute all their matrix products with it."""
