"""The exercises of Homework 3, in the order of its notebooks."""

from cs182lib.exercises import hw3_distillation, hw3_language, hw3_summarizer, hw3_transformer

EXERCISES = (*hw3_language.EXERCISES, *hw3_transformer.EXERCISES, *hw3_summarizer.EXERCISES,
             *hw3_distillation.EXERCISES)
