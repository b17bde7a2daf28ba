"""Style and script of the report of a run, build/report/index.html."""

from cs182lib.workbook.page_style import BASE

STYLE = BASE + """
header { padding-bottom: 1.5rem; }
header p { margin-top: .75rem; }
.machine { color: var(--soft); font-size: .875rem; }
form { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; margin: 1rem 0 .5rem; }
label, #hits { color: var(--soft); font-size: .875rem; }
input { font: inherit; color: inherit; background: var(--card); min-height: 2.25rem; width: 20rem; max-width: 100%;
        border: 1px solid var(--edge); border-radius: .5rem; padding: .25rem .75rem; }
input::placeholder { color: var(--soft); opacity: 1; }
section { margin-top: 2.5rem; }
article { display: grid; grid-template-columns: 15rem minmax(0, 1fr); gap: 0 1.5rem; padding: 1.25rem 0;
          border-top: 1px solid var(--line); }
article img { width: 100%; height: auto; border-radius: .375rem; background: #fff; border: 1px solid var(--line); }
h3 a { text-decoration: none; }
h3 a:hover { text-decoration: underline; }
.name { color: var(--soft); font-size: .875rem; }
.facts { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin: .5rem 0; list-style: none; }
.passed { color: var(--right); } .failed { color: var(--wrong); }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0 1rem; font-size: .9375rem; }
dt { color: var(--soft); } dd { font-variant-numeric: tabular-nums; }
details { margin-top: 1rem; }
summary { cursor: pointer; color: var(--soft); }
#sections ol { margin: .5rem 0 0; padding: 0; list-style: none; columns: 22rem; column-gap: 2rem; }
#sections li { padding: .125rem 0; break-inside: avoid; }
#sections small { color: var(--soft); display: block; font-size: .8125rem; }
@media (max-width: 44rem) {
  header { padding-top: 1.5rem; }
  article { grid-template-columns: minmax(0, 1fr); gap: .75rem; }
  dl { grid-template-columns: minmax(0, 1fr); }
  dd { margin-bottom: .25rem; }
}
@media print {
  article { break-inside: avoid; grid-template-columns: 9rem minmax(0, 1fr); }
  #sections { display: none; }
}
"""

SCRIPT = """
const form = document.getElementById("search"), words = document.getElementById("words");
const entries = [...document.querySelectorAll("#sections li")], list = document.querySelector("#sections details");

function show() {
  const wanted = words.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const entry of entries) {
    const text = entry.textContent.toLowerCase();
    entry.hidden = !wanted.every(word => text.includes(word));
  }
  const hits = entries.filter(entry => !entry.hidden).length;
  document.getElementById("hits").textContent = `${hits} of ${entries.length} sections`;
  if (wanted.length) list.open = true;
}

form.addEventListener("submit", event => {  // Enter goes to the first hit
  event.preventDefault();
  const first = entries.find(entry => !entry.hidden);
  if (words.value.trim() && first) first.querySelector("a").click();
});
words.addEventListener("input", show);
form.hidden = false;
show();
"""
