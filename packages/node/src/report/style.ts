/** The report's style sheet: system fonts, light and dark, narrow screens and paper. */
import { html } from './html.ts';

/** The `<style>` element. */
export const style = html`<style>
:root {
  color-scheme: light dark;
  --paper: light-dark(#fcfcfa, #16181b);
  --panel: light-dark(#ffffff, #1d2024);
  --ink: light-dark(#1c1e21, #e6e7e9);
  --faint: light-dark(#666c74, #9aa1ab);
  --line: light-dark(#e3e4e1, #30343a);
  --accent: light-dark(#2f6f9f, #6fb2e2);
  --left: light-dark(#c4582c, #f0935f);
  --right: light-dark(#2f6f9f, #6fb2e2);
  --good: light-dark(#2c7a4b, #68c08b);
  --bad: light-dark(#b3372f, #ef8379);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 1080px; padding: 2.5rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 ui-sans-serif, system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.01em; text-wrap: balance; }
h2 { font-size: 1.2rem; margin: 2.8rem 0 .6rem; }
p { margin: .4rem 0; max-width: 70ch; }
.faint, small, caption, th { color: var(--faint); }
small { font-size: .82rem; }
section > .scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { font-weight: 500; font-size: .82rem; text-align: left; padding: .35rem .75rem .35rem 0; }
td { border-top: 1px solid var(--line); padding: .6rem .75rem .6rem 0; vertical-align: middle; }
.good, .bad { white-space: nowrap; } .good { color: var(--good); } .bad { color: var(--bad); }
.tag { border: 1px solid var(--line); border-radius: 1em; padding: 0 .6em; font-size: .76rem; color: var(--faint); white-space: nowrap; }
.film { display: block; height: auto; max-width: 100%; min-width: 300px; }
.film .cell { fill: var(--panel); stroke: var(--line); }
.film path { fill: none; stroke-width: 2.2; stroke-linecap: round; stroke: var(--faint); }
.film circle { fill: var(--faint); }
.film .left { stroke: var(--left); } .film .right { stroke: var(--right); }
.bars { list-style: none; margin: 0; padding: 0; min-width: 15rem; font-size: .88rem; }
.bars li { display: grid; grid-template-columns: 1fr 4.2em; column-gap: .6em; align-items: center; padding: .12rem 0; }
.bars .bar { grid-column: 1 / -1; height: 4px; border-radius: 2px; background: var(--line); }
.bars .bar i { display: block; height: 100%; border-radius: 2px; background: var(--accent); width: calc(var(--share) * 100%); }
.bars .number { text-align: right; color: var(--faint); }
.confusion { width: auto; font-size: .82rem; }
.confusion th { padding: .2rem .5rem; } .confusion tbody th { text-align: left; white-space: nowrap; color: var(--ink); }
.confusion thead th { text-align: center; }
.confusion td { text-align: center; padding: 0; width: 2.5rem; min-width: 2.2rem; height: 2rem; border: 1px solid var(--line); }
.confusion td { background: color-mix(in oklab, var(--bad) calc(var(--share) * 80%), var(--panel)); }
.confusion td.hit { background: color-mix(in oklab, var(--good) calc(var(--share) * 65%), var(--panel)); }
.card { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.4rem; margin: 0; }
.card dt { color: var(--faint); } .card dd { margin: 0; overflow-wrap: anywhere; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .7rem .9rem; overflow-x: auto; }
code, pre { font: .84rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
@media (max-width: 640px) { .card { grid-template-columns: 1fr; gap: 0; } .card dd { margin-bottom: .6rem; } }
@media print { body { max-width: none; } tr, .film { break-inside: avoid; } }
</style>`;
