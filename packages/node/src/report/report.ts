/** A report on recognized recordings: one HTML file that needs nothing else and asks nobody. */
import type { Classification, Clip, Manifest, Match, UpAxis } from '@kinegraph/core';
import { type Confusion, confusionTable } from './confusion-table.ts';
import { filmStrip } from './film-strip.ts';
import { type Html, html } from './html.ts';
import { modelCard } from './model-card.ts';
import { style } from './style.ts';

/** A recording and what it really shows, as far as that is known. */
export interface ReportRecording {
  readonly id: string;
  readonly clip: Clip;
  /** The axis that points up; see the film strip. */
  readonly up?: UpAxis;
  /** What it shows. */
  readonly truth?: string;
  /** Made by a program, not recorded: the report says so. */
  readonly synthetic?: boolean;
}

/** A recording and its classes, best first. */
export interface RecognizedRecording extends ReportRecording {
  readonly classes: readonly Classification[];
}

/** A new action that was learned from one example. */
export interface OneShotResult {
  readonly label: string;
  readonly example: ReportRecording;
  /** Other actions that could have been found. */
  readonly known?: readonly string[];
  /** Recordings that were looked up, and the nearest label, if any was near enough. */
  readonly queries: readonly (ReportRecording & { readonly match?: Match })[];
}

/** What {@link recognitionReport} shows. */
export interface ReportData {
  readonly title: string;
  /** A few sentences under the title, such as where the recordings come from. */
  readonly notes?: readonly string[];
  readonly model: { readonly manifest: Manifest; readonly file?: string; readonly bytes?: number };
  readonly recordings: readonly RecognizedRecording[];
  readonly confusion?: Confusion;
  readonly oneShot?: OneShotResult;
  /** Commands that repeat what the report shows. */
  readonly commands: readonly string[];
}

/**
 * Writes a report: recordings as film strips with their classes, the confusion matrix, the action learned from one example, the model's
 * card and the commands. It works offline in light and dark; all data is escaped.
 *
 * @returns a whole HTML document
 * @example
 * await writeFile('report.html', recognitionReport({ title: 'Today', model, recordings, commands: [] }));
 */
export function recognitionReport(data: ReportData): string {
  const { title, notes = [], model, recordings, confusion, oneShot, commands } = data;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
${style}
</head>
<body>
<header><h1>${title}</h1>${notes.map((note) => html`<p class="faint">${note}</p>`)}</header>
<main>
${recordings.length > 0 ? recordingsSection(recordings, model.manifest.labels) : undefined}
${oneShot && oneShotSection(oneShot)}
${confusion && confusionTable(confusion)}
${modelCard(model)}
${commands.length > 0 ? html`<section><h2>Repeat it</h2><pre>${commands.join('\n')}</pre></section>` : undefined}
</main>
</body>
</html>
`;
  return page.toString();
}

function recordingsSection(recordings: readonly RecognizedRecording[], labels: readonly string[]): Html {
  const known = recordings.filter(({ truth }) => truth !== undefined && labels.includes(truth));
  const right = known.filter(({ truth, classes }) => classes[0]?.label === truth);
  return html`<section><h2>Recordings</h2>
${known.length > 0 ? html`<p>${right.length} of ${known.length} recognized.</p>` : undefined}
<div class="scroll"><table>
<thead><tr><th>Recording</th><th>Motion</th><th>Recognized</th></tr></thead>
<tbody>${recordings.map(
    (
      recording,
    ) => html`<tr><td>${name(recording)}</td><td>${strip(recording)}</td><td>${bars(recording, labels)}</td></tr>
`,
  )}</tbody></table></div></section>`;
}

function bars({ classes, truth }: RecognizedRecording, labels: readonly string[]): Html {
  return html`<ul class="bars">${classes.slice(0, 3).map(({ label, score }, rank) => {
    const verdict = rank === 0 && truth !== undefined && labels.includes(truth) ? mark(label === truth) : undefined;
    return html`<li><span>${label} ${verdict}</span><span class="number">${percent(score)}</span><span class="bar"><i style="--share:${score.toFixed(3)}"></i></span></li>`;
  })}</ul>`;
}

function oneShotSection({ label, example, known = [], queries }: OneShotResult): Html {
  const enrolled = [label, ...known];
  const others = known.length > 0 ? ` among it and ${known.length} others, of one example each` : '';
  return html`<section><h2>A new action from one example</h2>
<p>“${label}” was learned from one recording, without training. Each recording below was then looked up${others}.</p>
<div class="scroll"><table>
<thead><tr><th>Recording</th><th>Motion</th><th>Found</th></tr></thead>
<tbody><tr><td>${name(example)}</td><td>${strip(example)}</td><td><span class="tag">the example</span></td></tr>
${queries.map(
  (query) => html`<tr><td>${name(query)}</td><td>${strip(query)}</td><td>${found(query, enrolled)}</td></tr>
`,
)}</tbody></table></div></section>`;
}

function found({ match, truth }: OneShotResult['queries'][number], enrolled: readonly string[]): Html {
  // Of what was never enrolled, nothing should be found.
  const isRight = match?.label === (truth !== undefined && enrolled.includes(truth) ? truth : undefined);
  const verdict = truth === undefined ? undefined : mark(isRight);
  if (!match) return html`nothing near enough ${verdict}`;
  return html`${match.label} ${verdict} <small>similarity ${match.score.toFixed(2)}</small>`;
}

function name({ id, truth, synthetic }: ReportRecording): Html {
  const tag = synthetic ? html` <span class="tag">synthetic</span>` : undefined;
  return truth === undefined ? html`${id}${tag}` : html`${truth}<br><small>${id}</small>${tag}`;
}

function strip({ clip, up }: ReportRecording): Html {
  return filmStrip(clip, up ? { up } : {});
}

function mark(isRight: boolean): Html {
  return isRight ? html`<span class="good">✓ right</span>` : html`<span class="bad">✗ wrong</span>`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
