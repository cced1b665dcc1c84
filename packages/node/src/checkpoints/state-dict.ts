/** Finding the weights in what a training script saved. */
import { KinegraphError } from '@kinegraph/core';
import { kindOf } from '../pickle/pickle-machine.ts';
import { CheckpointTensor } from './checkpoint-tensor.ts';

/** Where training scripts put the weights when they save more than them. */
const places = ['state_dict', 'model_state_dict', 'model', 'net', 'network', 'weights', 'module'];
/** What wrappers put in front of every name: DataParallel and torch.compile. */
const wrappers = ['module.', '_orig_mod.'];

/**
 * The tensors by name, without the dictionaries and prefixes around them.
 *
 * @throws `invalid-data` if there are none.
 */
export function stateDict(where: string, saved: unknown): ReadonlyMap<string, CheckpointTensor> {
  const found = search(saved, 3);
  if (found) return unwrap(found);
  const keys = saved instanceof Map ? [...saved.keys()].slice(0, 8).map((key) => JSON.stringify(String(key))) : [];
  throw new KinegraphError({
    code: 'invalid-data',
    where,
    expected: `a state dict: tensors by name, alone or under ${places.join(', ')}`,
    actual: saved instanceof Map ? `a dictionary with ${keys.join(', ') || 'nothing'}` : kindOf(saved),
    hint: 'Save the weights again with torch.save(model.state_dict(), "weights.pt").',
  });
}

/** Below the known places first: a counter beside them may be a tensor, too. */
function search(value: unknown, depth: number): Map<string, CheckpointTensor> | undefined {
  if (!(value instanceof Map) || depth === 0) return undefined;
  for (const place of places) {
    const found = search(value.get(place), depth - 1);
    if (found) return found;
  }
  const tensors = [...value].filter((entry): entry is [string, CheckpointTensor] => {
    const [name, tensor] = entry;
    return typeof name === 'string' && tensor instanceof CheckpointTensor;
  });
  return tensors.length > 0 ? new Map(tensors) : undefined;
}

function unwrap(tensors: Map<string, CheckpointTensor>): Map<string, CheckpointTensor> {
  const prefix = wrappers.find((start) => [...tensors.keys()].every((name) => name.startsWith(start)));
  if (prefix === undefined) return tensors;
  return unwrap(new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor])));
}
