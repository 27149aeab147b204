import { describe, expect, it } from '@jest/globals';
import { siteSchema } from './site.js';

const node = { name: 'pacs', profile: 'orthanc', roots: { base: 'https://pacs.example.org/dicom-web' } };
const feed = { name: 'ris', port: 2575, nodes: ['pacs'] };
const rule = { name: 'lungs', source: ['pacs'], model: 'ct-lung-densitometry' };

function problemsOf(site: unknown): string[] {
  const parsed = siteSchema.safeParse(site);
  return parsed.success ? [] : parsed.error.issues.map((issue) => issue.path.join('.'));
}

describe('siteSchema', () => {
  it('takes a site with the least that it needs', () => {
    expect(problemsOf({ nodes: [node], feeds: [feed], rules: [rule] })).toEqual([]);
  });

  it('finds at once what a running process would stumble over', () => {
    const site = {
      nodes: [
        { ...node, profile: 'orhtanc' },
        { ...node, name: 'second', overrides: { qido: { dateRange: 'sometimes' } } },
      ],
      feeds: [
        { ...feed, mapping: { accessionNumber: 'OBR-3' } },
        { ...feed, name: 'open', host: '0.0.0.0' },
        { ...feed, name: 'peers', host: '0.0.0.0', allowedPeers: ['the-ris'] },
      ],
    };
    expect(problemsOf(site)).toEqual([
      'nodes.0.profile',
      'nodes.1.overrides',
      'feeds.0.mapping.accessionNumber',
      'feeds.1.allowedPeers',
      'feeds.2.allowedPeers',
    ]);
  });

  it('wants a node for every name, and a reason to turn a rule on', () => {
    expect(problemsOf({ feeds: [feed], rules: [{ ...rule, state: 'on' }] })).toEqual([
      'feeds.0.nodes.0',
      'rules.0.source.0',
      'rules.0.why',
    ]);
  });
});
