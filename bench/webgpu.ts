/** CTR-GCN on onnxruntime-node's WebGPU provider: where each operator runs, and times beside those of the CPU. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ctrgcn } from '@kinegraph/encoders';
import { createRuntime } from '@kinegraph/node';
import type { BenchOptions, Measurement } from './measure.ts';
import { type CtrgcnNetwork, timeNetwork } from './network.ts';
import { type Placement, placementsIn } from './placement.ts';

const noAdapter = `No WebGPU adapter. On Linux, onnxruntime-node needs libvulkan.so.1 and a Vulkan driver. Chromium brings both, with a
driver that computes on the CPU, very slowly:
  LD_LIBRARY_PATH=/usr/lib/chromium VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json npm run bench -- webgpu --width 8 --frames 8`;

/** Lists the operators by provider, then times both providers. `ratio` is the time on WebGPU over that on the CPU. */
export async function* benchWebgpu(options: BenchOptions): AsyncGenerator<Measurement> {
  const { batches, modes, threads, runs, width, frames } = options;
  for (const batch of batches) {
    for (const mode of modes) {
      const network: CtrgcnNetwork = { mode, batch, width, frames };
      const about = { model: 'ctrgcn', ...network };
      const placements = place(network);
      if (!placements) {
        console.error(noAdapter);
        process.exitCode = 1;
        return;
      }
      for (const { provider, nodes, operators } of placements) {
        yield { ...about, provider, nodes, operators: operators.size === 0 ? 'all' : sorted(operators) };
      }
      const time = async (provider: 'cpu' | 'webgpu') => {
        await using runtime = createRuntime({ providers: [provider], threads });
        return await timeNetwork(runtime, { encoder: ctrgcn({ width }), ...network }, runs);
      };
      const cpu = await time('cpu');
      yield { ...about, provider: 'cpu', ...cpu.times };
      const webgpu = await time('webgpu');
      const ratio = Math.round((webgpu.times.medianMs / cpu.times.medianMs) * 1000) / 1000;
      yield { ...about, provider: 'webgpu', ...webgpu.times, ratio };
    }
  }
}

/**
 * What runs where; undefined without an adapter. Only the engine's log says it, which goes past JavaScript to the standard
 * error of a process.
 */
function place(network: CtrgcnNetwork): Placement[] | undefined {
  const script = fileURLToPath(new URL('./webgpu-log.ts', import.meta.url));
  const child = spawnSync(process.execPath, [...process.execArgv, script, JSON.stringify(network)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (child.status === 0) return placementsIn(child.stderr);
  if (child.stderr.includes('Failed to get a WebGPU adapter')) return undefined;
  throw new Error(child.stderr.slice(-2000));
}

function sorted(operators: ReadonlyMap<string, number>): string {
  const entries = [...operators].toSorted(([, a], [, b]) => b - a);
  return entries.map(([operator, count]) => `${operator} ${count}`).join(', ');
}
