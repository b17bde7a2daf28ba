"""PyTorch on text: vocabulary, language models, attention, Transformer, summarizer, BERT, distillation."""
