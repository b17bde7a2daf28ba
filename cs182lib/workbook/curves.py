"""The picture of each recorded run, results/curves/NAME.svg: its curves, and its figures beside those of others."""

from cs182lib.workbook.charts import Bars, Lines, chart
from cs182lib.workbook.wording import figure_text, other_text

MINUTE = 60.0
PAINTINGS = {"composition_vii": "Composition VII", "the_scream": "The Scream", "starry_night": "Starry Night"}
WHO = {"asked": "asked", "staff": "course staff", "run_a": "run A (2023)", "run_l": "run L (2019)",
       "ancestor": "ancestor", "aim": "our aim"}


def has_curve(entry):
    """Say whether the record `entry` (one of `load_results`) holds a curve of more than one point."""
    return any(len(values) > 1 for values in entry.get("curve", {}).values())


def describe(entry):
    """Return in one line what the picture of the record `entry` shows, "" where it has none."""
    if entry["name"] not in PICTURES:
        return ""
    headings = [panel.heading for panel in PICTURES[entry["name"]](entry, [])]
    return f"{entry['title']}: {'; '.join(headings)}"


def picture(entry, benchmarks):
    """Return the picture of the record `entry`, one that PICTURES knows, as SVG text.

    `benchmarks` are the rows of results/benchmarks.json.
    """
    return chart(describe(entry), PICTURES[entry["name"]](entry, benchmarks))


def lines(entry, heading, series, scale=1.0, minutes=False, skip=0):
    """Return a panel of curves of a record, over epochs or minutes.

    Parameters
    ----------
    entry : dict, a record
    heading : str, what is drawn and its unit
    series : {key of the curve: label}
    scale : the values are drawn times this
    minutes : bool, over the time in place of the epoch
    skip : int, points left out at the beginning
    """
    curve = entry["curve"]
    x = [second / MINUTE for second in curve["seconds"]] if minutes else curve["epoch"]
    return Lines(heading, "minutes" if minutes else "epoch", [
        (label, x[skip:], [scale * value for value in curve[key][skip:]]) for key, label in series.items()])


def bars(entry, heading, labels, kinds=""):
    """Return a panel of bars of a record's figures.

    Parameters
    ----------
    entry : dict, a record
    heading : str, what is drawn and its unit
    labels : {name of the figure: label}
    kinds : str, a letter for the look of each bar; without, all are alike
    """
    return Bars(heading, [(label, entry["figures"][name], figure_text(name, entry["figures"][name]), kind)
                          for (name, label), kind in zip(labels.items(), kinds or "a" * len(labels))])


def beside(entry, heading, figure, benchmarks, more=None):
    """Return a panel of bars: a figure of this workbook beside what others reached and what is asked.

    Parameters
    ----------
    entry : dict, a record
    heading : str, what is drawn and its unit
    figure : its name
    benchmarks : list of rows of results/benchmarks.json
    more : {name: label} of other figures of the record, drawn below the first
    """
    ours = bars(entry, heading, {figure: "this workbook", **(more or {})}).rows
    others = [(WHO[who], row[who], other_text(who, figure, row[who]), "c") for row in benchmarks
              if (row["run"], row["figure"]) == (entry["name"], figure) for who in WHO if who in row]
    return Bars(heading, ours + others)


def numpy_net(figure, heading):
    """Return the function (entry, benchmarks) -> panels of a NumPy net.

    They show its accuracies over the epochs, and under `heading` its `figure` beside that of others.
    """
    def panels(entry, benchmarks):
        both = {"train_acc": "training", "val_acc": "validation"}
        return [lines(entry, "Accuracy, %", both, 100.0, skip=1), beside(entry, heading, figure, benchmarks)]
    return panels


def torch_net(entry, benchmarks):
    """Return the panels of a PyTorch net's record `entry`.

    They show its validation accuracy over the minutes, and its test accuracy beside that of others in `benchmarks`.
    """
    return [lines(entry, "Validation accuracy, %", {"val_acc": "after each epoch"}, 100.0, minutes=True),
            beside(entry, "Test accuracy", "test_acc", benchmarks, {"test_acc_one_view": "the same, one view"})]


def squeezenet(entry, benchmarks):
    """Return one panel, in a list, of the two accuracies in the record `entry`; `benchmarks` is not used."""
    return [bars(entry, "Accuracy on CIFAR-10", {"val_acc": "validation", "test_acc": "test"})]


