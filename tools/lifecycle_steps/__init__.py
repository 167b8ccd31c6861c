"""Random steps of the lifecycle: started by `scripts/prove lifecycle`."""
