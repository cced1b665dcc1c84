/** The published recipes, by name: one place to compare with the papers' tables and the authors' configurations. */
import type { Stream } from '@kinegraph/core';
import type { Recipe, TrainingSettings } from './recipe.ts';

const fourStreams: readonly Stream[] = ['joint', 'bone', 'joint-motion', 'bone-motion'];
const twoStreams: readonly Stream[] = ['joint', 'bone'];

/** What nearly all have in common: plain stochastic gradient descent on one stream, with the encoder's published size. */
const common = {
  persons: 2,
  confidence: false,
  center: 'none',
  align: 'none',
  streams: ['joint'],
  augment: ['none'],
  repeat: 1,
  testClips: 1,
  accumulate: 1,
  optimizer: 'sgd',
  momentum: 0.9,
  nesterov: true,
  rate: 0.1,
  schedule: 'step',
  warmup: 0,
  labelSmoothing: 0,
  dropout: 0,
} as const satisfies Partial<TrainingSettings>;

/** 300 frames, as ST-GCN and 2s-AGCN feed them, in four parts of 16: their four devices have a batch normalization each. */
const longClips = { frames: 300, batch: 16, accumulate: 4, weightDecay: 1e-4 } as const;

const agcn = {
  ...common,
  ...longClips,
  bodies: 'energy',
  sampling: 'loop',
  normalize: ['center-frames', 'align-spine'],
  headDeviation: 'by-classes',
} as const satisfies Partial<TrainingSettings>;

const ctrgcn: TrainingSettings = {
  ...common,
  headDeviation: 'by-classes',
  encoder: 'ctrgcn',
  bodies: 'denoised',
  frames: 64,
  sampling: 'crop-resize',
  normalize: ['center'],
  augment: ['rotate:0.3'],
  epochs: 65,
  batch: 64,
  weightDecay: 4e-4,
  drops: [35, 55],
  warmup: 5,
};

const infogcn: TrainingSettings = {
  ...common,
  encoder: 'infogcn',
  encoderOptions: { heads: 3 },
  bodies: 'denoised',
  frames: 64,
  sampling: 'crop-resize',
  normalize: ['center', 'align-trunk'],
  root: 'spine_mid',
  streams: ['mode-1'],
  augment: ['rotate:0.3'],
  epochs: 110,
  batch: 128,
  weightDecay: 5e-4,
  drops: [90, 100],
  warmup: 5,
  labelSmoothing: 0.1,
  bottleneck: { noise: 0.5, priorWeight: 0.1, meanWeight: 1e-4, gain: 3 },
};

const shiftgcn: TrainingSettings = {
  ...agcn,
  encoder: 'shiftgcn',
  encoderOptions: { shiftGradient: 'sign' },
  epochs: 140,
  drops: [60, 80, 100],
  decays: { Linear_weight: 1e-3, Mask: 0 },
};

/** Eight devices of 16 recordings, each with a batch normalization of its own. */
const pyskl = {
  ...common,
  bodies: 'denoised',
  frames: 100,
  sampling: 'uniform',
  normalize: ['main-person', 'center', 'align-spine'],
  repeat: 5,
  testClips: 10,
  epochs: 16,
  batch: 16,
  accumulate: 8,
  weightDecay: 5e-4,
  schedule: 'cosine',
} as const satisfies Partial<TrainingSettings>;

const pysklKinect = (encoder: string): TrainingSettings => ({ ...pyskl, encoder });
/** Keypoints of HRNet in the image, with their confidence. */
const pysklImage = (encoder: string): TrainingSettings => ({ ...pyskl, encoder, confidence: true, normalize: [] });

const pysklFusion = { streams: fourStreams, weights: 'pyskl' } as const;
const pysklDiffers = [
  'Motions are differences between sampled frames; pyskl takes them before it samples.',
  'The graph hangs finger tips from thumbs, as NTU RGB+D graphs elsewhere do; pyskl hangs both from the hand.',
];
const pysklImageDiffers = [
  'Motions are differences between sampled frames; pyskl takes them before it samples.',
  'Beside bones and motions stands the confidence of the joint itself; pyskl takes the mean of both ends.',
];
const ctrgcnFusion = { streams: fourStreams, weights: 'ctrgcn' } as const;
const infogcnFusion = {
  streams: ['mode-1', 'mode-2', 'joint', 'mode-1-motion', 'mode-2-motion', 'joint-motion'],
  weights: 'infogcn',
} as const;
const infogcnDiffers = ['Trained in float32; the authors train in mixed precision.'];

