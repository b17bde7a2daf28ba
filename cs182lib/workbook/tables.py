"""The tables of results/RESULTS.md and README.md, made from the JSON files in results/."""

from cs182lib.files import read_json, refusing
from cs182lib.workbook.paths import ROOT
from cs182lib.workbook.report import figure_lines, machine_line, minutes
from cs182lib.workbook.results import load_results

COLUMNS = ("Figure", "This workbook", "Asked by the course", "Course staff", "Run A (2023)", "Run L (2019)",
           "This project's ancestor")
# What others reached: the thresholds stated in the homework, the outputs stored in the course's published notebooks,
# and two learners' complete runs. None: not recorded.
ROWS = (
    # label, result, figure, asked, staff, run A, run L, ancestor
    ("Two-layer net, best validation", "two_layer_net", "best_val_acc", "50 %", 0.522, 0.502, 0.526, None),
    ("Best fully connected net, best validation", "best_fully_connected_net", "best_val_acc", "50 %", 0.584, 0.511,
     0.517, None),
    ("Best fully connected net, test", "best_fully_connected_net", "test_acc", None, 0.551, 0.527, 0.490, None),
    ("NumPy convnet, validation after one epoch", "convnet", "first_epoch_val_acc", None, None, 0.482, 0.469, None),
    ("NumPy convnet, best validation", "convnet", "best_val_acc", None, None, None, 0.677, None),
    ("NumPy convnet, test", "convnet", "test_acc", None, None, None, 0.655, None),
    ("PyTorch net, best validation, 2 minutes", "cifar_net_2min", "best_val_acc", "70 %", None, 0.744, None, None),
    ("PyTorch net, test, 2 minutes", "cifar_net_2min", "test_acc", None, None, 0.7229, None, 0.7711),
    ("PyTorch net, test, 20 minutes", "cifar_net_20min", "test_acc", None, None, None, None, None),
    ("PyTorch net, test, 45 minutes", "cifar_net_45min", "test_acc", None, None, None, None, None),
    ("SqueezeNet of the workbook, test", "squeezenet_cifar10", "test_acc", None, None, None, None, None),
    ("LSTM captions of the scenes, BLEU-1", "captioning", "bleu1", "0.3 on COCO", None, None, None, None),
    ("LSTM captions of the scenes, BLEU-4", "captioning", "bleu4", None, None, None, None, None),
    ("The same from other pictures' features, BLEU-4", "captioning", "bleu4_shuffled", None, None, None, None, None),
    ("ImageNet SqueezeNet on 25 pictures, top-1", "network_visualization", "top1_acc", None, None, None, None, None),
    ("The 25 pictures fooled within 100 steps", "network_visualization", "fooled", None, None, None, None, None),
    ("Starry Night, balanced, L-BFGS: style loss falls to 1 /", "style_transfer",
     "starry_night_balanced_lbfgs_style_factor", None, None, None, None, None),
    ("LSTM language model of Reuters titles, test perplexity", "language_model", "test_perplexity", None, None, None,
     None, None),
    ("Kneser-Ney trigram on the same words, test perplexity", "language_model", "trigram_test_perplexity", None, None,
     None, None, None),
    ("Reuters body to title, validation ROUGE-L", "summarization", "rougeL", None, None, None, None, None),
    ("The best lead words, validation ROUGE-L", "summarization", "lead_rougeL", None, None, None, None, None),
    ("Reuters body to title, validation loss a word", "summarization", "masked_loss", None, None, None, None, None),
    ("Reuters body to title, unmasked loss over 100 places (other data than the others')", "summarization",
     "unmasked_mean_loss", "6.50 on CNN", None, 4.434, None, 5.07),
    ("Gazette body to headline, test ROUGE-L", "summarization_gazette", "test_rougeL", None, None, None, None, None),
    ("Gazette headlines that tell just the facts, test", "summarization_gazette", "test_factual", None, None, None,
     None, None),
    ("Teacher on ten Reuters topics, test", "distillation", "teacher_test_acc", None, None, None, None, None),
    ("Distilled student, test", "distillation", "student_test_acc", None, None, None, None, None),
    ("Student with a tenth of the labels, distilled, test", "distillation", "few_student_test_acc", None, None, None,
     None, None),
    ("Student with a tenth of the labels, alone, test", "distillation", "few_alone_test_acc", None, None, None, None,
     None),
)
NUMBERS = ("factor", "loss", "perplexity")  # the ends of the names of figures that are no shares
RUN_COLUMNS = ("Run", "Command", "Data", "Seed", "Time", "Machine", "Date")
# fingerprint -> what has to be said of those data wherever a figure from them is quoted
DATA_NOTES = {"ee8427ba5aa6": "a JPEG re-encoded copy: every image and label, each pixel a few gray levels off",
              "d46da5f2ae2c": "25 validation pictures of ImageNet",
              "65b0575d5eae": "photographs and paintings", "da3d5356d06b": "drawn by the workbook, in place of COCO",
              "02a219f448fe": "news of 1987, ModApte split",
              "ea70daed57c5": "written by the workbook's grammar, in place of news"}
