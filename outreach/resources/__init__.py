"""Where help is: the directory and the nearest fitting places."""
