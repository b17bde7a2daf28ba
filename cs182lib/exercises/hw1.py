"""The exercises of Homework 1, in the order of its notebooks."""

from cs182lib.exercises import hw1_convolution, hw1_fully_connected, hw1_normalization, hw1_pytorch

EXERCISES = (*hw1_fully_connected.EXERCISES, *hw1_normalization.EXERCISES, *hw1_convolution.EXERCISES,
             *hw1_pytorch.EXERCISES)
