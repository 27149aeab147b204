import { describe, expect, it } from '@jest/globals';
import { plainManifest } from '../images.testing.js';
import { checkManifest } from '../package.js';
import * as mask from './mask-reader.testing.js';
import { readerContract, type ReaderExample } from './reader-contract.testing.js';
import { readers } from './registry.js';

/** Each reader of the registry has its example beside it. */
const shipped = await Promise.all(
  Object.entries(readers).map(async ([kind, reader]) => {
    const { example } = (await import(`./${kind}.testing.js`)) as { example: ReaderExample };
    return [kind, reader, example] as const;
  }),
);

describe.each(shipped)('the reader of `%s`', (kind, reader, example) => {
  readerContract(reader, example);

  it('is all that a manifest needs', () => {
    const { groups: _others, ...rest } = plainManifest;
    const manifest = checkManifest({ ...rest, [kind]: example.entries });
    expect(manifest[kind as keyof typeof readers]).toHaveLength(example.entries.length);
  });
});

describe('a reader that makes artifacts', () => {
  readerContract(mask.maskReader, mask.example);
});

describe('a manifest', () => {
  it('is refused where nothing is read of the graph, beside whatever else is wrong with it', () => {
    const { groups: _none, ...rest } = plainManifest;
    for (const given of [rest, { ...rest, groups: [] }, { ...rest, groups: [], memoryMiB: 'much' }]) {
      expect(() => checkManifest(given)).toThrow(/state what the outputs of the graph mean: under `groups`/u);
    }
  });

  it('is told what is no list once', () => {
    expect(() => checkManifest({ ...plainManifest, groups: 'air' })).toThrow(
      /^(?!.*state what the outputs).*groups: /u,
    );
  });
});
