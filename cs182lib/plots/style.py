"""One look for all figures: colors that color-blind readers can tell apart, a white face on dark pages too."""

import matplotlib.pyplot as plt
from cycler import cycler

BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY, YELLOW, GRAY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#6E6E6E")  # Okabe and Ito, 2008


def use_style():
    """Set matplotlib's defaults for the workbook's figures."""
    plt.rcParams.update({
        "axes.prop_cycle": cycler(color=[BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, GRAY]),
        "axes.grid": True, "grid.alpha": 0.25, "axes.spines.top": False, "axes.spines.right": False,
        "figure.facecolor": "white", "savefig.facecolor": "white", "figure.dpi": 80, "savefig.dpi": 80,
        "figure.constrained_layout.use": True, "font.size": 11, "axes.titlesize": 12, "axes.titlelocation": "left",
        "legend.frameon": False, "image.interpolation": "nearest",
    })
