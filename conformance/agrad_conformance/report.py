"""The matrix, as text, as JSON and as a page that can be sorted and filtered."""

from __future__ import annotations

import html
import json
from typing import Any

from agrad_conformance.findings import FAIL, NA, PASS, Judgement
from agrad_conformance.runner import Report

VALUES = ("value", "against numpy")
GRADIENTS = ("gradient", "gradient against numpy")
MARKS = {PASS: "ok", FAIL: "FAIL", NA: "n/a"}


def number(value: float | None) -> str:
    """Show a distance: a dash where none was measured."""
    if value is None:
        return "-"
    return "0" if value == 0 else f"{value:.2g}" if value < 1e6 else "inf" if value == float("inf") else f"{value:.0e}"


def text(report: Report) -> str:
    """Return the matrix: a line per operation, per place its value ulps, gradient ulps and verdict."""
    width = max([len(name) for name in report.names] + [9])
    head = "operation".ljust(width) + "".join(f" | {place:^24}" for place in report.places)
    sub = " " * width + "".join(f" | {'value':>8}{'gradient':>9}{'':>2}{'':<5}" for _ in report.places)
    lines = [head, sub, "-" * len(head)]
    for name in report.names:
        cells = []
        for place in report.places:
            found = report.judgements.get((name, place))
            if found is None:
                cells.append(f" | {'':24}")
                continue
            cells.append(
                f" | {number(found.worst(*VALUES)):>8}{number(found.worst(*GRADIENTS)):>9}  {MARKS[found.verdict]:<5}"
            )
        lines.append(name.ljust(width) + "".join(cells))
    lines.append("")
    for judgement in report.failures:
        lines.append(f"FAIL {judgement.name} on {judgement.place}")
        shown = {(f.check, f.dtype): f for f in judgement.findings if f.verdict == FAIL}
        lines += [f"     {check} {dtype}: {finding.message}" for (check, dtype), finding in list(shown.items())[:6]]
    if report.missing:
        lines.append(f"primitives without a case: {', '.join(report.missing)}")
    lines.append(summary(report))
    return "\n".join(lines)


def summary(report: Report) -> str:
    """Return the last lines: per place how many passed, failed and do not apply, and how many single checks that were."""
    lines = []
    for place in report.places:
        found = [j for (_, where), j in report.judgements.items() if where == place]
        counts = {mark: sum(1 for j in found if j.verdict == mark) for mark in (PASS, FAIL, NA)}
        checks = sum(len(j.findings) for j in found)
        skipped = sum(1 for j in found for f in j.findings if f.verdict == NA)
        lines.append(
            f"{place}: {counts[PASS]} passed, {counts[FAIL]} failed, {counts[NA]} not applicable; "
            f"{checks} checks, {skipped} of them not applicable"
        )
    lines.append(f"in {report.seconds:.0f} s, agrad {report.about.get('versions', {}).get('agrad', '?')}")
    return "\n".join(lines)


def as_dict(report: Report) -> dict[str, Any]:
    """Return everything a run found, for JSON."""
    return {
        "about": report.about,
        "seconds": round(report.seconds, 1),
        "places": report.places,
        "passed": report.passed,
        "missing": report.missing,
        "judgements": [_judgement(judgement) for judgement in report.judgements.values()],
    }


def _judgement(judgement: Judgement) -> dict[str, Any]:
    return {
        "name": judgement.name,
        "place": judgement.place,
        "verdict": judgement.verdict,
        "value_ulps": _finite(judgement.worst(*VALUES)),
        "gradient_ulps": _finite(judgement.worst(*GRADIENTS)),
        "checks": [
            {
                "check": f.check,
                "verdict": f.verdict,
                "dtype": f.dtype,
                "measured": _finite(f.measured),
                "bound": f.bound,
                "message": f.message,
            }
            for f in judgement.findings
        ],
    }


def _finite(value: float | None) -> float | str | None:
    return "inf" if value == float("inf") else None if value is None else float(f"{value:.4g}")


def as_json(report: Report) -> str:
    """Return the run as JSON text."""
    return json.dumps(as_dict(report), indent=1)


