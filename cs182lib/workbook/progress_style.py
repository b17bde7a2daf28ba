"""Style, signs and script of progress.html."""

from cs182lib.workbook.page_style import BASE

STYLE = BASE + """
.where { color: var(--soft); font-size: .875rem; overflow-wrap: anywhere; }
.total { color: var(--soft); margin: 1.25rem 0 .5rem; }
.total b { color: var(--ink); font-size: 2.25rem; font-weight: 650; line-height: 1; letter-spacing: -.02em; }

progress { display: block; width: 100%; height: 6px; border: 0; border-radius: 3px; appearance: none; overflow: hidden;
           background: var(--track); color: var(--right); print-color-adjust: exact; }
progress::-webkit-progress-bar { background: var(--track); }
progress::-webkit-progress-value { background: var(--right); border-radius: 3px; }
progress::-moz-progress-bar { background: var(--right); border-radius: 3px; }
header progress { height: 10px; border-radius: 5px; }

.state { white-space: nowrap; color: var(--open); }
.state svg { fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round;
             vertical-align: -.1em; margin-right: .4em; }
.right { color: var(--right); } .changed { color: var(--changed); } .wrong { color: var(--wrong); }
.legend, nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin-top: 1rem; }
.legend b { font-weight: 600; }
nav { margin-top: 1.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
nav ul { margin: 0; }
nav span, .head span { color: var(--soft); font-variant-numeric: tabular-nums; }

.next { margin: 2.5rem 0; padding: 1.25rem 1.5rem; background: var(--card); border: 1px solid var(--line);
        border-radius: .75rem; }
.next h2 { font-size: .875rem; font-weight: 600; color: var(--soft); letter-spacing: 0; }
.next > p { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; }
.next a code { font-size: 1.125rem; font-weight: 600; }

form { display: flex; flex-wrap: wrap; align-items: center; gap: .75rem 1.5rem; margin-top: 1rem; padding-bottom: 1rem;
       border-bottom: 1px solid var(--line); }
.field { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; }
label, #which { color: var(--soft); font-size: .875rem; }
input, button { font: inherit; font-size: .9375rem; color: inherit; background: var(--card); min-height: 2.25rem;
                border: 1px solid var(--edge); border-radius: .5rem; padding: .25rem .75rem; }
input { width: 15rem; max-width: 100%; }
input::placeholder { color: var(--soft); opacity: 1; }
button { cursor: pointer; }
button small { color: var(--soft); font-size: .8125rem; margin-left: .25rem; }
button[aria-pressed=true] { box-shadow: inset 0 0 0 1px currentColor; border-color: currentColor; font-weight: 600; }
#hits { color: var(--soft); font-size: .875rem; }

.part { margin-top: 2.5rem; }
.part .part { margin-top: 2rem; }
.head { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0 1rem;
        margin-bottom: .375rem; }
.head span { font-size: .9375rem; }
.notebook progress { height: 4px; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; margin-top: .5rem; }
caption { text-align: left; color: var(--soft); font-size: .8125rem; padding-bottom: .25rem; }
th, td { text-align: left; vertical-align: baseline; font-weight: inherit; padding: .375rem .75rem .375rem 0;
         border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-size: .8125rem; }
th:first-child { width: 6.5rem; }
th.place { width: 20rem; }
td.place { color: var(--soft); font-size: .9375rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.number { text-align: right; padding-right: 0; font-variant-numeric: tabular-nums; width: 3.5rem; }
tr:target { background: var(--card); }
summary { cursor: pointer; list-style: none; position: relative; padding-left: 1rem; }
summary::-webkit-details-marker { display: none; }
summary::before { content: ""; position: absolute; left: 0; top: .5em; border: .3em solid transparent;
                  border-left: .45em solid var(--soft); }
[open] > summary::before { left: -.1em; top: .65em; border: .3em solid transparent;
                           border-top: .45em solid var(--soft); }
.facts { margin: .5rem 0 .75rem; }
.facts time { white-space: nowrap; }
.facts p { max-width: 42rem; }
th .facts { margin-left: 1rem; margin-right: -24.25rem; }  /* below the place and the points, which are one line */
.facts dl > div { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); gap: 0 .75rem; margin-top: .375rem;
                   align-items: baseline; }
dt { color: var(--soft); font-size: .875rem; }
pre { margin: 0; padding: .5rem .75rem; background: var(--code); border-radius: .375rem; white-space: pre-wrap; }

@media (max-width: 44rem) {
  header { padding-top: 1.5rem; }
  .place { display: none; }
  .facts dl > div { grid-template-columns: minmax(0, 1fr); }
  th:first-child { width: 5.75rem; }
  th .facts { margin-left: -5.75rem; margin-right: -4.25rem; }
}
@media (forced-colors: active) { progress { appearance: auto; } button[aria-pressed=true] { outline: 2px solid; } }
@media print {
  [data-state=wrong] details:not([open])::details-content { content-visibility: visible; height: auto; display: block; }
  summary { padding-left: 0; }
  summary::before { display: none; }
  .part { margin-top: 1.5rem; }
  tr, .next { break-inside: avoid; }
  .head, caption { break-after: avoid; }
}
"""

ICONS = """<svg hidden aria-hidden="true">
<symbol id="sign-right" viewBox="0 0 14 14"><path d="M2 7.5 5.5 11 12 3.5"/></symbol>
<symbol id="sign-changed" viewBox="0 0 14 14"><path d="M12 7a5 5 0 1 1-1.8-3.8M10.5.8v2.6H7.9"/></symbol>
<symbol id="sign-wrong" viewBox="0 0 14 14"><path d="m3 3 8 8M11 3l-8 8"/></symbol>
<symbol id="sign-open" viewBox="0 0 14 14"><circle cx="7" cy="7" r="4.5"/></symbol>
</svg>"""

SCRIPT = """
const form = document.getElementById("filter"), words = document.getElementById("words");
const buttons = [...form.querySelectorAll("button")], rows = [...document.querySelectorAll("tbody tr")];

function show() {
  const wanted = words.value.toLowerCase().split(/\\s+/).filter(Boolean);
  const states = buttons.filter(button => button.ariaPressed === "true").map(button => button.value);
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = states.length > 0 && !states.includes(row.dataset.state) || !wanted.every(word => text.includes(word));
  }
  for (const part of document.querySelectorAll(".part")) part.hidden = !part.querySelector("tbody tr:not([hidden])");
  const hits = rows.filter(row => !row.hidden).length;
  document.getElementById("hits").textContent = `${hits} of ${rows.length} exercises`;
}

function open() {  // the exercise that the address names, also where the filter has hidden it
  const row = rows.find(row => "#" + row.id === location.hash);
  if (!row) return;
  if (row.hidden) {
    words.value = "";
    for (const button of buttons) button.ariaPressed = "false";
    show();
  }
  row.querySelector("details").open = true;
  row.scrollIntoView();
}

form.addEventListener("submit", event => event.preventDefault());
form.addEventListener("input", show);
for (const button of buttons) button.addEventListener("click", () => {
  button.ariaPressed = button.ariaPressed === "true" ? "false" : "true";
  show();
});
addEventListener("hashchange", open);
form.hidden = false;
show();
open();
"""
