"""Every test of a figure ends with all figures closed."""

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def close_figures():
    """Close what the test has drawn."""
    yield
    plt.close("all")
