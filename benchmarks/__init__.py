"""Speed against PyTorch, as ratios measured side by side: `make bench`."""