HEAD = """# Results on real data

Made by `python -m cs182lib.workbook.results` from the JSON files beside this page. A dash stands for a figure that
is not recorded. "Course staff" are the outputs stored in the course's published notebooks; runs A and L are two
learners' complete runs; the ancestor is the earlier workbook that this one replaces.
"""


def results_table(results):
    """Return the table of figures, ours beside those of others, as Markdown."""
    rows = []
    for label, name, figure, asked, *others in ROWS:
        ours = results.get(name, {}).get("figures", {}).get(figure)
        texts = [figure_text(figure, value) for value in (ours, *others)]
        rows.append((label, texts[0] if ours is None else f"**{texts[0]}**", asked or "–", *texts[1:]))
    return markdown_table(COLUMNS, rows)


def runs_table(results):
    """Return the table that says how each recorded run can be had again, as Markdown."""
    return markdown_table(RUN_COLUMNS, [
        (entry["title"], f"`{entry['command']}`", data_note(entry["data"]), entry["seed"], minutes(entry["seconds"]),
         machine_line(entry["machine"]), entry["date"]) for entry in results.values()])


def notebooks_table(rows):
    """Return the README's table of notebooks from the rows that `cs182 run --record` kept, as Markdown."""
    return markdown_table(("Notebook", "Subject", "Time", "Key figures"), [
        (f"[{row['name']}](notebooks/{row['name']}.ipynb)", row["title"], minutes(row["seconds"]),
         "<br>".join(figure_lines(row["figures"]))) for row in rows])


def data_note(data):
    """Return source and fingerprint, and what has to be said about data of that fingerprint."""
    note = DATA_NOTES.get(data["fingerprint"])
    return f"{data['source']}, {data['fingerprint']}" + (f" ({note})" if note else "")


def figure_text(figure, value):
    """Return a figure as text: BLEU, ROUGE and factors as numbers, shares as percentages, a dash for None."""
    if value is None:
        return "–"
    if "bleu" in figure or "rouge" in figure:
        return f"{value:.3f}"
    return f"{value:.3g}" if figure.endswith(NUMBERS) else f"{100 * value:.2f}".rstrip("0").rstrip(".") + " %"


def markdown_table(columns, rows):
    """Return a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def results_page(results):
    """Return the whole text of results/RESULTS.md."""
    return f"{HEAD}\n{results_table(results)}\n## The runs\n\n{runs_table(results)}"


def fill_blocks(text, blocks):
    """Return `text` with what stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->` replaced by blocks[NAME]."""
    for name, block in blocks.items():
        begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"the page must hold {begin.strip()} and {end} once each")
        before, rest = text.split(begin)
        text = before + begin + block + end + rest.split(end)[1]
    return text


def made_pages(root=ROOT):
    """Return {path: text} of the two pages as they should be."""
    results = load_results(root / "results")
    times = root / "results" / "notebooks.json"
    advice = "record the notebooks again: cs182 run --record"
    recorded = read_json(times, advice) if times.exists() else {"notebooks": []}
    with refusing(times, advice):
        notebooks = notebooks_table(recorded["notebooks"])
    blocks = {"results": results_table(results), "notebooks": notebooks}
    readme = (root / "README.md").read_text(encoding="utf-8")
    return {root / "results" / "RESULTS.md": results_page(results), root / "README.md": fill_blocks(readme, blocks)}


def update_tables(root=ROOT):
    """Write both pages anew."""
    for path, text in made_pages(root).items():
        path.write_text(text, encoding="utf-8")
