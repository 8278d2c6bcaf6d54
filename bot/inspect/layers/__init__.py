"""From a layer's bytes to what its wanted files tell, and from the layers to what the image holds."""