def captioning(entry, benchmarks):
    """Return the panels of the record `entry`: validation loss, and BLEU beside that of other pictures' features.

    `benchmarks` is not used.
    """
    labels = {"bleu1": "BLEU-1", "bleu2": "BLEU-2", "bleu3": "BLEU-3", "bleu4": "BLEU-4",
              "bleu4_beam": "BLEU-4, beam search", "bleu4_shuffled": "BLEU-4, other pictures"}
    return [lines(entry, "Loss of a caption, nats", {"val_loss": "validation"}, skip=1),
            bars(entry, f"BLEU on unseen pictures: {entry['data']['source']}", labels, "aaaaac")]


def network_visualization(entry, benchmarks):
    """Return the panels of the record `entry`, one for each of two measures; `benchmarks` is not used.

    They show how alike (1: equal) saliency maps stay when layers of the net become random.
    """
    def labels(measure):
        return {f"{method}_{measure}_{layers}_random": f"{method}, {words}" for layers, words in
                (("last_layer", "last layer"), ("all", "all layers")) for method in ("gradient", "guided")}
    return [bars(entry, f"Maps alike after layers are random: {name}", labels(measure), "abab")
            for measure, name in (("rank", "rank"), ("ssim", "SSIM"))]


def style_transfer(entry, benchmarks):
    """Return the panels of the record `entry`, with bars for both optimizers; `benchmarks` is not used.

    They show how far the style loss falls and how much of the content loss is left.
    """
    def labels(measure):
        return {f"{key}_balanced_{optimizer}_{measure}": f"{name}, {words}" for key, name in PAINTINGS.items()
                for optimizer, words in (("adam", "Adam"), ("lbfgs", "L-BFGS"))}
    return [bars(entry, "Style loss, times smaller", labels("style_factor"), "cacaca"),
            bars(entry, "Content lost (gray picture: 1)", labels("content_ratio"), "cacaca")]


def language_model(entry, benchmarks):
    """Return the panels of the record `entry`: both losses, and the perplexity beside that of counting.

    `benchmarks` is not used.
    """
    labels = {"test_perplexity": "LSTM", "trigram_test_perplexity": "trigrams", "bigram_test_perplexity": "bigrams",
              "unigram_test_perplexity": "words alone"}
    return [lines(entry, "Loss of a word, nats", {"loss": "training", "val_loss": "validation"}),
            bars(entry, "Perplexity on the test titles, words", labels, "accc")]


def rouge_bars(entry, data):
    """Return the panel of a record's ROUGE beside that of the first words of the story.

    `entry` is the record, `data` says in the heading whose test headlines these are: "Reuters'".
    """
    labels = {name: label for key in "12L" for name, label in
              ((f"test_rouge{key}", f"ROUGE-{key}"), (f"test_lead_rouge{key}", f"ROUGE-{key}, first words"))}
    return bars(entry, f"ROUGE of {data} test headlines", labels, "acacac")


def summarization(entry, benchmarks):
    """Return the panels of the record `entry`: both losses, and ROUGE; `benchmarks` is not used."""
    series = {"loss": "training, smoothed labels", "masked_loss": "validation"}
    return [lines(entry, "Loss of a word, nats", series), rouge_bars(entry, "Reuters'")]


def summarization_gazette(entry, benchmarks):
    """Return the panels of the record `entry`; `benchmarks` is not used.

    They show ROUGE, and the shares of right words and of headlines that tell the facts.
    """
    labels = {"test_word_acc": "next word right", "test_factual": "headline true"}
    return [rouge_bars(entry, "the gazette's"), bars(entry, "Shares of the test set", labels)]


def distillation(entry, benchmarks):
    """Return the panels of the record `entry`; `benchmarks` is not used.

    They show the student's loss, and the accuracies with all labels and with a tenth.
    """
    labels = {"teacher_test_acc": "teacher", "student_test_acc": "student", "few_teacher_test_acc": "teacher, a tenth",
              "few_student_test_acc": "student, a tenth", "few_alone_test_acc": "alone, a tenth"}
    return [lines(entry, "Distillation loss", {"student_loss": "training"}),
            bars(entry, "Test accuracy; all labels, or a tenth of them", labels, "cacab")]


PICTURES = {
    "two_layer_net": numpy_net("best_val_acc", "Best validation accuracy"),
    "best_fully_connected_net": numpy_net("best_val_acc", "Best validation accuracy"),
    "convnet": numpy_net("test_acc", "Test accuracy"),
    "cifar_net_2min": torch_net,
    "cifar_net_20min": torch_net,
    "cifar_net_45min": torch_net,
    "squeezenet_cifar10": squeezenet,
    "captioning": captioning,
    "network_visualization": network_visualization,
    "style_transfer": style_transfer,
    "language_model": language_model,
    "summarization": summarization,
    "summarization_gazette": summarization_gazette,
    "distillation": distillation,
}
