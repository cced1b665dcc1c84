/** A clip as a film strip: a few of its frames side by side, drawn as stick figures. */
import type { Clip, Layout, UpAxis } from '@kinegraph/core';
import { type Html, html } from './html.ts';

/** How the film strip draws. */
export interface FilmStripOptions {
  /** Frames to show. Default 6. */
  readonly frames?: number;
  /** Default: `-y` for clips in pixels, else `y`. */
  readonly up?: UpAxis;
}

/** Width and height of one frame, and the space that stays free around the figures. */
const cell = { width: 74, height: 118, margin: 8 } as const;
/** Figures are seen a little from the side, so that arms and legs that move forward show. */
const turn = Math.PI / 8;

type Point = readonly [x: number, y: number];
/** Joints of one frame on the screen, all persons one after the other; undefined where missing. */
type Figure = readonly (Point | undefined)[];

/** Draws a clip as SVG: the left side of the body, the right side and the middle have classes of their own. */
export function filmStrip(clip: Clip, options: FilmStripOptions = {}): Html {
  const shown = pickFrames(clip, options.frames ?? 6);
  const project = projection(clip, options.up ?? (clip.unit === 'pixel' ? '-y' : 'y'));
  const figures = fillCells(shown.map((frame) => figureAt(clip, frame, project)));
  const width = cell.width * shown.length;
  return html`<svg class="film" viewBox="0 0 ${width} ${cell.height}" width="${width}" height="${cell.height}" role="img" aria-label="${shown.length} frames of a skeleton">${figures.map(
    (figure, index) =>
      html`<g transform="translate(${index * cell.width} 0)"><rect class="cell" x="1.5" y="1.5" width="${cell.width - 3}" height="${cell.height - 3}" rx="5"/>${drawFigure(figure, clip.layout)}</g>`,
  )}</svg>`;
}

/** Frames evenly over the part of the clip in which somebody is seen. */
function pickFrames({ positions, confidence }: Clip, count: number): readonly number[] {
  const [persons, frames, joints] = positions.shape as [number, number, number];
  const isSeen = (frame: number) => {
    if (!confidence) return true;
    for (let person = 0; person < persons; person++) {
      const start = (person * frames + frame) * joints;
      if (confidence.data.subarray(start, start + joints).some((value) => value > 0)) return true;
    }
    return false;
  };
  const seen = Array.from({ length: frames }, (_, frame) => frame).filter(isSeen);
  const shown = Math.min(count, seen.length);
  return Array.from({ length: shown }, (_, i) => seen[Math.round((i * (seen.length - 1)) / Math.max(1, shown - 1))]!);
}

/** A direction of the clip's space for each direction of the screen. */
interface Projection {
  readonly right: readonly number[];
  readonly up: readonly number[];
}

/** Seen from the front: mirrored joints tell the body's left from its right. */
function projection(clip: Clip, up: UpAxis): Projection {
  const dimensions = clip.positions.shape[3] as number;
  const sign = up.startsWith('-') ? -1 : 1;
  if (dimensions === 2) return { right: [1, 0], up: [0, sign] };
  const vertical = ['x', 'y', 'z'].indexOf(up.slice(-1));
  // The two level axes, in the order that makes a right-handed space with the one that points up.
  const [a, b] = [(vertical + 2) % 3, (vertical + 1) % 3].toSorted((p, q) => p - q) as [number, number];
  const across = [0, 0];
  const { data, shape } = clip.positions;
  const joints = shape[2] as number;
  for (let place = 0; place < data.length / 3; place++) {
    const joint = place % joints;
    const partner = clip.layout.mirror[joint] as number;
    if (!clip.layout.joints[joint]?.startsWith('left_') || partner === joint) continue;
    const other = place + partner - joint;
    if (clip.confidence?.data[place] === 0 || clip.confidence?.data[other] === 0) continue;
    for (const [index, axis] of [a, b].entries()) {
      across[index] =
        (across[index] as number) + (data[place * 3 + axis] as number) - (data[other * 3 + axis] as number);
    }
  }
  const angle = Math.hypot(...across) > 0 ? Math.atan2(across[1] as number, across[0] as number) : 0;
  const right = [0, 0, 0];
  right[a] = Math.cos(angle + turn);
  right[b] = Math.sin(angle + turn);
  return { right, up: [0, 1, 2].map((axis) => (axis === vertical ? sign : 0)) };
}

function figureAt({ positions, confidence }: Clip, frame: number, { right, up }: Projection): Figure {
  const [persons, frames, joints, dimensions] = positions.shape as [number, number, number, number];
  return Array.from({ length: persons * joints }, (_, index): Point | undefined => {
    const place = (Math.floor(index / joints) * frames + frame) * joints + (index % joints);
    if (confidence?.data[place] === 0) return undefined;
    const along = (direction: readonly number[]) =>
      direction.reduce((sum, part, axis) => sum + part * (positions.data[place * dimensions + axis] as number), 0);
    return [along(right), -along(up)];
  });
}

/** Brings figures into their cells: one scale and height for all, each figure in the middle of its cell. */
function fillCells(figures: readonly Figure[]): readonly Figure[] {
  const points = figures.flatMap((figure) => figure.filter((point) => point !== undefined));
  const range = (values: readonly number[]) => ({
    low: values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    high: values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  });
  const widths = figures.map((figure) => range(figure.flatMap((point) => (point ? [point[0]] : []))));
  const widest = widths.reduce((most, { low, high }) => Math.max(most, high - low), 0);
  const vertical = range(points.map(([, y]) => y));
  const scale = Math.min(
    (cell.width - 2 * cell.margin) / (widest || 1),
    (cell.height - 2 * cell.margin) / (vertical.high - vertical.low || 1),
  );
  return figures.map((figure, index) => {
    const { low, high } = widths[index] as { low: number; high: number };
    const place = ([x, y]: Point): Point => [
      cell.width / 2 + scale * (x - (low + high) / 2),
      cell.height / 2 + scale * (y - (vertical.low + vertical.high) / 2),
    ];
    return figure.map((point) => point && place(point));
  });
}

/** One path for each side of the body, and a dot for the head. */
function drawFigure(figure: Figure, layout: Layout): Html[] {
  const joints = layout.joints.length;
  const paths = { left: '', middle: '', right: '' };
  const heads: Html[] = [];
  for (const [index, point] of figure.entries()) {
    const joint = index % joints;
    const parent = layout.parents[joint] as number;
    if (point && isHead(joint, layout))
      heads.push(html`<circle cx="${point[0].toFixed(1)}" cy="${point[1].toFixed(1)}" r="4"/>`);
    const end = parent < 0 ? undefined : figure[index - joint + parent];
    if (point && end) paths[sideOf(layout.joints[joint] as string)] += `M${round(point)}L${round(end)}`;
  }
  return [...Object.entries(paths).map(([side, path]) => html`<path class="${side}" d="${path}"/>`), ...heads];
}

/** Layouts without a head have a nose. */
function isHead(joint: number, { joints }: Layout): boolean {
  return joints[joint] === (joints.includes('head') ? 'head' : 'nose');
}

function sideOf(joint: string): 'left' | 'middle' | 'right' {
  if (joint.startsWith('left_')) return 'left';
  return joint.startsWith('right_') ? 'right' : 'middle';
}

function round([x, y]: Point): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}
