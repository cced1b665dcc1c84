/** The confusion matrix as a table with counts and colors. */
import { type Html, html } from './html.ts';

/** How often which class was taken for which. */
export interface Confusion {
  readonly labels: readonly string[];
  /** `[truth][prediction]`: recordings. */
  readonly counts: readonly (readonly number[])[];
  /** What was tested, such as `ui-prmd-kinect, even subjects`. */
  readonly about?: string;
}

/** Draws a confusion matrix; a class that neither occurred nor was predicted keeps its row and column. */
export function confusionTable({ labels, counts, about }: Confusion): Html {
  const total = sum(counts.flat());
  const right = sum(counts.map((row, index) => row[index] ?? 0));
  return html`<section><h2>What is taken for what</h2>
<p>${right} of ${total} right${total > 0 ? ` (${((100 * right) / total).toFixed(1)} %)` : ''}${about ? html` <span class="faint">· ${about}</span>` : undefined}</p>
<div class="scroll"><table class="confusion">
<thead><tr><th>shown</th>${labels.map((label, index) => html`<th scope="col" title="recognized as ${label}">${index + 1}</th>`)}<th>right</th></tr></thead>
<tbody>${labels.map((label, truth) => {
    const row = counts[truth] ?? [];
    const all = sum(row);
    return html`<tr><th scope="row">${truth + 1} ${label}</th>${labels.map((other, index) => {
      const count = row[index] ?? 0;
      const share = all > 0 ? count / all : 0;
      const kind = index === truth ? html` class="hit"` : undefined;
      return html`<td${kind} style="--share:${share.toFixed(3)}" title="${label} recognized as ${other}: ${count}">${count || undefined}</td>`;
    })}<th>${all > 0 ? `${((100 * (row[truth] ?? 0)) / all).toFixed(0)} %` : '–'}</th></tr>
`;
  })}</tbody></table></div>
<p><small>Rows are what a recording shows, columns, by number, what it was taken for.</small></p></section>`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
