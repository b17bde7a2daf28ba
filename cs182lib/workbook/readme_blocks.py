"""The generated parts of README.md: what each notebook builds, how long it takes, and what came out of it."""

import re
from typing import NamedTuple

from cs182lib.workbook.report import minutes
from cs182lib.workbook.wording import data_limits, figure_text, markdown_table, other_text

COLUMNS = ("Notebook", "What you build", "Time", "On the stand-in", "On real data", "To compare with")
PLACE = re.compile(r"\{([\w.]+)\}")


class Row(NamedTuple):
    """One notebook in the README's table. A figure stands as its name in braces.

    build : what the reader builds
    standin : result of the notebook on the stand-in: {test_acc}
    real : result of a long run: {convnet.test_acc}, or of the notebook on real data: {best_val_acc}; "" without one
    others : what others reached or asked for: {convnet.test_acc.run_l}
    """

    build: str
    standin: str
    real: str = ""
    others: str = ""


ROWS = {
    "hw1/01_fully_connected_nets": Row(
        "dense layers, softmax and SVM losses, a solver, four update rules", "validation {best_val_acc}",
        "validation {best_fully_connected_net.best_val_acc}",
        "asked {best_fully_connected_net.best_val_acc.asked}, staff {best_fully_connected_net.best_val_acc.staff}"),
    "hw1/02_batch_normalization": Row(
        "batch and layer norm, two backward passes",
        *2 * ("validation {val_acc_with_batch_norm}, without {val_acc_without_batch_norm}",)),
    "hw1/03_dropout": Row(
        "inverted dropout", *2 * ("validation {val_acc_with_dropout}, without {val_acc_without_dropout}",)),
    "hw1/04_convolutional_networks": Row(
        "convolution, pooling, spatial batch norm, a convnet, all in NumPy", "test {test_acc}",
        "test {convnet.test_acc}", "a learner's run {convnet.test_acc.run_l}"),
    "hw1/05_pytorch_cifar10": Row(
        "the same in PyTorch on three levels, and a net of your own", "test {challenge_test_acc}",
        "test {cifar_net_2min.test_acc} in 2 minutes, {cifar_net_45min.test_acc} in 45",
        "asked validation {cifar_net_2min.best_val_acc.asked}, ancestor test {cifar_net_2min.test_acc.ancestor}"),
    "hw2/01_rnn_captioning": Row(
        "a recurrent net that captions pictures", "{captions_repeated} of 50 captions by heart"),
    "hw2/02_lstm_captioning": Row(
        "an LSTM, and one with attention", "validation BLEU-1 {bleu1}, BLEU-4 {bleu4}", "",
        "asked validation BLEU-1 {captioning.bleu1.asked} on COCO"),
    "hw2/03_network_visualization": Row(
        "saliency maps, fooling pictures, pictures of classes", "{fooled_share} fooled, in {fooling_steps} steps",
        "{network_visualization.fooled} fooled, in {network_visualization.fooling_steps_mean} steps"),
    "hw2/04_style_transfer": Row(
        "content, style and smoothness losses; a photograph painted anew",
        "style loss {style_factor_smallest} times smaller",
        "style loss {style_transfer.the_scream_balanced_lbfgs_style_factor} to "
        "{style_transfer.starry_night_balanced_lbfgs_style_factor} times smaller"),
    "hw3/01_language_modeling": Row(
        "an LSTM that writes headlines, beside counted trigrams", "validation perplexity {perplexity}",
        "test perplexity {language_model.test_perplexity}, trigrams {language_model.trigram_test_perplexity}"),
    "hw3/02_summarization": Row(
        "a Transformer that writes headlines, with a pointer that copies", "test ROUGE-L {rougeL}",
        "test ROUGE-L {summarization.test_rougeL}, validation loss {summarization.unmasked_mean_loss}",
        "first words of the story: test ROUGE-L {summarization.test_lead_rougeL}; on other news: asked validation loss "
        "{summarization.unmasked_mean_loss.asked}, ancestor {summarization.unmasked_mean_loss.ancestor}"),
    "hw3/03_knowledge_distillation": Row(
        "a small BERT that learns from a large one",
        "student validation {distilled_val_acc}, without a teacher {alone_val_acc}",
        "student test {distillation.student_test_acc}", "its teacher test {distillation.teacher_test_acc}"),
}


def notebooks_block(recorded, on_real, results, benchmarks):
    """Return the table of notebooks, and the time of all of them, as Markdown.

    Parameters
    ----------
    recorded : dict, what `cs182 run --record` kept on the stand-in data
    on_real : list of rows of results/notebooks_real.json, what it kept on real data
    results : {name: entry} of the recorded runs
    benchmarks : list of rows of results/benchmarks.json
    """
    real = {f"{name}.{figure}": figure_text(figure, value) for name, entry in results.items()
            for figure, value in entry["figures"].items()}
    real |= {f"{row['run']}.{row['figure']}.{who}": other_text(who, row["figure"], value) for row in benchmarks
             for who, value in row.items() if isinstance(value, (int, float))}
    own_real, rows = {row["name"]: figure_texts(row) for row in on_real}, []
    for row in recorded["notebooks"]:
        words, every = ROWS[row["name"]], real | own_real.get(row["name"], {})
        cells = [minutes(row["seconds"]), fill(words.standin, figure_texts(row)), fill(words.real, every),
                 fill(words.others, real)]
        cells = [cell.replace(" %", "\N{NO-BREAK SPACE}%") for cell in cells]
        rows.append((f"[{row['title']}](notebooks/{row['name']}.ipynb)", words.build, *cells))
    total = sum(row["seconds"] for row in recorded["notebooks"])
    machine = recorded["machine"]
    return (f"{markdown_table(COLUMNS, rows)}\nAll of them together: {minutes(total)} on {machine['cores']} cores of "
            f"an {machine['cpu']}.\n")


def figure_texts(row):
    """Return {name: text} of the key figures of a notebook's `row`."""
    return {name: figure_text(name, value) for name, value in row["figures"].items()}


def limits_block(results, benchmarks, on_real=()):
    """Return the aims that the recorded runs missed, and a list of what their data lack, as Markdown; "" without any.

    Parameters
    ----------
    results : {name: entry} of the recorded runs
    benchmarks : list of rows of results/benchmarks.json
    on_real : list of rows of results/notebooks_real.json, whose data count, too
    """
    lines = []
    for row in benchmarks:
        value = results.get(row["run"], {}).get("figures", {}).get(row["figure"])
        if "aim" in row and value is not None and value < row["aim"]:
            aim = other_text("aim", row["figure"], row["aim"])
            lines.append(f"{row['label']}: {figure_text(row['figure'], value)}, aimed for {aim}.")
    missed = f"**Aims missed.** {' '.join(lines)}\n" if lines else ""
    return "\n".join(part for part in (missed, data_limits([*results.values(), *on_real])) if part)


def fill(template, figures):
    """Return the template with the figures in their places; a dash where it is empty or one of them is missing.

    `template` is a text such as "test {test_acc}", `figures` {name: text}.
    """
    complete = template and all(name in figures for name in PLACE.findall(template))
    return PLACE.sub(lambda place: figures[place[1]], template) if complete else "–"
