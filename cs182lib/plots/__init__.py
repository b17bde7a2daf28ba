"""Every figure that the notebooks draw."""
