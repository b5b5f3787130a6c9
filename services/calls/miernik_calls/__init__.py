"""Programme tree, calls for proposals and applications."""
