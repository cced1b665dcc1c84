/** What a model says about itself, from its manifest. */
import type { Manifest } from '@kinegraph/core';
import { type Html, html, type Part } from './html.ts';

/** Draws the card of a model. */
export function modelCard(model: {
  readonly manifest: Manifest;
  readonly file?: string;
  readonly bytes?: number;
}): Html {
  const { manifest, file, bytes } = model;
  const { encoder, input, labels, task, license, data, metrics = {}, command, weights } = manifest;
  const options = Object.entries(encoder.options).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  const size = bytes === undefined ? '' : `, ${(bytes / 1e6).toFixed(2)} MB`;
  const persons = input.persons === 1 ? 'one person' : `${input.persons} persons`;
  const rows: readonly (readonly [name: string, value: Part])[] = [
    ['File', file && `${file}${size}`],
    ['Task', `${task}, ${labels.length} classes`],
    ['Encoder', [encoder.id, ...options].join(', ')],
    [
      'Sees',
      `${input.frames} frames of ${persons}, ${input.layout.joints.length} joints (${input.layout.id}), ${input.dimensions}-D`,
    ],
    ['Classes', labels.join(' · ')],
    [
      'Measured',
      Object.entries(metrics)
        .map(([key, value]) => `${key} ${Number(value.toPrecision(4))}`)
        .join(', '),
    ],
    ['Trained on', data],
    ['License', license],
    ['Made by', command && html`<code>${command}</code>`],
    ['Weights', html`<code>sha-256 ${weights.sha256.slice(0, 16)}…</code>`],
  ];
  const shown = rows.filter(([, value]) => value !== undefined && value !== '');
  return html`<section><h2>The model</h2>
<dl class="card">${shown.map(
    ([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>
`,
  )}</dl></section>`;
}
