import { expect, it } from 'vitest';
import { placementsIn } from './placement.ts';

const line = (text: string) =>
  `\u001b[0;93m2026-11-22 08:44:28.871 [V:onnxruntime:, session_state.cc:1385 VerifyEachNodeIsAssignedToAnEp] ${text}\u001b[m\n`;

it('counts the operators of each provider', () => {
  const log = [
    '2026-11-22 08:44:28.870 [I:onnxruntime:, inference_session.cc:2610 Initialize] Initializing session.\n',
    line('Node placements'),
    line(' Node(s) placed on [WebGpuExecutionProvider]. Number of nodes: 3'),
    line('  Slice (Slice_4)'),
    line('  MatMul (MatMul_63)'),
    line('  Slice ()'),
    line(' Node(s) placed on [CPUExecutionProvider]. Number of nodes: 1'),
    line('  Equal (Equal_1)'),
  ].join('');
  expect(placementsIn(log)).toEqual([
    {
      provider: 'WebGpuExecutionProvider',
      nodes: 3,
      operators: new Map([
        ['Slice', 2],
        ['MatMul', 1],
      ]),
    },
    { provider: 'CPUExecutionProvider', nodes: 1, operators: new Map([['Equal', 1]]) },
  ]);
});

it('has no list where one provider runs everything', () => {
  const log = line(' All nodes placed on [WebGpuExecutionProvider]. Number of nodes: 184');
  expect(placementsIn(log)).toEqual([{ provider: 'WebGpuExecutionProvider', nodes: 184, operators: new Map() }]);
});
