"""What is inside an image, in words, in JSON, and in the forms that other tools read."""
