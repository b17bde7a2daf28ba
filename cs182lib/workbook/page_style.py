"""What all pages of the workbook share: the document around them, and colors for light, dark and paper, type, focus."""

import base64
import hashlib
import html

DOCUMENT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
{script}</body>
</html>
"""
BASE = """
:root {
  color-scheme: light dark;
  --paper: #faf9f6; --card: #fff; --ink: #24272c; --soft: #5b616b; --line: #e2dfd8; --track: #e6e3dc; --link: #22577a;
  --right: #1f7350; --changed: #855600; --wrong: #ad3226; --open: #5b616b; --code: #f1efea; --edge: #878c95;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181b; --card: #1d2024; --ink: #e4e2dd; --soft: #a5abb5; --line: #2f343a; --track: #32373e;
    --link: #93c4e4; --right: #74c9a3; --changed: #dfb25f; --wrong: #f0958a; --open: #a5abb5; --code: #262a2f;
    --edge: #767c86;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: break-word;
       font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
header, main, footer { max-width: 56rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 3rem; }
main { padding-bottom: 3rem; }
footer { padding-bottom: 3rem; color: var(--soft); font-size: .875rem; }
h1, h2, h3, h4, p, ul, dl, dd { margin: 0; padding: 0; font-weight: inherit; }
h1 { font-size: 2.25rem; line-height: 1.2; font-weight: 650; letter-spacing: -.02em; }
h2 { font-size: 1.5rem; font-weight: 650; letter-spacing: -.01em; }
h3 { font-size: 1.25rem; font-weight: 650; }
h4 { font-size: 1rem; font-weight: 600; }
a { color: var(--link); text-underline-offset: .2em; text-decoration-thickness: .06em; }
code, pre { font: .875em/1.5 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
            overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 3px; border-radius: 3px; }
#exercises:focus, #sections:focus { outline: none; }
.skip { position: absolute; left: 1rem; top: -6rem; padding: .5rem 1rem; background: var(--card); z-index: 1; }
.skip:focus { top: 1rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --track: #ddd; --link: #000;
          --right: #14563a; --changed: #664200; --wrong: #8a2018; --open: #444; --code: #fff; }
  @page { margin: 15mm; }
  html { font-size: 10pt; }
  header, main, footer { max-width: none; padding: 0; }
  form, .skip { display: none !important; }
}
"""


def document(title, style, body, script="", styled_outputs=False):
    """Return a page in one file, under a policy that lets nothing be fetched and nothing run but its own script.

    Parameters
    ----------
    title : str, not yet escaped
    style, script : CSS and JavaScript, allowed by their hashes
    body : HTML
    styled_outputs : bool; what notebooks show has styles of its own, which are allowed then
    """
    allowed = "'unsafe-inline'" if styled_outputs else f"'sha256-{_hash(style)}'"
    policy = (f"default-src 'none'; img-src data:; base-uri 'none'; style-src {allowed}"
              + (f"; script-src 'sha256-{_hash(script)}'" if script else ""))
    return DOCUMENT.format(policy=policy, title=html.escape(title), style=style, body=body,
                           script=f"<script>{script}</script>\n" if script else "")


def _hash(text):
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
