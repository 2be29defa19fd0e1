"""What each store must be told: updates and its catalogue, each read by cursor."""
