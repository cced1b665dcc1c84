import { type Clip, clip, defineLayout, type Manifest, ntu25 } from '@kinegraph/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filmStrip } from './film-strip.ts';
import { html } from './html.ts';
import { type ReportData, recognitionReport } from './report.ts';

const layout = defineLayout('body', { hip: null, left_arm: 'hip', right_arm: 'hip' });

/** A body at `x` that faces +z, in meters with y up. */
function body(frames: number, x = 0): Clip {
  const one = [x, 1, 0, x + 0.3, 1.5, 0, x - 0.3, 1.5, 0];
  return clip(
    layout,
    Float32Array.from({ length: frames * 9 }, (_, i) => one[i % 9] as number),
    { unit: 'meter' },
  );
}

const manifest: Manifest = {
  format: 1,
  task: 'classification',
  encoder: { id: 'ctrgcn', options: { width: 32 } },
  input: { layout: ntu25, frames: 64, persons: 1, dimensions: 3, confidence: false, sampling: 'crop-resize' },
  labels: ['wave', 'squat'],
  outputs: { logits: 'logits', embedding: 'embedding' },
  license: 'PDDL',
  metrics: { top1: 0.97654 },
  command: 'kinegraph train --data x',
  weights: { sha256: 'ab'.repeat(32) },
};

function dataWith(text: string): ReportData {
  const recording = { id: text, clip: body(5), truth: text };
  return {
    title: text,
    notes: [text],
    model: { manifest: { ...manifest, labels: [text, 'other'], license: text, data: text, command: text }, file: text },
    recordings: [{ ...recording, synthetic: true, classes: [{ label: text, score: 0.9, index: 0 }] }],
    confusion: {
      labels: [text, 'other'],
      counts: [
        [3, 1],
        [0, 2],
      ],
      about: text,
    },
    oneShot: {
      label: text,
      example: recording,
      queries: [{ ...recording, match: { label: text, score: 0.8 } }, recording],
    },
    commands: [text],
  };
}

describe('html', () => {
  it('escapes data, joins lists, and takes only its own pieces for HTML', () => {
    const forged = { toString: () => '<script>' } as unknown as string;
    expect(html`<p title="${'"'}">${'<b>&'}${[1, undefined, html`<i>${"'"}</i>`]}</p>`.toString()).toBe(
      '<p title="&quot;">&lt;b&gt;&amp;1<i>&#39;</i></p>',
    );
    expect(() => html`${forged}`.toString()).toThrow();
  });
});

describe('filmStrip', () => {
  const numbers = (text: string, pattern: RegExp) =>
    [...text.matchAll(pattern)].map((match) => match.slice(1).map(Number));

  it('draws so many frames, each in its cell', () => {
    const strip = filmStrip(body(20), { frames: 4 }).toString();
    expect(strip.match(/<g /g)).toHaveLength(4);
    for (const [x, y] of numbers(strip, /[ML](-?[\d.]+) (-?[\d.]+)/g)) {
      expect(x).toBeGreaterThanOrEqual(8);
      expect(x).toBeLessThanOrEqual(66);
      expect(y).toBeGreaterThanOrEqual(8);
      expect(y).toBeLessThanOrEqual(110);
    }
    expect(filmStrip(body(2)).toString().match(/<g /g)).toHaveLength(2);
  });

  it('shows the body from the front, head up', () => {
    const strip = filmStrip(body(1)).toString();
    const [left] = numbers(strip, /class="left" d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)/g);
    const [right] = numbers(strip, /class="right" d="M([\d.]+) ([\d.]+)L/g);
    expect(left?.[0]).toBeGreaterThan(right?.[0] as number);
    expect(left?.[1]).toBeLessThan(left?.[3] as number);
  });

  it('does the same with z up, and in an image where y points down', () => {
    const turned = body(1).positions.data.map((_, i, data) => {
      const [x, y, z] = data.subarray(i - (i % 3), i - (i % 3) + 3) as unknown as [number, number, number];
      return [x, -z, y][i % 3] as number;
    });
    const front = filmStrip(body(1)).toString();
    expect(filmStrip(clip(layout, turned), { up: 'z' }).toString().replaceAll('-0.0', '0.0')).toBe(front);
    const image = clip(layout, Float32Array.of(50, 100, 80, 60, 20, 60), { dimensions: 2, unit: 'pixel' });
    const [arm] = numbers(filmStrip(image).toString(), /class="left" d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)/g);
    expect(arm?.[1]).toBeLessThan(arm?.[3] as number);
  });

  it('leaves out what is missing', () => {
    const confidence = Float32Array.of(1, 0, 1, 0, 0, 0, 1, 1, 1);
    const strip = filmStrip(clip(layout, body(3).positions, { confidence })).toString();
    expect(strip.match(/<g /g)).toHaveLength(2);
    expect(strip.match(/class="left" d=""/g)).toHaveLength(1);
    const none = clip(layout, body(1).positions, { confidence: new Float32Array(3) });
    expect(filmStrip(none).toString()).not.toMatch(/NaN|Infinity|<g /);
  });

  it('draws any finite clip without a broken number', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), {
          minLength: 9,
          maxLength: 9,
        }),
        (values) => {
          expect(filmStrip(clip(layout, Float32Array.from(values))).toString()).not.toMatch(/NaN|Infinity/);
        },
      ),
    );
  });
});

describe('recognitionReport', () => {
  it('shows recordings, confusion, the new action, the model and the commands', () => {
    const page = recognitionReport(dataWith('wave'));
    expect(page).toContain('1 of 1 recognized');
    expect(page).toContain('✓ right');
    expect(page).toContain('90.0 %');
    expect(page).toContain('5 of 6 right (83.3 %)');
    expect(page).toContain('title="wave recognized as other: 1"');
    expect(page).toContain('similarity 0.80');
    expect(page).toContain('nothing near enough <span class="bad">');
    expect(page).toContain('synthetic');
    expect(page).toContain('ctrgcn, width 32');
    expect(page).toContain('top1 0.9765');
  });

  it('escapes everything', () => {
    const attack = `"><script>alert('x')</script>&`;
    const page = recognitionReport(dataWith(attack));
    expect(page).not.toContain('<script');
    expect(page).not.toContain(`"><`.concat('script'));
    expect(page.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(15);
  });

  it('asks nobody for anything', () => {
    const page = recognitionReport(dataWith('wave'));
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/https?:|\bsrc=|\bhref=|url\(|@import/);
  });

  it('leaves out sections without data', () => {
    const page = recognitionReport({ title: 'Empty', model: { manifest }, recordings: [], commands: [] });
    expect(page).not.toMatch(/Recordings|Repeat|taken for|one example/);
    expect(page).toContain('The model');
  });
});
