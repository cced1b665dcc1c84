/**
 * `npm run demo -- [FILE]`: opens a bundle of `models/`, recognizes recordings, learns a new action from one example, and writes a report.
 *
 * Recordings are FILE (a clip as .json or a data set folder), else people whom the model has never seen, where the data is at hand
 * (`KINEGRAPH_SHARED`, by default ../shared), else synthetic ones, which are labeled so.
 */
import { existsSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { syntheticDataset } from '@kinegraph/core/testing';
import {
  classify,
  createGallery,
  KinegraphError,
  open,
  readClipFile,
  readDataset,
  recognitionReport,
  sliceFrames,
  writeFileAtomic,
} from '@kinegraph/node';

/** @typedef {import('@kinegraph/node').Clip} Clip */
/** @typedef {import('@kinegraph/node').Model} Model */
/** @typedef {import('@kinegraph/node').ReportRecording & { subject?: number | string }} Recording */
/** @typedef {{ label: string, example: Recording, known: Recording[], queries: Recording[], note: string }} Lesson */

const shared = process.env.KINEGRAPH_SHARED ?? '../shared';
const reportFile = 'report/index.html';
/** The bundles that ship, best known first, and the data set that each was trained on. */
const bundles = [
  { file: 'models/ui-prmd-10.onnx', data: 'ui-prmd-kinect' },
  { file: 'models/wmft-15.onnx', data: 'wmft-kinect2' },
];

const dataFolder = (/** @type {string} */ name) => join(shared, 'data', name);
const isEven = (/** @type {Recording} */ { subject }) => Number(subject) % 2 === 0;

/**
 * All recordings of the people that the model was not trained on.
 *
 * @param {string} name
 * @returns {Promise<Recording[]>}
 */
async function heldOut(name) {
  const { samples, up } = await readDataset(dataFolder(name));
  return samples.map(({ label, ...rest }) => ({ ...rest, truth: label, ...(up && { up }) })).filter(isEven);
}

/**
 * Recordings of synthetic people.
 *
 * @param {readonly import('@kinegraph/core/testing').SyntheticAction[]} actions
 * @returns {Recording[]}
 */
function synthetic(actions) {
  const samples = syntheticDataset({ actions, subjects: 3, clipsPerSubject: 1 });
  return samples.map(({ label, ...rest }) => ({ ...rest, truth: label, synthetic: true }));
}

/**
 * The user's own recordings.
 *
 * @param {string} path
 * @returns {Promise<Recording[]>}
 */
async function fromFile(path) {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [{ id: path, clip: await readClipFile(path) }];
  const { samples, up } = await readDataset(path, { classes: 'none' });
  return samples.map(({ id, clip, label }) => ({ id, clip, ...(label && { truth: label }), ...(up && { up }) }));
}

/**
 * A few of many recordings: of each class, one of each of the first people.
 *
 * @param {readonly Recording[]} recordings
 */
function sample(recordings, people = 2) {
  const subjects = [...new Set(recordings.map(({ subject }) => subject))].slice(0, people);
  const seen = new Set();
  return recordings.filter(({ subject, truth }) => {
    const key = `${subject} ${truth}`;
    return subjects.includes(subject) && !seen.has(key) && seen.add(key);
  });
}

/**
 * An action that no model here was trained on: kicks, cut out of longer recordings of martial arts.
 *
 * @param {readonly Recording[]} recordings held-out recordings of classes that the model knows
 * @returns {Promise<Lesson>}
 */
async function realLesson(recordings) {
  const label = 'front right kick';
  const { samples, labels, name } = await readDataset(dataFolder('precog16'), { classes: 'frame' });
  const kicks = samples.flatMap(({ clip, id, subject, frameLabels }) => {
    const start = frameLabels.indexOf(labels.indexOf(label));
    const length = start < 0 ? 0 : frameLabels.subarray(start).findIndex((frame) => frame !== frameLabels[start]);
    return length < 10 ? [] : [{ id, subject, truth: label, clip: sliceFrames(clip, start, start + length) }];
  });
  const [example, ...others] = sample(kicks, 5);
  if (!example) throw new Error(`no "${label}" in ${name}`);
  const known = sample(recordings, 1);
  const strangers = sample(recordings, 2).filter(({ subject }) => subject !== known[0]?.subject);
  const note = `The new action comes from ${name}, another data set with another camera.`;
  return { label, example, known, queries: [...others, ...strangers.slice(0, 4)], note };
}

/** @returns {Lesson} */
function syntheticLesson() {
  const label = 'kick';
  const recordings = synthetic(['kick', 'wave', 'squat', 'walk']);
  const [example, ...others] = recordings.filter(({ truth }) => truth === label);
  const rest = recordings.filter(({ truth }) => truth !== label);
  const byPerson = (/** @type {boolean} */ first) => rest.filter(({ subject }) => (subject === 1) === first);
  if (!example) throw new Error('no synthetic kick');
  return {
    label,
    example,
    known: byPerson(true),
    queries: [...others, ...byPerson(false)],
    note: 'All of it is synthetic.',
  };
}

/**
 * Enrolls one example of the new action beside one of each known class, and looks the others up.
 *
 * @param {Model} model
 * @param {Lesson} lesson
 */
async function learn(model, { label, example, known, queries }) {
  const gallery = createGallery(model);
  for (const { truth, clip } of known) await gallery.enrol(truth ?? '', clip);
  await gallery.enrol(label, example.clip);
  const results = [];
  for (const query of queries) {
    const [match] = await gallery.match(query.clip, { top: 1 });
    results.push({ ...query, ...(match && { match }) });
  }
  return { label, example, known: known.map(({ truth }) => truth ?? ''), queries: results };
}

/**
 * How often which class was taken for which; nothing unless every truth is one of the model's labels.
 *
 * @param {readonly string[]} labels
 * @param {readonly { truth?: string, classes: readonly { label: string }[] }[]} recognized
 */
function confusionOf(labels, recognized) {
  const counts = labels.map(() => labels.map(() => 0));
  for (const { truth, classes } of recognized) {
    const row = counts[labels.indexOf(truth ?? '')];
    const column = labels.indexOf(classes[0]?.label ?? '');
    if (!row) return undefined;
    row[column] = (row[column] ?? 0) + 1;
  }
  return { labels, counts };
}

/** @param {readonly (readonly string[])[]} rows */
function printTable(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const [index, row] of rows.entries()) {
    console.log(
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}`,
    );
    if (index === 0) console.log(`  ${widths.map((width) => '─'.repeat(width)).join('  ')}`);
  }
  console.log();
}

const verdict = (/** @type {boolean} */ right) => (right ? '✓' : '✗');
const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(1)} %`;

/** @param {string | undefined} file the user's own recording */
async function demo(file) {
  const bundle = bundles.find((candidate) => existsSync(candidate.file));
  if (!bundle) throw new Error(`no bundle: expected ${bundles.map((candidate) => candidate.file).join(' or ')}`);
  await using model = await open(bundle.file);
  const { labels } = model.manifest;
  console.log(
    `\n${bundle.file}: ${model.manifest.encoder.id}, ${labels.length} classes, ${model.session.report.engine}\n`,
  );

  const hasData = existsSync(dataFolder(bundle.data)) && existsSync(dataFolder('precog16'));
  const tested = hasData ? await heldOut(bundle.data) : synthetic(['squat', 'sit', 'wave', 'kick']);
  const own = file === undefined ? [] : await fromFile(file);
  const all = file === undefined ? tested : own;
  const source = file ?? (hasData ? `${bundle.data}, people whom the model has never seen` : 'synthetic motion');
  const clips = all.map(({ clip }) => clip);
  const start = performance.now();
  const classes = await classify(model, clips, { top: 3 });
  const seconds = (performance.now() - start) / 1000;
  const recognized = all.map((recording, index) => ({ ...recording, classes: classes[index] ?? [] }));
  const shown = file === undefined && hasData ? sample(recognized).map(asRecognized) : recognized.slice(0, 24);

  /** @param {Recording} recording */
  function asRecognized(recording) {
    return { ...recording, classes: classes[all.findIndex(({ id }) => id === recording.id)] ?? [] };
  }

  console.log(`${all.length} recordings of ${source}, recognized in ${seconds.toFixed(1)} s; some of them:\n`);
  printTable([
    ['recording', 'shows', '', 'recognized', '', 'or', ''],
    ...shown.map(({ id, truth, classes: [first, second] }) => [
      id,
      truth ?? '',
      truth === undefined || !labels.includes(truth) ? '' : verdict(first?.label === truth),
      first?.label ?? '',
      first ? percent(first.score) : '',
      second?.label ?? '',
      second ? percent(second.score) : '',
    ]),
  ]);
  const confusion = confusionOf(labels, recognized);
  if (confusion) {
    const right = recognized.filter(({ truth, classes: [first] }) => first?.label === truth).length;
    console.log(`  ${right} of ${all.length} right, ${percent(right / all.length)}\n`);
  }

  const lesson = hasData ? await realLesson(tested) : syntheticLesson();
  const learned = await learn(model, lesson);
  console.log(
    `"${lesson.label}" learned from one example (${lesson.example.id}); looked up among ${lesson.known.length} known actions:\n`,
  );
  printTable([
    ['recording', 'shows', '', 'found', 'similarity'],
    ...learned.queries.map(({ id, truth, match }) => [
      id,
      truth ?? '',
      verdict(match?.label === truth),
      match?.label ?? 'nothing near',
      match ? match.score.toFixed(2) : '',
    ]),
  ]);

  const synthetics = hasData
    ? []
    : ['Figures of synthetic motion say nothing about people: the model was trained on recordings.'];
  await writeFileAtomic(
    reportFile,
    recognitionReport({
      title: 'What people do, from their skeletons',
      notes: [`Recordings: ${source}. ${lesson.note}`, ...synthetics],
      model: { manifest: model.manifest, file: bundle.file, bytes: statSync(bundle.file).size },
      recordings: shown,
      ...(confusion && { confusion: { ...confusion, about: source } }),
      oneShot: learned,
      commands: [
        `npm run demo${file === undefined ? '' : ` -- ${file}`}`,
        `npx kinegraph inspect ${bundle.file}`,
        ...(hasData ? [`npx kinegraph evaluate ${bundle.file} --data ${dataFolder(bundle.data)}`] : []),
      ],
    }),
  );
  console.log(`Report: ${relative('.', reportFile)}\n`);
}

try {
  await demo(process.argv[2]);
} catch (error) {
  console.error(KinegraphError.is(error) || error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
