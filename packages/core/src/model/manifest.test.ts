import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KinegraphError } from '../tensor/error.ts';
import { tinyManifest } from './fixtures/tiny-bundle.ts';
import { type Manifest, parseManifest, serializeManifest } from './manifest.ts';

const manifest: Manifest = { ...tinyManifest, weights: { sha256: '0'.repeat(64) } };

const member = { name: 'a', weight: 0.6, encoder: manifest.encoder, weights: manifest.weights };

const everything: Manifest = {
  ...manifest,
  streams: ['joint', 'mode-8-motion'],
  members: [member, { ...member, name: 'b', streams: ['bone'], metrics: { top1: 0.9 } }],
  input: {
    ...manifest.input,
    layout: { ...manifest.input.layout, center: 1, bones: [[1, 0]] },
    fps: 29.97,
    unit: 'millimeter',
  },
  threshold: 0.8,
  license: 'CC-BY-4.0',
  data: 'recordings of arms',
  metrics: { 'top-1': 0.97 },
  command: 'kinegraph train --data arms',
};

const json = (changes: object) => JSON.stringify({ ...manifest, ...changes });

describe('manifest', () => {
  it.each([manifest, everything])('survives writing and reading', (value) => {
    expect(parseManifest(serializeManifest(value))).toEqual(value);
  });

  it.each<[string, string, RegExp]>([
    ['other text', 'hello', /expected JSON/],
    ['a list', '[]', /a field "format", got none/],
    ['a number', '1', /expected a value: Object, got 1/],
    ['no format', json({ format: undefined }), /a field "format", got none/],
    ['an unknown field', json({ extra: 1 }), /only known fields, got "extra"/],
    [
      'an unknown field inside',
      json({ input: { ...manifest.input, extra: 1 } }),
      /only known fields, got "input.extra"/,
    ],
    ['an unknown task', json({ task: 'segmentation' }), /task: .*"classification".*got "segmentation"/],
    ['zero frames', json({ input: { ...manifest.input, frames: 0 } }), /input\.frames/],
    ['4 dimensions', json({ input: { ...manifest.input, dimensions: 4 } }), /input\.dimensions/],
    ['a label twice', json({ labels: ['a', 'b', 'a'] }), /labels: every label once/],
    ['an empty label', json({ labels: ['a', ''] }), /labels\.1/],
    ['no labels', json({ labels: [] }), /a label for each logit, got no labels/],
    ['classification without logits', json({ outputs: { embedding: 'e' } }), /outputs\.logits for the task class/],
    ['embedding without embedding', json({ task: 'embedding', outputs: { logits: 'l' } }), /outputs\.embedding/],
    ['no streams', json({ streams: [] }), /streams: at least one stream/],
    ['one member', json({ members: [member] }), /members: at least two members/],
    ['a weight of 0', json({ members: [member, { ...member, weight: 0 }] }), /members\.1\.weight: a number above 0/],
    ['an unknown field of a member', json({ members: [member, { ...member, x: 1 }] }), /got "members\.1\.x"/],
    ['half a digest', json({ weights: { sha256: 'abc' } }), /weights\.sha256: 64 hex digits/],
    ['an infinite figure', json({ metrics: { accuracy: null } }), /metrics\.accuracy/],
    ['__proto__', '{"__proto__": {"format": 1}}', /safe to copy, got "__proto__"/],
    ['__proto__ deep inside', json({}).replace('"width"', '"__proto__"'), /got "__proto__"/],
    ['constructor', json({ encoder: { id: 'x', options: { constructor: 1 } } }), /got "constructor"/],
    ['endless text', ' '.repeat(2 ** 20 + 1), /at most 1048576 characters/],
    ['endless nesting', '['.repeat(2 ** 19) + ']'.repeat(2 ** 19), /expected JSON/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseManifest(text)).toThrow(message);
    expect(() => parseManifest(text)).toThrow(expect.objectContaining({ code: 'invalid-bundle' }));
  });

  it('tells to update for a newer format, whatever else is in it', () => {
    const newer = '{"format": 2, "tasks": []}';
    expect(() => parseManifest(newer)).toThrow('manifest: expected format 1, got 2. A newer release');
    expect(() => parseManifest(newer)).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });

  it('keeps long values out of its messages', () => {
    const long = 'x'.repeat(100_000);
    for (const changes of [{ license: long }, { [long]: 1 }, { task: long }]) {
      expect(() => parseManifest(json(changes))).toThrow(/^.{20,600}$/);
    }
  });

  it('is not written when it could not be read', () => {
    expect(() => serializeManifest({ ...manifest, metrics: { accuracy: Number.NaN } })).toThrow('metrics.accuracy');
  });

  it('gives one kind of error for any JSON', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(...Object.keys(manifest)), (text, key) => {
        for (const candidate of [text, json({ [key]: JSON.parse(text) })]) {
          try {
            parseManifest(candidate);
          } catch (error) {
            expect(KinegraphError.is(error)).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
