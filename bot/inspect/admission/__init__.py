"""What a cluster's admission controller demands of images, as its policies are written; one file per system."""
