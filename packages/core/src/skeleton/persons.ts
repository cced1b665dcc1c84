/** Which people of a clip matter most. */
import { type Clip, dimensionCount, frameCount, personCount } from './clip.ts';

/**
 * Persons in order of prominence: motion energy (2s-AGCN: the sum of the coordinates' standard deviations over present joints;
 * spec encoders §5.2) times mean confidence. Absent persons come last; ties keep their order.
 */
export function rankPersons(clip: Clip): number[] {
  const scores = Array.from({ length: personCount(clip) }, (_, person) => prominence(clip, person));
  return scores.map((_, person) => person).sort((a, b) => (scores[b] as number) - (scores[a] as number));
}

function prominence(clip: Clip, person: number): number {
  const dimensions = dimensionCount(clip);
  const joints = frameCount(clip) * clip.layout.joints.length;
  const start = person * joints;
  const { data } = clip.positions;
  const confidence = clip.confidence?.data;
  let present = 0;
  let sure = 0;
  const sum = [0, 0, 0];
  const squares = [0, 0, 0];
  for (let joint = start; joint < start + joints; joint++) {
    const score = confidence ? (confidence[joint] as number) : 1;
    if (score === 0) continue;
    present++;
    sure += score;
    for (let c = 0; c < dimensions; c++) {
      const x = data[joint * dimensions + c] as number;
      sum[c] = (sum[c] as number) + x;
      squares[c] = (squares[c] as number) + x * x;
    }
  }
  if (present === 0) return -1;
  const spread = sum.map((total, c) =>
    Math.sqrt(Math.max((squares[c] as number) / present - (total / present) ** 2, 0)),
  );
  return (spread.reduce((a, b) => a + b) * sure) / joints;
}