def as_html(report: Report) -> str:
    """Return the run as one page: a matrix with the details of a cell a click away."""
    rows = []
    for name in report.names:
        cells = []
        for place in report.places:
            found = report.judgements.get((name, place))
            if found is None:
                cells.append("<td></td><td></td><td></td>")
                continue
            value, gradient = found.worst(*VALUES), found.worst(*GRADIENTS)
            key = html.escape(f"{name}|{place}", quote=True)
            cells.append(
                f'<td class="n" data-v="{value if value is not None else -1}">{number(value)}</td>'
                f'<td class="n" data-v="{gradient if gradient is not None else -1}">{number(gradient)}</td>'
                f'<td class="v {found.verdict.replace("/", "")}" data-k="{key}" tabindex="0">{MARKS[found.verdict]}'
                f"<small>{len(found.findings)}</small></td>"
            )
        worst = FAIL if any(
            (j := report.judgements.get((name, place))) is not None and j.verdict == FAIL for place in report.places
        ) else PASS  # fmt: skip
        rows.append(f'<tr data-verdict="{worst}"><th scope="row">{html.escape(name)}</th>{"".join(cells)}</tr>')
    heads = "".join(f'<th colspan="3" class="place">{html.escape(place)}</th>' for place in report.places)
    subs = "".join(
        f'<th class="s" data-c="{3 * i + 1}">value ulp</th><th class="s" data-c="{3 * i + 2}">gradient ulp</th><th>verdict</th>'
        for i in range(len(report.places))
    )
    versions = " · ".join(f"{name} {version}" for name, version in report.about.get("versions", {}).items())
    tiles = []
    for place in report.places:
        found_here = [j for (_, where), j in report.judgements.items() if where == place]
        good = sum(j.verdict == PASS for j in found_here)
        bad = sum(j.verdict == FAIL for j in found_here)
        checks = sum(len(j.findings) for j in found_here)
        tiles.append(
            f'<div class="tile {"bad" if bad else "good"}"><b>{html.escape(place)}</b><span>{good} / {len(found_here)}</span>'
            f"<small>{bad} failed · {checks} checks</small></div>"
        )
    details = {
        f"{j.name}|{j.place}": _judgement(j)["checks"] for j in report.judgements.values()
    }  # fmt: skip
    data = json.dumps(details).replace("</", "<\\/")
    return _PAGE.format(
        date=html.escape(str(report.about.get("date", ""))),
        versions=html.escape(versions),
        python=html.escape(str(report.about.get("python", ""))),
        machine=html.escape(str(report.about.get("machine", ""))),
        tiles="".join(tiles),
        heads=heads,
        subs=subs,
        rows="\n".join(rows),
        data=data,
        missing=html.escape(", ".join(report.missing)) or "none",
    )


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>agrad conformance</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ --ink:#1d2733; --soft:#66768a; --line:#e3e8ee; --paper:#fff; --good:#1a7f4b; --goodbg:#e5f6ec; --bad:#b3261e; --badbg:#fde8e6;
 --na:#7a8794; --nabg:#f1f4f7; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink:#e6edf3; --soft:#93a1b0; --line:#2b3542; --paper:#11161d; --good:#5fd394;
 --goodbg:#12301f; --bad:#ff8a80; --badbg:#3a1715; --na:#8b98a6; --nabg:#1b222b; }} }}
body {{ font:15px/1.45 system-ui,sans-serif; color:var(--ink); background:var(--paper); margin:2rem auto; max-width:1200px; padding:0 1rem; }}
h1 {{ font-size:1.6rem; margin:0 0 .2rem; }} p.meta {{ color:var(--soft); margin:.1rem 0; font-size:.9rem; }}
.tiles {{ display:flex; gap:.8rem; flex-wrap:wrap; margin:1.2rem 0; }}
.tile {{ border-radius:10px; padding:.7rem 1rem; min-width:130px; display:flex; flex-direction:column; }}
.tile span {{ font-size:1.5rem; font-variant-numeric:tabular-nums; }} .tile small {{ opacity:.8; }}
.tile.good {{ background:var(--goodbg); color:var(--good); }} .tile.bad {{ background:var(--badbg); color:var(--bad); }}
.bar {{ display:flex; gap:.6rem; margin:.6rem 0; }} input,select {{ font:inherit; padding:.35rem .6rem; border:1px solid var(--line);
 border-radius:8px; background:var(--paper); color:var(--ink); }}