/** The recipes by the name that `--recipe` takes. */
export const recipes = {
  'stgcn-ntu60': {
    data: 'NTU RGB+D 60',
    source: 'Yan et al., AAAI 2018; yysijie/st-gcn',
    reported: { 'ntu60-xsub': 81.6, 'ntu60-xview': 88.8 },
    settings: {
      ...common,
      ...longClips,
      encoder: 'stgcn',
      encoderOptions: { dropout: 0.5 },
      headDeviation: 0.02,
      bodies: 'first-two',
      sampling: 'pad',
      normalize: [],
      epochs: 80,
      drops: [10, 50],
    },
  },
  'agcn-ntu60': {
    data: 'NTU RGB+D 60',
    source: 'Shi et al., CVPR 2019; lshiwjx/2s-AGCN',
    fusion: { streams: twoStreams, weights: '2s-agcn' },
    reported: { 'ntu60-xview': 93.7 },
    settings: { ...agcn, encoder: 'agcn', epochs: 50, drops: [30, 40] },
  },
  'aagcn-ntu60': {
    data: 'NTU RGB+D 60',
    source: 'Shi et al., IEEE TIP 2020; lshiwjx/2s-AGCN, train_joint_aagcn.yaml',
    fusion: { streams: twoStreams, weights: '2s-agcn' },
    settings: {
      ...agcn,
      encoder: 'aagcn',
      epochs: 50,
      drops: [30, 40],
      warmup: 5,
      freeze: { parameters: 'PA', epochs: 5 },
    },
  },
  'ctrgcn-ntu60': {
    data: 'NTU RGB+D 60',
    source: 'Chen et al., ICCV 2021; Uason-Chen/CTR-GCN, nturgbd-cross-subject/default.yaml',
    fusion: ctrgcnFusion,
    settings: ctrgcn,
  },
  'ctrgcn-ntu120': {
    data: 'NTU RGB+D 120',
    source: 'Chen et al., ICCV 2021; Uason-Chen/CTR-GCN, nturgbd120-cross-subject/default.yaml',
    fusion: ctrgcnFusion,
    settings: ctrgcn,
  },
  'ctrgcn-ucla': {
    data: 'NW-UCLA',
    source: 'Chen et al., ICCV 2021; Uason-Chen/CTR-GCN, ucla/default.yaml',
    fusion: ctrgcnFusion,
    settings: {
      ...common,
      encoder: 'ctrgcn',
      headDeviation: 'by-classes',
      persons: 1,
      frames: 52,
      sampling: 'spread',
      normalize: ['center', 'box'],
      augment: ['view:60', 'scale:0.5'],
      repeat: 5,
      epochs: 65,
      batch: 16,
      weightDecay: 1e-4,
      drops: [50],
      warmup: 5,
    },
  },
  'infogcn-ntu60': {
    data: 'NTU RGB+D 60',
    source: 'Chi et al., CVPR 2022; stnoah1/infogcn, command of its README',
    fusion: infogcnFusion,
    differs: infogcnDiffers,
    settings: infogcn,
  },
  'infogcn-ntu120': {
    data: 'NTU RGB+D 120',
    source: 'Chi et al., CVPR 2022; stnoah1/infogcn, command of its README',
    fusion: infogcnFusion,
    differs: [
      ...infogcnDiffers,
      'The settings are those of NTU RGB+D 60; the authors have others in their supplement.',
    ],
    settings: infogcn,
  },
  'shiftgcn-ntu60': {
    data: 'NTU RGB+D 60',
    source: 'Cheng et al., CVPR 2020; kchengiva/Shift-GCN, main.py and nturgbd-cross-subject/train_joint.yaml',
    fusion: ctrgcnFusion,
    reported: { 'ntu60-xsub': 87.8, 'ntu60-xview': 95.1 },
    settings: shiftgcn,
  },
  'shiftgcn-ntu120': {
    data: 'NTU RGB+D 120',
    source: 'Cheng et al., CVPR 2020; kchengiva/Shift-GCN, main.py and nturgbd-cross-subject/train_joint.yaml',
    fusion: ctrgcnFusion,
    reported: { 'ntu120-xsub': 80.9, 'ntu120-xset': 83.2 },
    settings: shiftgcn,
  },
  'stgcn-vanilla-pyskl': {
    data: 'NTU RGB+D 60',
    source: 'Duan et al., 2022; kennymckormick/pyskl, stgcn_vanilla_ntu60_xsub_3dkp',
    fusion: pysklFusion,
    reported: { 'ntu60-xsub': 81.5, 'ntu60-xview': 90.1 },
    differs: pysklDiffers,
    settings: {
      ...pysklKinect('stgcn'),
      encoderOptions: { dropout: 0.5 },
      frames: 300,
      sampling: 'pad',
      testClips: 1,
      nesterov: false,
      weightDecay: 1e-4,
      schedule: 'step',
      drops: [2, 10],
    },
  },
  'stgcn-pyskl': {
    data: 'NTU RGB+D 60 and 120',
    source: 'Duan et al., 2022; kennymckormick/pyskl, stgcn_pyskl_ntu60_xsub_3dkp',
    fusion: pysklFusion,
    reported: { 'ntu60-xsub': 87.8, 'ntu60-xview': 95.5, 'ntu120-xsub': 82.1, 'ntu120-xset': 84.5 },
    differs: pysklDiffers,
    settings: pysklKinect('stgcn'),
  },
  'stgcnpp-pyskl': {
    data: 'NTU RGB+D 60 and 120',
    source: 'Duan et al., 2022; kennymckormick/pyskl, stgcn++_ntu60_xsub_3dkp',
    fusion: pysklFusion,
    reported: { 'ntu60-xsub': 89.3, 'ntu60-xview': 95.6, 'ntu120-xsub': 83.2, 'ntu120-xset': 85.6 },
    differs: pysklDiffers,
    settings: pysklKinect('stgcnpp'),
  },
  'stgcnpp-pyskl-2d': {
    data: 'HRNet keypoints of NTU RGB+D 60 and 120',
    source: 'Duan et al., 2022; kennymckormick/pyskl, stgcn++_ntu60_xsub_hrnet',
    fusion: pysklFusion,
    reported: { 'ntu60-xsub': 89.3, 'ntu60-xview': 97.4, 'ntu120-xsub': 84.4, 'ntu120-xset': 88.1 },
    differs: pysklImageDiffers,
    settings: pysklImage('stgcnpp'),
  },
  'aagcn-pyskl': {
    data: 'NTU RGB+D 60 and 120',
    source: 'Duan et al., 2022; kennymckormick/pyskl, aagcn_pyskl_ntu60_xsub_3dkp',
    fusion: pysklFusion,
    reported: { 'ntu60-xsub': 89.0, 'ntu60-xview': 95.7, 'ntu120-xsub': 82.8, 'ntu120-xset': 84.8 },
    differs: pysklDiffers,
    settings: pysklKinect('aagcn'),
  },
  'ctrgcn-pyskl': {
    data: 'NTU RGB+D 60 and 120',
    source: 'Duan et al., 2022; kennymckormick/pyskl, ctrgcn_pyskl_ntu60_xsub_3dkp',
    fusion: pysklFusion,
    reported: { 'ntu60-xsub': 89.6, 'ntu60-xview': 95.6, 'ntu120-xsub': 84.0, 'ntu120-xset': 85.9 },
    differs: pysklDiffers,
    settings: { ...pysklKinect('ctrgcn'), encoderOptions: { variant: 'pyskl' } },
  },
  'ctrgcn-pyskl-2d': {
    data: 'HRNet keypoints of NTU RGB+D 60 and 120',
    source: 'Duan et al., 2022; kennymckormick/pyskl, ctrgcn_pyskl_ntu60_xsub_hrnet',
    fusion: pysklFusion,
    reported: { 'ntu60-xsub': 90.6, 'ntu60-xview': 96.9, 'ntu120-xsub': 82.2, 'ntu120-xset': 84.5 },
    differs: pysklImageDiffers,
    settings: { ...pysklImage('ctrgcn'), encoderOptions: { variant: 'pyskl' } },
  },
} as const satisfies Readonly<Record<string, Recipe>>;

/** The name of a recipe. */
export type RecipeName = keyof typeof recipes;
