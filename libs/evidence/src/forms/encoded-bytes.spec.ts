import { describe, expect, it } from '@jest/globals';
import { outcomes } from '@prelector/findings';
import { sha256 } from '@prelector/kernel';

import { encodeEvidence, type EvidenceInput } from '../encode-evidence.js';
import { evidenceInputOf, findingsOf, replacing } from '../evidence-input.testing.js';

const invalid = findingsOf({ valid: false });
const bare = { groups: [], series: [], summary: 'In one sentence.' };

const inputs: Readonly<Record<string, EvidenceInput>> = {
  valid: evidenceInputOf(),
  qualified: evidenceInputOf({ findings: invalid }),
  withheld: evidenceInputOf({ findings: invalid, presentation: 'withheld' }),
  forced: evidenceInputOf({ forcedByMaximumWait: true, sourceTimezoneOffset: '-0500' }),
  replacing: replacing(evidenceInputOf()),
  ...Object.fromEntries(
    outcomes.map((outcome) => [outcome, evidenceInputOf({ findings: findingsOf({ outcome, ...bare }) })]),
  ),
};

/** SHA-256 of each object as it was first delivered. Other bytes are another SOP Instance, and a second report. */
const digests: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'measurement-report': {
    valid: 'bff15c159134fa4ca1ddf4912e64152346c988f0c107328775ba2112237a2e46',
    qualified: 'f5e282a253e3b15cb5364ea08ab6e333d06a8652dac82e7f5479022ba2161872',
    withheld: '01277d5f02d28d03504dfe1dc228814588a5fdedf460e09d571d090b5c1675de',
    forced: '4887a87b227ab7b7451825e7bd25a24d47d8d01c0a8dc3202874e8242e1a898c',
    replacing: 'f22b953ed44e14a09f90f9b496df408984db3f8023983cd7f2c4af1f7942d377',
    positive: '47a7fb9f8b91a9f542388835b9db41c079a7729162e9c2cfa66f4e7a247d91e5',
    negative: 'c3ca6952994b63adc58617ee2abbad24e50a66894e557a410d9c8b7aaaca0f8a',
    measured: '57bbaa828afe9ba1eb6346984ec6c38770cef3abb752c97315336f323b55e770',
    'not-applicable': 'bb710f50b82015048f2ba873a8e60c6d1617a8ec46ec195d5901e7d16b372fdb',
    'incomplete-input': 'bb710f50b82015048f2ba873a8e60c6d1617a8ec46ec195d5901e7d16b372fdb',
    failed: '4824a55d4dd13ebd031d1d902aa4f03cc725df78a1aa594f9bb06c829fcaaa0b',
  },
  'text-report': {
    valid: 'aae927d5e04b43010c58dca8b9fa26464dfefb79e236d4ce52bbef1fde295499',
    qualified: '4dd33c84d1b6c4f5c1087869cabcc19bc42581e723599a0afc341a8b595e7171',
    withheld: '3a118cac7f00c17fce555d8af0f0a68f1dd31e0b0ddacce7fb1eb08d16585a47',
    forced: '3a6313562f42dd396ad3ad98a2e8043f225fb7ceade0ef2a58982d84cfed116d',
    replacing: 'e30d4eb7b98c8f0e8972988b220b3366856eae6ce2ea460d091dfc0468b66206',
    positive: '713f92f77051182288de1fb958ebe67efd1a96d827cb19c3a7c8ffdc39749358',
    negative: '0f32e910b02ccc1c431c1e364d6b4374603f5fa83cb640876703ba68df5ddb8f',
    measured: '2d738c9b006431cd191d46287362f6de7523d75b031526b5f300fd55046fb28e',
    'not-applicable': '328d292c66eb4d0800e600848c9366411b07cad2062d0a787535e89318b0a6c8',
    'incomplete-input': 'f5530a6a8c1996615856b91b40ee3d1a8f9f88c8f529c5358ba38451a2834f3d',
    failed: '311fe71d8bb591cfbb41dad552d1148e76d50d6e73617087193158402fe10dc1',
  },
};

describe.each(Object.entries(digests))('the bytes of a %s', (kind, known) => {
  it.each(Object.entries(inputs))('are what they were: %s', (name, input) => {
    const encoded = encodeEvidence(input).find((each) => each.kind === kind);
    expect(encoded && sha256(encoded.bytes)).toBe(known[name]);
  });
});
