"""What is known of the fleet for other programs; one file for each format."""