table {{ border-collapse:collapse; width:100%; font-size:.9rem; }} th,td {{ padding:.25rem .55rem; border-bottom:1px solid var(--line); text-align:left; }}
thead {{ position:sticky; top:0; z-index:1; background:var(--paper); box-shadow:0 1px 0 var(--line); }} th.place {{ text-align:center; border-left:2px solid var(--line); }}
th.s {{ cursor:pointer; color:var(--soft); font-weight:500; }} td.n {{ text-align:right; font-variant-numeric:tabular-nums; color:var(--soft); }}
td.v {{ cursor:pointer; font-weight:600; }} td.v small {{ font-weight:400; opacity:.6; margin-left:.4rem; }}
td.pass {{ color:var(--good); background:var(--goodbg); }} td.fail {{ color:var(--bad); background:var(--badbg); }} td.na {{ color:var(--na); background:var(--nabg); }}
#detail {{ position:fixed; right:1rem; bottom:1rem; width:min(620px,92vw); max-height:70vh; overflow:auto; background:var(--paper);
 border:1px solid var(--line); border-radius:12px; box-shadow:0 12px 40px #0003; padding:1rem; display:none; }}
#detail h2 {{ margin:0 0 .5rem; font-size:1.05rem; }} #detail td {{ vertical-align:top; font-size:.85rem; }}
#detail button {{ float:right; }}
</style></head><body>
<h1>agrad conformance</h1>
<p class="meta">{date} · Python {python} · {machine}</p><p class="meta">{versions}</p><p class="meta">primitives without a case: {missing}</p>
<div class="tiles">{tiles}</div>
<div class="bar"><input id="q" placeholder="filter by name" aria-label="filter by name"><select id="f" aria-label="verdict">
<option value="">all</option><option value="fail">failed</option><option value="pass">passed</option></select></div>
<table><thead><tr><th rowspan="2" class="s" data-c="0">operation</th>{heads}</tr><tr>{subs}</tr></thead><tbody>
{rows}
</tbody></table>
<div id="detail" role="dialog" aria-live="polite"></div>
<script>
const D={data};
const body=document.querySelector('tbody'), rows=[...body.rows], q=document.getElementById('q'), f=document.getElementById('f');
function show(){{ for(const r of rows) r.hidden = !r.cells[0].textContent.includes(q.value) || (f.value && r.dataset.verdict!==f.value); }}
q.oninput=f.onchange=show;
let last=-1, up=false;
for(const h of document.querySelectorAll('th.s')) h.onclick=()=>{{ const c=+h.dataset.c; up = last===c ? !up : false; last=c;
 const key=r=>c?parseFloat(r.cells[c].dataset.v):r.cells[0].textContent;
 rows.sort((a,b)=>{{const x=key(a),y=key(b); return (x<y?-1:x>y?1:0)*(c&&!up?-1:1)*(c||!up?1:-1);}}).forEach(r=>body.append(r)); }};
const box=document.getElementById('detail');
function esc(s){{ const d=document.createElement('i'); d.textContent=s; return d.innerHTML; }}
function open(k){{ const [n,p]=k.split('|'); box.style.display='block';
 const g={{}}; for(const c of D[k]){{ const t=c.check+'|'+c.dtype; (g[t]=g[t]||[]).push(c); }}
 box.innerHTML='<button onclick="this.parentNode.style.display=\\'none\\'">close</button><h2>'+esc(n)+' on '+esc(p)+'</h2><table>'+
 Object.values(g).map(cs=>{{ const bad=cs.find(c=>c.verdict==='fail')||cs.find(c=>c.message)||cs[0];
  const m=Math.max(...cs.map(c=>typeof c.measured==='number'?c.measured:-1));
  return '<tr><td class="'+bad.verdict.replace('/','')+'">'+bad.verdict+'</td><td>'+esc(cs[0].check)+' &times;'+cs.length+'</td><td>'+esc(cs[0].dtype)+'</td><td>'+
   (m>=0?m.toPrecision(3)+(cs[0].bound!=null?' of '+cs[0].bound:''):'')+'</td><td>'+esc(bad.message||'')+'</td></tr>'; }}).join('')+'</table>'; }}
document.addEventListener('click',e=>{{ const c=e.target.closest('td.v'); if(c) open(c.dataset.k); }});
document.addEventListener('keydown',e=>{{ if(e.key==='Enter'&&e.target.matches('td.v')) open(e.target.dataset.k); if(e.key==='Escape') box.style.display='none'; }});
</script></body></html>
"""
