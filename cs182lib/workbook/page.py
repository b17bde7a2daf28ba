"""One executed notebook as one web page that needs nothing from the network: formulas become MathML, no scripts."""

import html
import re
from itertools import chain, count

from jinja2 import pass_context
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter

from cs182lib.workbook.page_style import BASE, document

STYLE = BASE + """
header, main { max-width: 60rem; }
header { padding-top: 2rem; }
main { padding-bottom: 4rem; }
h1 { margin: 1rem 0; } h2 { margin: 2.5rem 0 .75rem; } h3 { margin: 2rem 0 .5rem; } h4 { margin: 1.5rem 0 .5rem; }
main p, main ul, main ol { margin: .75rem 0; }
main ul, main ol { padding-left: 1.5rem; }
nav ul { list-style: none; padding: .5rem 0 0; columns: 20rem; }
nav .h3 { padding-left: 1rem; } nav .h4 { padding-left: 2rem; }
summary { cursor: pointer; color: var(--soft); }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto; }
math table, mtable { display: inline-table; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .8rem; text-align: left; vertical-align: top; }
pre { margin: 0; padding: .5rem .75rem; white-space: pre-wrap; }
p code, li code, td code { background: var(--code); padding: 0 .2rem; border-radius: .2rem; }
img { max-width: 100%; height: auto; background: #fff; }
svg { max-width: 100%; height: auto; }
mtd[columnalign="right"] { text-align: right; padding-right: .15em; }
mtd[columnalign="left"] { text-align: left; padding-left: 0; }
math[display="block"] { margin: .8rem 0; overflow-x: auto; overflow-y: hidden; }
.highlight { background: var(--card); border-left: 3px solid var(--edge); margin: .6rem 0; border-radius: .2rem; }
.prompt, .anchor-link { display: none; }
.output_stderr pre, .output_error pre { border-left: 3px solid var(--wrong); }
@media print { .highlight, img, table { break-inside: avoid; } nav { display: none; } }
"""
BODY = """<a class="skip" href="#main">Skip to the text</a>
<header>
<nav aria-label="Notebook">
<a href="../index.html">All notebooks</a>
<details><summary>Sections of this page</summary>
<ul>
{contents}
</ul></details>
</nav>
</header>
<main id="main" tabindex="-1">
{body}
</main>"""
HEADING = re.compile(r"<h([1-4])>(.*?)</h\1>", re.DOTALL)


def notebook_page(nb, title, folder):
    """Return the notebook `nb`, executed or not, as an HTML document, and its sections.

    Parameters
    ----------
    nb : NotebookNode
    title : str, the document's title
    folder : where the notebook lies, and the pictures it names

    Returns
    -------
    page : str; pictures in `folder` are put into it, and nothing is fetched when it is shown
    sections : list of (anchor, text), one for each heading
    """
    exporter = OfflineExporter(template_name="basic", embed_images=True, exclude_anchor_links=True)
    body, _ = exporter.from_notebook_node(nb, resources={"metadata": {"path": str(folder)}})
    body, headings = with_anchors(body)
    contents = "\n".join(f'<li class="h{level}"><a href="#{anchor}">{html.escape(text)}</a></li>'
                         for level, anchor, text in headings)
    body = BODY.format(contents=contents, body=body)
    page = document(title, STYLE + code_style(), body, styled_outputs=True)
    return page, [(anchor, text) for _, anchor, text in headings]


def code_style():
    """Return the colors of code, light and dark."""
    light, dark = ("\n".join(line for line in HtmlFormatter(style=style).get_style_defs(".highlight").splitlines()
                             if line.startswith(".highlight .")) for style in ("default", "github-dark"))
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}"


def with_anchors(body):
    """Give each heading of the HTML `body` an id made of its words.

    Return the page, and a list of (level, id, text), level from 1 to 4.
    """
    headings, used = [], set()

    def anchored(match):
        """Return the heading with an id, and note it."""
        level, inner = match.groups()
        text = " ".join(html.unescape(re.sub(r"<annotation.*?</annotation>|<[^>]+>", "", inner)).split())
        words = re.sub(r"\W+", "-", text.lower()).strip("-") or "section"
        anchor = next(anchor for anchor in chain([words], (f"{words}-{i}" for i in count(2))) if anchor not in used)
        used.add(anchor)
        headings.append((int(level), anchor, text))
        return f'<h{level} id="{anchor}">{inner}</h{level}>'

    return HEADING.sub(anchored, body), headings


def mathml(tex, display="inline"):
    """Return the TeX formula as MathML, which browsers show by themselves; as code where it is not understood.

    `tex` is the formula without dollars, `display` "inline" or "block".
    """
    tex = tex.replace("{aligned}", "{align*}")  # the same layout, under the one of its names that latex2mathml knows
    try:
        return convert(tex, display=display)
    except Exception:  # a formula that cannot be set must not cost the reader the page
        return f"<code>{html.escape(tex)}</code>"


class MathMLRenderer(IPythonRenderer):
    """Markdown to HTML, with formulas as MathML instead of text for a script to find."""

    def inline_math(self, body):
        """Return a formula within a line, the TeX `body` without its dollars, as MathML."""
        return mathml(body)

    def block_math(self, body):
        """Return a formula on lines of its own, the TeX `body` without its dollars, as MathML."""
        return mathml(body, "block")

    def latex_environment(self, name, body):
        """Return the LaTeX environment `name`, such as align, around the TeX `body` as MathML."""
        return mathml(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")


class OfflineExporter(HTMLExporter):
    """nbconvert's HTML export with MathMLRenderer for the text cells."""

    @pass_context
    def markdown2html(self, context, source):
        """Return the text cell `source` as HTML, with its pictures put in.

        They are found by `context`, that of the template: in the cell's attachments, or in the folder of the notebook.
        """
        attachments = context.get("cell", {}).get("attachments", {})
        path = context.get("resources", {}).get("metadata", {}).get("path", "")
        renderer = MathMLRenderer(escape=False, attachments=attachments, embed_images=True, path=path,
                                  exclude_anchor_links=True)
        return MarkdownWithMath(renderer=renderer).render(source)
