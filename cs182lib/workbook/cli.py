"""The `cs182` command. Each subcommand imports what it needs when it is called, so that --help answers at once."""

import argparse
import os
import sys

from cs182lib import __version__


def main(argv=None):
    """Run the command line `argv` (the process's own by default) and return the exit status."""
    args = build_parser().parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a Windows pipe may know no check mark
    try:
        status = args.call(args)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # what reads the output, such as head, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ValueError, OSError) as error:  # what was asked for cannot be, or not there: read-only, full, no folder
        print(f"cs182: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\ncs182: interrupted", file=sys.stderr)
    return 1


def build_parser():
    """Return the parser of the `cs182` command."""
    parser = argparse.ArgumentParser(prog="cs182", description="The CS182 workbook from the command line.")
    parser.add_argument("--version", action="version", version=f"cs182 {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    doctor = commands.add_parser("doctor", help="check this machine: Python, versions, BLAS, threads, device, data")
    doctor.set_defaults(call=call_doctor)
    run = commands.add_parser("run", help="execute the notebooks and write build/report/index.html",
                              description="Execute the notebooks, or with --full train on the real data.")
    run.add_argument("--only", nargs="+", metavar="NAME", default=[], help="only notebooks whose name holds NAME")
    run.add_argument("--cell-timeout", type=int, metavar="SECONDS", help="most that one cell may take (no limit)")
    run.add_argument("--out", metavar="DIR", help="where the report goes (build/report)")
    run.add_argument("--record", action="store_true", help="keep times and key figures in results/")
    run.add_argument("--full", nargs="*", metavar="NAME",
                     help="long training on the real data instead, recorded in results/; all runs, or those named")
    run.set_defaults(call=call_run)
    add_own_commands(commands)
    features = commands.add_parser("features", help="make your own captioned pictures ready for the captioning models",
                                   description="Read the pictures of a folder and their captions (captions.csv with "
                                   "the heading file,caption, or captions.json); write what load_coco_data reads.")
    features.add_argument("folder", metavar="FOLDER", help="the folder that holds the pictures")
    features.add_argument("--captions", metavar="FILE", help="another file of captions")
    features.add_argument("--output", metavar="FOLDER", help="where to write (FOLDER/coco_captioning)")
    features.add_argument("--val-share", type=float, default=0.1, metavar="SHARE",
                          help="share of the pictures kept for validation (0.1)")
    features.add_argument("--min-count", type=int, default=1, metavar="N", help="rarer words become <UNK> (1)")
    features.set_defaults(call=call_features)
    return parser


def add_own_commands(commands):
    """Add the commands of a learner's own workbook."""
    start = commands.add_parser("start", help="make an own workbook: the exercises blank, everything else in place")
    start.add_argument("folder", metavar="DIR", help="a folder that does not exist yet")
    start.add_argument("--hw", nargs="+", type=int, choices=(1, 2, 3), default=(1, 2, 3), metavar="N",
                       help="which homeworks to solve (1 2 3); the ones before the first of them come solved")
    start.set_defaults(call=call_start)
    update = commands.add_parser("update", help="bring a newer version into an own workbook, beside what you edited")
    update.add_argument("folder", metavar="DIR", nargs="?", default=".", help="the workbook (the one you are in)")
    update.set_defaults(call=call_update)
    check = commands.add_parser("check", help="check exercises of your own workbook, and say what is wrong")
    check.add_argument("names", nargs="*", metavar="NAME", help="hw1, hw1/affine_forward, ... (all)")
    check.add_argument("--hint", action="store_true", help="give the next of three hints to one exercise")
    check.add_argument("--json", action="store_true", help="print the results as JSON")
    check.add_argument("--seconds", type=float, metavar="S", help="most that one check may take (30)")
    check.set_defaults(call=call_check)
    listing = commands.add_parser("exercises", help="list the exercises: place, points, state")
    listing.add_argument("names", nargs="*", metavar="NAME", help="hw1, hw1/affine_forward, ... (all)")
    listing.add_argument("--json", action="store_true", help="print them as JSON")
    listing.set_defaults(call=call_exercises)
    progress = commands.add_parser("progress", help="show what is solved, and write progress.html")
    progress.set_defaults(call=call_progress)


def call_start(args):
    """Run `cs182 start` with the parsed `args` (folder, hw) and return 0 once the workbook is there."""
    from cs182lib.workbook.own_commands import start_command

    return start_command(args.folder, args.hw)


def call_update(args):
    """Run `cs182 update` with the parsed `args` (folder) and return 0 once the newest version is in."""
    from cs182lib.workbook.own_commands import update_command

    return update_command(args.folder)


def call_check(args):
    """Run `cs182 check` with the parsed `args` (names, hint, json, seconds).

    Return 0 if all that was named is right, else 1.
    """
    from cs182lib.workbook.own_commands import check_command

    return check_command(args.names, as_json=args.json, hint=args.hint, seconds=args.seconds)


def call_exercises(args):
    """Run `cs182 exercises` with the parsed `args` (names, json) and return 0 once they are listed."""
    from cs182lib.workbook.own import find_own
    from cs182lib.workbook.progress import list_exercises

    list_exercises(find_own(), args.names, args.json)
    return 0


def call_progress(args):
    """Run `cs182 progress`, which takes nothing from `args`; return 0 once it is shown and the page is written."""
    from cs182lib.workbook.own import own_folder
    from cs182lib.workbook.progress import show_progress

    show_progress(own_folder())
    return 0


def call_doctor(args):
    """Run `cs182 doctor`, which takes nothing from `args`; return 0 if all is well, else 1."""
    from cs182lib.workbook.doctor import examine

    return 0 if examine() else 1


def call_run(args):
    """Run `cs182 run` with the parsed `args` (only, cell_timeout, out, record, full).

    Return 0 if every notebook passed or every full run was recorded, else 1. ValueError where an option of the
    notebooks stands beside --full.
    """
    if args.full is not None:
        besides = [option for option, value in (("--only", args.only), ("--cell-timeout", args.cell_timeout),
                                                ("--out", args.out), ("--record", args.record)) if value]
        if besides:
            raise ValueError(f"--full makes the long runs, and {', '.join(besides)} goes with the notebooks; leave one "
                             "of them out. A long run is chosen behind --full: cs182 run --full convnet")
        from cs182lib.workbook.full_runs import run_full

        run_full(args.full)
        return 0
    from cs182lib.workbook.report import report_folder, summary
    from cs182lib.workbook.run import record_times, run_notebooks

    out = report_folder(args.out)
    rows = run_notebooks(args.only, out=out, cell_timeout=args.cell_timeout)
    print(f"{summary(rows, len(rows))} See {out / 'index.html'}")
    if args.record:
        record_times(rows)
    return 0 if all(row["passed"] for row in rows) else 1


def call_features(args):
    """Run `cs182 features` with the parsed `args` (folder, output, captions, val_share, min_count).

    Return 0 once the files are written.
    """
    from cs182lib.data.coco import load_coco_data
    from cs182lib.vision.own_pictures import write_own_captions

    output = write_own_captions(args.folder, args.output, args.captions, args.val_share, args.min_count, progress=True)
    print(load_coco_data(output))
    print(f"Train on them with load_coco_data({str(output)!r})")
    return 0
