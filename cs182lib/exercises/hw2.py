"""The exercises of Homework 2, in the order of its notebooks."""

from cs182lib.exercises import hw2_lstm, hw2_pictures, hw2_rnn

EXERCISES = (*hw2_rnn.EXERCISES, *hw2_lstm.EXERCISES, *hw2_pictures.EXERCISES)
