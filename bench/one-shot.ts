/** CrossGLG's ablation under one-shot protocols: trains on base classes, recognizes novel ones by one example, and says how well. */
import { appendFileSync } from 'node:fs';
import {
  batch,
  createRandom,
  type Model,
  openModel,
  prepare,
  type Runtime,
  rescale,
  rotate,
  type Tensor,
  tensor,
} from '@kinegraph/core';
import { cosine, createTrainer, type NetworkInput, type Sample, sgd } from '@kinegraph/core/train';
import { type CrossglgTask, crossglg, type EmbeddedClips, oneShotReport } from '@kinegraph/crossglg';
import { createRuntime } from '@kinegraph/node';
import { type Measurement, rounded } from './measure.ts';
import { nearestNeighbor } from './nearest-neighbor.ts';
import { readOneShotData, type Training, type Trial } from './one-shot-data.ts';
import {
  encoderOf,
  type OneShotPlan,
  type OneShotRun,
  type OneShotSettings,
  oneShotUsage,
  readLog,
  readOneShotArguments,
  type Variant,
  variants,
} from './one-shot-options.ts';

/** Runs the bench by its own arguments: a line a run, then the mean and spread over seeds. Runs that the log has are not repeated. */
export async function oneShotCommand(args: readonly string[]): Promise<void> {
  const plan = readOneShotArguments(args);
  if (!plan) {
    console.log(oneShotUsage);
    return;
  }
  const print = (line: Measurement) =>
    console.log(
      plan.json
        ? JSON.stringify(line)
        : Object.entries(line)
            .map(([key, value]) => `${key} ${value}`)
            .join('  '),
    );
  for await (const line of benchOneShot(plan)) print(line);
}

/** The lines of {@link oneShotCommand}. */
async function* benchOneShot(plan: OneShotPlan): AsyncGenerator<Measurement> {
  const { settings, log } = plan;
  const done = readLog(log);
  const data = await readOneShotData(settings);
  for (const { name, protocol, layout } of data.trials) {
    const figures = allRounded(nearestNeighbor(protocol, layout));
    yield { data: settings.data, test: name, encoder: 'none', variant: 'nearest neighbor', ...figures };
  }
  await using runtime = createRuntime({ threads: plan.threads });
  for (const encoder of plan.encoders) {
    const runs: OneShotRun[] = [];
    // Seeds first, so that an interrupted bench has all variants of the seeds that it has.
    for (const seed of plan.seeds) {
      for (const variant of plan.variants) {
        const key = JSON.stringify({ ...settings, encoder, variant, seed });
        const known = done.get(key);
        const run = known ?? {
          key,
          encoder,
          variant,
          seed,
          ...(await measure(runtime, data, settings, encoder, variant, seed)),
        };
        if (!known) appendFileSync(log, `${JSON.stringify(run)}\n`);
        runs.push(run);
        for (const [test, figures] of Object.entries(run.figures)) {
          yield { data: settings.data, test, encoder, variant, seed, ...allRounded(figures) };
        }
      }
    }
    yield* summarize(settings, encoder, runs);
  }
}

async function measure(
  runtime: Runtime,
  { training, trials }: { training: Training; trials: readonly Trial[] },
  settings: OneShotSettings,
  encoder: OneShotPlan['encoders'][number],
  variant: Variant,
  seed: number,
): Promise<Pick<OneShotRun, 'figures'>> {
  const { texts, labels } = training;
  const task = crossglg(labels, { ...settings.method, ...variants[variant], texts, jointOutput: true });
  const trained = await train(runtime, task, training, settings, encoder, seed, `${encoder} ${variant} seed ${seed}`);
  await using model = await openModel(trained.bytes, { runtime });
  const base = await embedAll(model, training.samples);
  const heldOut = training.heldOut.length > 0 ? { heldOut: (await embedAll(model, training.heldOut)).clips } : {};
  const figures: Record<string, Record<string, number>> = {};
  for (const { name, protocol, texts: novel } of trials) {
    const exemplars = await embedAll(model, protocol.exemplars);
    const queries = await embedAll(model, protocol.queries);
    const joints = { exemplars: exemplars.joints, queries: queries.joints, masks: novel.importance };
    const clips = { exemplars: exemplars.clips, queries: queries.clips, base: base.clips, ...heldOut, joints };
    const report = oneShotReport(clips, { random: createRandom(seed) });
    figures[name] = {
      cosine: report.cosine.classes,
      cosineQueries: report.cosine.queries,
      euclidean: report.euclidean.classes,
      logistic: report.calibrated?.without.classes ?? Number.NaN,
      calibrated: report.calibrated?.with.classes ?? Number.NaN,
      joints: report.joints?.unmasked.classes ?? Number.NaN,
      jointsMasked: report.joints?.masked.classes ?? Number.NaN,
      auroc: report.openSet?.auroc ?? Number.NaN,
      accepted: report.openSet?.accepted ?? Number.NaN,
      rejected: report.openSet?.rejected ?? Number.NaN,
      ...trained.figures,
    };
  }
  return { figures };
}

