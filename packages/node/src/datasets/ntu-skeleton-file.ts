/** The text format of NTU RGB+D: one `.skeleton` file a recording, with the bodies that Kinect v2 saw in each frame. */
import type { KinegraphError } from '@kinegraph/core';
import { invalidData } from './json-record.ts';

/** A body in one frame. */
export interface NtuBody {
  /** Given by the sensor; the same in all frames in which it kept track. */
  readonly id: string;
  /** `[25, 3]` in meters. */
  readonly joints: Float32Array;
}

/** Joints of a body. */
export const ntuJoints = 25;
const bodyFields = 10;
const jointFields = 12;
/** Far above the longest recording and the most bodies that a Kinect tracks, so that a damaged number cannot run away. */
const maxFrames = 100_000;
const maxBodies = 32;

/**
 * Parses a `.skeleton` file (spec encoders §5.1): a number of frames; for each frame a number of bodies; for each body a line of 10
 * fields that starts with its id, a number of joints, and for each joint a line of 12 that starts with x, y, z.
 *
 * @returns the bodies of each frame, in the order of the file.
 * @throws `invalid-data` naming the line.
 */
export function parseNtuSkeleton(text: string, where: string): readonly (readonly NtuBody[])[] {
  const reader = lineReader(text, where);
  const frames: NtuBody[][] = [];
  const count = reader.whole('a number of frames', maxFrames);
  for (let frame = 0; frame < count; frame++) {
    const bodies: NtuBody[] = [];
    const bodyCount = reader.whole('a number of bodies', maxBodies);
    for (let body = 0; body < bodyCount; body++) {
      const [id] = reader.fields(`the ${bodyFields} fields of a body`, bodyFields);
      const joints = reader.whole(`${ntuJoints} joints`, 1000);
      if (joints !== ntuJoints) throw reader.refuse(`${ntuJoints} joints`, `${joints}`);
      bodies.push({ id: id as string, joints: readJoints(reader) });
    }
    frames.push(bodies);
  }
  reader.end(`the end after ${count} frames`);
  return frames;
}

function readJoints(reader: LineReader): Float32Array {
  const joints = new Float32Array(ntuJoints * 3);
  for (let joint = 0; joint < ntuJoints; joint++) {
    const fields = reader.fields(`the ${jointFields} numbers of a joint`, jointFields);
    for (let axis = 0; axis < 3; axis++) {
      const value = Number(fields[axis]);
      if (!Number.isFinite(value)) throw reader.refuse('finite coordinates', `${fields[axis]}`);
      joints[joint * 3 + axis] = value;
    }
  }
  return joints;
}

/** Reads line by line; errors name the line that was read last. */
interface LineReader {
  fields(expected: string, count: number): readonly string[];
  whole(expected: string, highest: number): number;
  end(expected: string): void;
  refuse(expected: string, actual: string): KinegraphError;
}

function lineReader(text: string, where: string): LineReader {
  const lines = text.split('\n');
  let next = 0;
  const refuse = (expected: string, actual: string, hint?: string) =>
    invalidData(`${where}, line ${next}`, expected, actual, hint);
  const read = (expected: string): string => {
    const line = lines[next++];
    if (line !== undefined && (line !== '' || next < lines.length)) return line;
    throw refuse(expected, 'the end of the file', 'The file has been cut short.');
  };
  return {
    refuse,
    fields(expected, count) {
      const line = read(expected);
      const fields = line.trimEnd().split(' ');
      if (fields.length === count) return fields;
      const loose = line.trim().split(/\s+/);
      if (loose.length === count) return loose;
      throw refuse(expected, line.trim() === '' ? 'an empty line' : `${loose.length}: ${shown(line)}`);
    },
    whole(expected, highest) {
      const line = read(expected).trim();
      const value = Number(line);
      if (/^\d+$/.test(line) && value <= highest) return value;
      throw refuse(`${expected}, a whole number up to ${highest}`, shown(line));
    },
    end(expected) {
      const rest = lines.findIndex((line, index) => index >= next && line.trim() !== '');
      if (rest < 0) return;
      next = rest + 1;
      throw refuse(expected, shown(lines[rest] as string));
    },
  };
}

/** A line of what may be no text at all, short enough for an error. */
function shown(line: string): string {
  const text = JSON.stringify(line.trim());
  return text.length > 60 ? `${text.slice(0, 60)}..."` : text;
}
