"""What is kept of a published day beside its facts and plans: its state, what was answered, and who gets news."""
