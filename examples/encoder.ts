/** An encoder of one's own: learned graphs between joints, convolutions over time; and the proof that it keeps the contract. */
import {
  batchNorm,
  copyOf,
  defineEncoder,
  foldPersons,
  matmul,
  pointwise,
  relu,
  swapLast,
  tapFolded,
  temporalConvolution,
  unfoldPersons,
} from '@kinegraph/core/graph';
import { testEncoder } from '@kinegraph/core/testing';
import { adjacency, createRuntime } from '@kinegraph/node';

const tiny = defineEncoder({
  id: 'acme/tiny',
  defaults: { width: 32, depth: 3 },
  build(scope, x, { layout, options: { width, depth }, persons }) {
    const neighbors = adjacency(layout, 'uniform'); // [1, V, V]
    let y = batchNorm(scope.child('norm'), foldPersons(x)); // [B*M, C, V, T]
    for (let i = 0; i < depth; i++) {
      const block = scope.child(`block${i}`);
      const norm = (name: string) => ({ norm: { scope: block.child(name) } });
      const graph = block.param('graph', neighbors.shape, copyOf(neighbors));
      const mixed = relu(pointwise(block.child('mix'), matmul(swapLast(graph), y), width, norm('mixNorm')));
      const moved = relu(temporalConvolution(block.child('time'), mixed, width, 5, norm('timeNorm')));
      y = tapFolded(scope, `block.${i}`, moved, persons);
    }
    return unfoldPersons(y, persons); // [B, M, width, T, V]
  },
});

await using runtime = createRuntime();
await testEncoder(tiny({ width: 8 }), { runtime });
console.log('acme/tiny keeps every rule of the encoder contract');