/** Trains one network, with a line of progress an epoch on the error stream. */
async function train(
  runtime: Runtime,
  task: CrossglgTask,
  { dataset, samples }: Training,
  settings: OneShotSettings,
  encoder: OneShotPlan['encoders'][number],
  seed: number,
  title: string,
): Promise<{ bytes: Uint8Array; figures: Record<string, number> }> {
  const { frames, streams, weightDecay, epochs, batch: size, rate, warmup } = settings;
  const up = dataset.up?.endsWith('z') ? 'z' : 'y';
  const { layout } = dataset;
  const input: NetworkInput = { layout, frames, streams, sampling: 'uniform', center: 'clip', align: up };
  const optimizer = sgd({ weightDecay });
  const trainer = createTrainer({ runtime, encoder: encoderOf(encoder, settings), task, input, optimizer, seed });
  const about = up === 'y' ? ([0.2, 0.5, 0.2] as const) : ([0.2, 0.2, 0.5] as const);
  const augment = settings.augment
    ? ([
        (clip, random) => rotate(clip, random, { max: about }),
        (clip, random) => rescale(clip, random),
      ] satisfies NonNullable<Parameters<typeof trainer.fit>[1]['augment']>)
    : [];
  let last: Readonly<Record<string, number>> = {};
  const fitting = trainer.fit(samples, { epochs, batch: size, rate: cosine(rate, { warmup }), augment });
  for await (const { kind, epoch, loss, losses } of fitting) {
    if (kind !== 'epoch') continue;
    last = losses;
    process.stderr.write(`${title}: epoch ${epoch + 1} of ${epochs}, loss ${loss.toFixed(3)}\n`);
  }
  const weights = await trainer.weights();
  const leak = weights['guide.joints.weight'] ? { leak: (await task.leak(runtime, weights)).accuracy } : {};
  return { bytes: await trainer.export(), figures: { ...last, ...leak } };
}

/** Embeddings and features by joint of all clips. */
async function embedAll(
  model: Model,
  samples: readonly Sample[],
): Promise<{ clips: EmbeddedClips; joints: Tensor<'float32'> }> {
  const rows = { embedding: [] as Float32Array[], joints: [] as Float32Array[] };
  const shapes: Record<string, readonly number[]> = {};
  for (let start = 0; start < samples.length; start += 16) {
    const some = samples.slice(start, start + 16).map(({ clip }) => prepare(clip, model.manifest.input));
    const results = await model.session.run({ positions: batch(some) }, { fetch: ['embedding', 'joints'] });
    for (const name of ['embedding', 'joints'] as const) {
      const result = results[name] as Tensor<'float32'>;
      shapes[name] = result.shape.slice(1);
      rows[name].push(result.data);
    }
  }
  const joined = (name: 'embedding' | 'joints') => {
    const parts = rows[name];
    const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let position = 0;
    for (const part of parts) {
      data.set(part, position);
      position += part.length;
    }
    return tensor('float32', [samples.length, ...(shapes[name] ?? [])], data);
  };
  const labels = samples.map(({ label }) => `${label}`);
  return { clips: { embeddings: joined('embedding'), labels }, joints: joined('joints') };
}

/** Terms of the loss in the last epoch; all other figures are shares. */
const lossNames: ReadonlySet<string> = new Set(['crossEntropy', 'prior', 'mean', 'calibration', 'guidance']);

/** Mean and standard deviation over seeds, shares in percent. */
function* summarize({ data }: OneShotSettings, encoder: string, runs: readonly OneShotRun[]): Generator<Measurement> {
  for (const test of Object.keys(runs[0]?.figures ?? {})) {
    for (const variant of new Set(runs.map((run) => run.variant))) {
      const own = runs.filter((run) => run.variant === variant).map((run) => run.figures[test] ?? {});
      const names = Object.keys(own[0] ?? {});
      const entries = names.map((name) => {
        const scale = lossNames.has(name) ? 1 : 100;
        return [name, spread(own.map((figures) => scale * (figures[name] as number)))] as const;
      });
      yield { summary: `${own.length} seeds`, data, test, encoder, variant, ...Object.fromEntries(entries) };
    }
  }
}

function spread(values: readonly number[]): string {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return `${mean.toPrecision(3)} ± ${Math.sqrt(variance).toPrecision(2)}`;
}

function allRounded(figures: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, rounded(value, 4)]));
}
