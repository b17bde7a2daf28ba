"""Understand deep learning by building it: the library behind the CS182 workbook."""

import warnings

# Accelerate and Optuna import tqdm.auto, which in a kernel without ipywidgets says so; our progress bars are text
warnings.filterwarnings("ignore", message="IProgress not found")

__version__ = "0.1.0"
