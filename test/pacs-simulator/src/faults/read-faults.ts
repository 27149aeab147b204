import { tagOf } from '../dicom/tags.js';
import { simulatorError } from '../errors.js';
import type { Fault } from './fault.js';
import { faultKinds, multipartShapes, qidoShapes } from './fault.js';

const numbers = [
  'count',
  'skip',
  'afterBytes',
  'afterParts',
  'bytesPerSecond',
  'seconds',
  'status',
  'by',
  'failureReason',
];
const texts = ['body', 'contentType', 'location'];
const others = ['kind', 'match', 'how', 'retryAfter', 'changes', 'sopClassUids', 'shape'];
const services = ['qido', 'wado', 'metadata', 'stow'];

/** Faults from a JSON value. Throws `simulator.fault-invalid`, naming the member. */
export function readFaults(value: unknown): Fault[] {
  if (!Array.isArray(value)) throw invalid('expected a list');
  return value.map((each: unknown, index) => readFault(each, `[${index}]`));
}

function readFault(value: unknown, at: string): Fault {
  const fault = recordOf(value, at);
  for (const name of Object.keys(fault)) {
    if (![...numbers, ...texts, ...others].includes(name)) throw invalid(`${at}.${name} is unknown`);
  }
  if (!(faultKinds as readonly unknown[]).includes(fault['kind']))
    throw invalid(`${at}.kind: one of ${faultKinds.join(', ')}`);
  for (const name of numbers) expect(fault, name, at, (each) => Number.isFinite(each), 'a number');
  for (const name of texts) expect(fault, name, at, (each) => typeof each === 'string', 'a text');
  expect(
    fault,
    'how',
    at,
    (each) => ['close', 'reset', 'end'].includes(each as string),
    'close, reset or end',
  );
  expect(fault, 'retryAfter', at, (each) => ['string', 'number'].includes(typeof each), 'seconds or a date');
  expect(fault, 'sopClassUids', at, (each) => isTexts(each), 'a list of UIDs');
  readShape(fault, at);
  if (fault['changes'] !== undefined) fault['changes'] = readChanges(fault['changes'], `${at}.changes`);
  if (fault['match'] !== undefined) readMatch(fault['match'], `${at}.match`);
  return fault as unknown as Fault;
}

/** Attribute changes by keyword or tag; null takes the attribute away. Throws `simulator.fault-invalid`. */
export function readChanges(value: unknown, at: string): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(recordOf(value, at)).map(([name, text]) => {
      const tag = tagOf(name);
      if (!tag) throw invalid(`${at}.${name} is no attribute`);
      if (text !== null && typeof text !== 'string') throw invalid(`${at}.${name}: a text or null`);
      return [tag, text];
    }),
  );
}

function readShape(fault: Record<string, unknown>, at: string): void {
  const shapes = { 'qido-shape': qidoShapes, 'multipart-shape': multipartShapes } as const;
  const known: readonly unknown[] = shapes[fault['kind'] as keyof typeof shapes] ?? [undefined];
  if (!known.includes(fault['shape'])) throw invalid(`${at}.shape: one of ${known.join(', ')}`);
}

function readMatch(value: unknown, at: string): void {
  const match = recordOf(value, at);
  for (const name of Object.keys(match)) {
    if (!['method', 'service', 'path'].includes(name)) throw invalid(`${at}.${name} is unknown`);
    if (typeof match[name] !== 'string') throw invalid(`${at}.${name}: a text`);
  }
  expect(match, 'service', at, (each) => services.includes(each as string), services.join(', '));
}

function expect(
  record: Record<string, unknown>,
  name: string,
  at: string,
  holds: (value: unknown) => boolean,
  what: string,
): void {
  if (record[name] !== undefined && !holds(record[name])) throw invalid(`${at}.${name}: ${what}`);
}

function recordOf(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${at}: an object`);
  return { ...value };
}

const isTexts = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === 'string');
const invalid = (detail: string) => simulatorError('simulator.fault-invalid', detail);
