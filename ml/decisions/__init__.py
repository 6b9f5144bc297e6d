"""What is done for whom when not everything can be: allocation under budgets."""
