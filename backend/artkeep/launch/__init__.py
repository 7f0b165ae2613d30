"""What runs before our packages are installed: standard library only, nothing else of ours."""
