"""One executed notebook as one web page that needs nothing from the network: formulas become MathML, no scripts."""

import html

from jinja2 import pass_context
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 60rem; margin: 2rem auto;
       padding: 0 1rem; }
a { color: #0b57a4; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { border-bottom: 1px solid #ddd; padding: .4rem .8rem; text-align: left; vertical-align: top; }
pre, code { font: 13px/1.45 ui-monospace, monospace; }
pre { margin: 0; padding: .5rem .7rem; white-space: pre-wrap; overflow-wrap: anywhere; }
p code, li code, td code { background: #f2f2f2; padding: 0 .2rem; }
img, svg { max-width: 100%; height: auto; }
mtd[columnalign="right"] { text-align: right; padding-right: .15em; }
mtd[columnalign="left"] { text-align: left; padding-left: 0; }
math[display="block"] { margin: .8rem 0; overflow-x: auto; }
.highlight { background: #f6f6f4; border-left: 3px solid #9bb8d3; margin: .6rem 0; }
.prompt, .anchor-link { display: none; }
.output_stderr pre, .output_error pre { background: #fdeaea; }
.failed { color: #a40000; } .passed { color: #176b1a; }
"""


def page(title, body):
    """Return a whole HTML document with our style around `body`."""
    style = STYLE + HtmlFormatter().get_style_defs(".highlight")
    return (f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width">\n<title>{html.escape(title)}</title>\n'
            f"<style>{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n")


def notebook_page(nb, title, folder):
    """Return the notebook `nb`, executed or not, as an HTML document; pictures in `folder` are put into it."""
    exporter = OfflineExporter(template_name="basic", embed_images=True, exclude_anchor_links=True)
    body, _ = exporter.from_notebook_node(nb, resources={"metadata": {"path": str(folder)}})
    return page(title, f'<p><a href="../index.html">All notebooks</a></p>\n{body}')


def mathml(tex, display="inline"):
    """Return the TeX formula as MathML, which browsers show by themselves; as code where it is not understood."""
    tex = tex.replace("{aligned}", "{align*}")  # the same layout, under the one of its names that latex2mathml knows
    try:
        return convert(tex, display=display)
    except Exception:  # a formula that cannot be set must not cost the reader the page
        return f"<code>{html.escape(tex)}</code>"


class MathMLRenderer(IPythonRenderer):
    """Markdown to HTML, with formulas as MathML instead of text for a script to find."""

    def inline_math(self, body):
        """Return a formula within a line as MathML."""
        return mathml(body)

    def block_math(self, body):
        """Return a formula on lines of its own as MathML."""
        return mathml(body, "block")

    def latex_environment(self, name, body):
        """Return a LaTeX environment, such as align, as MathML."""
        return mathml(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")


class OfflineExporter(HTMLExporter):
    """nbconvert's HTML export with MathMLRenderer for the text cells."""

    @pass_context
    def markdown2html(self, context, source):
        """Return the text cell `source` as HTML, with its pictures put in."""
        attachments = context.get("cell", {}).get("attachments", {})
        path = context.get("resources", {}).get("metadata", {}).get("path", "")
        renderer = MathMLRenderer(escape=False, attachments=attachments, embed_images=True, path=path,
                                  exclude_anchor_links=True)
        return MarkdownWithMath(renderer=renderer).render(source)
