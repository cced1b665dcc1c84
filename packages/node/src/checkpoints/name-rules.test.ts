import { agcn, ctrgcn } from '@kinegraph/encoders';
import { describe, expect, it } from 'vitest';
import { guessSource, nameRules, parseRules, rename } from './name-rules.ts';

const names = (list: readonly string[], ...rules: Parameters<typeof rename>[1][]) =>
  [...rules.reduce((map, some) => rename(map, some), new Map(list.map((name) => [name, name])))].map(([name]) => name);

describe('nameRules', () => {
  it('keeps the names of the authors, drops counters and tables, and calls every head fc', () => {
    const found = names(
      [
        'l1.gcn1.PA',
        'data_bn.num_batches_tracked',
        'l1.gcn1.shift_in',
        'l1.tcn1.shift_in.ypos',
        'fcn.weight',
        'fc.bias',
      ],
      nameRules('original', ctrgcn()),
    );
    expect(found).toEqual(['l1.gcn1.PA', 'l1.tcn1.shift_in.ypos', 'fc.weight', 'fc.bias']);
  });

  it.each([
    [
      'stgcnpp',
      {
        'backbone.gcn.0.gcn.A': 'backbone.gcn.0.gcn.A',
        'backbone.gcn.3.tcn.branches.0.1.num_batches_tracked': null,
        'cls_head.fc_cls.weight': 'fc.weight',
        'cls_head.fc.weight': 'fc.weight',
      },
    ],
    [
      'stgcn',
      {
        'backbone.data_bn.bias': 'data_bn.bias',
        'backbone.gcn.0.gcn.A': 'A',
        'backbone.gcn.9.gcn.A': null,
        'backbone.gcn.9.gcn.PA': 'edge_importance.9',
        'backbone.gcn.4.gcn.conv.weight': 'st_gcn_networks.4.gcn.conv.weight',
        'backbone.gcn.4.gcn.bn.running_var': 'st_gcn_networks.4.tcn.0.running_var',
        'backbone.gcn.4.tcn.conv.bias': 'st_gcn_networks.4.tcn.2.bias',
        'backbone.gcn.4.tcn.bn.weight': 'st_gcn_networks.4.tcn.3.weight',
        'backbone.gcn.4.residual.conv.weight': 'st_gcn_networks.4.residual.0.weight',
        'backbone.gcn.4.residual.bn.weight': 'st_gcn_networks.4.residual.1.weight',
      },
    ],
    [
      'aagcn',
      {
        'backbone.A': null,
        'backbone.gcn.0.gcn.A': 'l1.gcn1.PA',
        'backbone.gcn.9.gcn.conv_a.2.weight': 'l10.gcn1.conv_a.2.weight',
        'backbone.gcn.9.tcn.bn.bias': 'l10.tcn1.bn.bias',
        'backbone.gcn.4.residual.conv.weight': 'l5.residual.conv.weight',
      },
    ],
    [
      'ctrgcn',
      {
        'backbone.A': null,
        'backbone.net.0.gcn1.A': 'l1.gcn1.PA',
        'backbone.net.9.gcn1.alpha': 'l10.gcn1.alpha',
        'backbone.net.4.gcn1.convs.2.conv4.bias': 'l5.gcn1.convs.2.conv4.bias',
        'backbone.net.4.tcn1.branches.0.3.bn.weight': 'l5.tcn1.branches.0.3.bn.weight',
        'backbone.net.4.residual.conv.weight': 'l5.residual.conv.weight',
        'cls_head.fc_cls.bias': 'fc.bias',
      },
    ],
  ])('knows the names of PYSKL for %s', (id, expected) => {
    const rules = nameRules('pyskl', { id, options: { variant: 'pyskl' } });
    for (const [name, here] of Object.entries(expected)) {
      expect(names([name], rules)).toEqual(here === null ? [] : [here]);
    }
  });

  it('says which networks of PYSKL are others', () => {
    expect(() => nameRules('pyskl', ctrgcn())).toThrow(
      'checkpoint of pyskl: expected the variant pyskl of ctrgcn, got original. The two networks of this name differ: use --set variant=pyskl.',
    );
    expect(() => nameRules('original', ctrgcn({ variant: 'pyskl' }))).toThrow(/--set variant=original/);
    expect(() => nameRules('pyskl', agcn())).toThrow(/--encoder aagcn --set attention=false/);
    expect(() => nameRules('pyskl', { id: 'constructor', options: {} })).toThrow(/got "constructor"/);
  });

  it('tells the source by the head', () => {
    expect(guessSource(['backbone.gcn.0.gcn.A', 'cls_head.fc.bias'])).toBe('pyskl');
    expect(guessSource(['backbone.gcn.0.gcn.A', 'fc.bias'])).toBe('original');
  });
});

describe('rename', () => {
  it('takes the first rule that fits, once', () => {
    const rules = parseRules(
      'rules',
      '[{ "from": "^a\\\\.(.*)", "to": "b.$1" }, { "from": "^b", "to": "c" }, { "from": "x$", "to": null }]',
    );
    expect(names(['a.y', 'b.y', 'c.x', 'd'], rules)).toEqual(['b.y', 'c.y', 'd']);
  });

  it('refuses two tensors of one name', () => {
    const rules = parseRules('rules', '[{ "from": "^.*$", "to": "a" }]');
    expect(() => names(['x', 'y'], rules)).toThrow(/each once, got "x" and "y" both as "a"/);
  });

  it.each([
    ['{', /got no JSON/],
    ['{}', /got no array/],
    ['[null]', /got rule 0 of another form/],
    ['[{ "from": "a", "to": 3 }]', /got rule 0 of another form/],
    ['[{ "from": "(", "to": "a" }]', /Unterminated group|Invalid regular expression/],
  ])('refuses the rules %s', (text, message) => {
    expect(() => parseRules('rules.json', text)).toThrow(message);
  });
});
