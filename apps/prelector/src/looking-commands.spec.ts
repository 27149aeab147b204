import { describe, expect, it } from '@jest/globals';
import { soughtNumbers } from './commands/sought.js';
import { program } from './program.js';

describe('numbers as a person types them', () => {
  it.each([
    ['77', { value: '77' }],
    [' 77 ', { value: '77' }],
    ['77^SYSA', { value: '77', namespace: 'SYSA' }],
    ['77^^^SYSA', { value: '77', namespace: 'SYSA' }],
  ])('%s', (typed, number) => {
    const sought = soughtNumbers({ orderNumber: typed, patientId: typed });
    expect(sought).toEqual({
      ok: true,
      numbers: { orderNumber: number, patientId: number },
      words: 'that order number and that Patient ID',
    });
  });

  it.each(['', '  ', '^SYSA', '77^', '77^ ', '77^^', '77^^^'])('"%s" is refused', (typed) => {
    expect(soughtNumbers({ patientId: typed })).toEqual({
      ok: false,
      error: 'error: give --patient-id as P or P^ISSUER',
    });
  });
});

describe('the command line', () => {
  /** What a call that is refused prints on standard error. */
  async function refusal(...words: string[]): Promise<string> {
    let said = '';
    const command = program({ env: {}, print: () => undefined, exit: () => undefined });
    for (const each of [command, ...command.commands])
      each.exitOverride().configureOutput({ writeErr: (text) => (said += text) });
    await expect(command.parseAsync(['node', 'prelector', ...words])).rejects.toThrow();
    return said;
  }

  it.each([
    [['study'], /either a Study Instance UID or what to look for/u],
    [['study', '1.2', '--accession', 'A1'], /either a Study Instance UID or what to look for/u],
    [['study', '1.2', '--from', '2026-01-31'], /either a Study Instance UID or what to look for/u],
    [['study', '--state', 'held', '--release'], /released by its Study Instance UID alone/u],
    [['study', '--state', 'lost'], /Allowed choices are watching, .*held/u],
    [['study', '--to', 'yesterday'], /Give a time/u],
    [['study', '--accession', 'A1', '--release'], /released by its Study Instance UID alone/u],
    [['study', '--patient-id', 'SECRET^'], /--patient-id as P or P\^ISSUER/u],
    [['orders', '--patient-id', '^SECRET'], /--patient-id as P or P\^ISSUER/u],
    [['orders', '--accession', 'SECRET^^'], /--accession as A or A\^ISSUER/u],
    [['orders', '--state', 'lost'], /Allowed choices are announced, .*never-arrived/u],
    [['orders', '--from', 'yesterday'], /Give a time/u],
  ])('refuses %j without repeating a number', async (words, expected) => {
    const said = await refusal(...words);
    expect(said).toMatch(expected);
    expect(said).not.toContain('SECRET');
  });
});
