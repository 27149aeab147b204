import {
  itemsOf,
  keywordWords,
  statedNumbers,
  stringOf,
  stringsOf,
  tagOf,
  tags,
  type Dataset,
} from '@prelector/dicom';
import { plainNumber } from './words.js';
import { statedTexts } from './stated-texts.js';

/** What an image says of a contrast agent, in words; nothing at all where none of the three has any. */
export interface StatedContrast {
  /** That there was one: the agents where they are named, else by what else it is stated. */
  readonly given: readonly string[];
  /** That there was none, or not yet. */
  readonly denied: readonly string[];
  readonly unreadable: readonly string[];
}

/** Attributes of PS3.3 C.7.6.4 that are there where an agent was given; of the moments only that they are stated. */
const TEXTS = ['ContrastBolusRoute', 'ContrastBolusIngredient'] as const;
/** Words by which senders say, where an agent is named, that there was none. */
const DENIALS = new Set(['NONE', 'NO', 'N', 'WITHOUT', 'NO CONTRAST', 'NATIVE', '-', '0']);
const MOMENTS = ['ContrastBolusStartTime', 'ContrastBolusStopTime'] as const;
const VOLUME = 'ContrastBolusVolume';
/** The same in numbers, of which zero says that none was given. */
const AMOUNTS = ['ContrastBolusTotalDose', 'ContrastFlowRate', 'ContrastFlowDuration'] as const;
const CONCENTRATIONS = [
  'ContrastBolusIngredientConcentration',
  'ContrastBolusIngredientPercentByVolume',
] as const;
/** Sequences with an item for each (PS3.3 C.7.6.4, C.7.6.4b). */
const CODES = ['ContrastBolusAdministrationRouteSequence', 'ContrastBolusIngredientCodeSequence'] as const;
const PROFILE = 'ContrastAdministrationProfileSequence';
/** Of a frame (PS3.3 C.7.6.16.2.12), beside its phase. */
const FLAGS = ['ContrastBolusAgentAdministered', 'ContrastBolusAgentDetected'] as const;
const AGENTS = tagOf('ContrastBolusAgentSequence');
const USAGE = tagOf('ContrastBolusUsageSequence');
const PHASE = 'ContrastBolusAgentPhase';

/** What `contrastOf` reads of an image. */
export const contrastTags: readonly string[] = [
  ...[tags.ContrastBolusAgent, AGENTS, USAGE],
  ...[...TEXTS, ...MOMENTS, VOLUME, ...AMOUNTS, ...CONCENTRATIONS, ...CODES, PROFILE, ...FLAGS, PHASE].map(
    tagOf,
  ),
];

/**
 * Everything that an image, or a frame in the form of one, says of a contrast agent: the attributes of the
 * Contrast/Bolus Module (PS3.3 C.7.6.4) and of its enhanced forms (C.7.6.4b, C.7.6.16.2.12). Route, ingredient and
 * concentration, which a protocol may fill in for an injection that never was, do not stand against a volume of 0.
 */
export function contrastOf(image: Dataset): StatedContrast {
  const usages = itemsOf(image, USAGE);
  const volume = amount(image, VOLUME);
  const planned = [
    ...TEXTS.map((keyword) => named(image, keyword)),
    ...CONCENTRATIONS.map((keyword) => amount(image, keyword)),
    ...CODES.map((keyword) => coded(image, keyword)),
  ];
  const parts = [
    agents(image),
    ...MOMENTS.map((keyword) => moment(image, keyword)),
    volume,
    ...AMOUNTS.map((keyword) => amount(image, keyword)),
    sequence(image, PROFILE),
    ...used(image),
    ...usages.map((item) => used(item)).flatMap((said) => (said.length > 0 ? said : [unsaid])),
    ...(sequence(image, 'ContrastBolusUsageSequence').unreadable ? [unsaid] : []),
  ];
  const given = together(parts, 'given');
  const isUnused = volume.denied !== undefined && given.length === 0;
  const beside = together(planned, 'given');
  return {
    given: isUnused ? [] : [...given, ...beside],
    denied: [...together([...parts, ...planned], 'denied'), ...(isUnused ? beside : [])],
    unreadable: together([...parts, ...planned], 'unreadable'),
  };
}

type Part = Partial<StatedContrast>;

function together(parts: readonly Part[], what: keyof StatedContrast): string[] {
  return [...new Set(parts.flatMap((part) => part[what] ?? []))];
}

function agents(image: Dataset): Part {
  const stated = statedTexts(image, tags.ContrastBolusAgent);
  const names = [
    ...(stated.kind === 'texts' ? stated.values : []),
    ...itemsOf(image, AGENTS).map((item) => stringOf(item, tags.CodeMeaning) ?? 'a coded agent'),
  ];
  return {
    given: names.filter((name) => !denies(name)),
    denied: names.filter(denies).map((name) => `${keywordWords('ContrastBolusAgent')} ${name}`),
    unreadable: [
      ...(stated.kind === 'unreadable' ? [unread('ContrastBolusAgent', stated.shape)] : []),
      ...(sequence(image, 'ContrastBolusAgentSequence').unreadable ?? []),
    ],
  };
}

function denies(word: string): boolean {
  return DENIALS.has(word.trim().toUpperCase());
}

/** What is named in words, of which some say that there was none. */
function named(image: Dataset, keyword: string): Part {
  const said = text(image, keyword);
  const isDenied = said.given !== undefined && stringsOf(image, tagOf(keyword)).every(denies);
  return isDenied ? { denied: said.given } : said;
}

/** The same of codes, by their meanings. */
function coded(image: Dataset, keyword: string): Part {
  const said = sequence(image, keyword);
  const meanings = itemsOf(image, tagOf(keyword)).map((item) => stringOf(item, tags.CodeMeaning) ?? '');
  return said.given !== undefined && meanings.every(denies)
    ? { denied: [`${keywordWords(keyword)} ${meanings.join('/')}`] }
    : said;
}

function text(image: Dataset, keyword: string): Part {
  const stated = statedTexts(image, tagOf(keyword));
  if (stated.kind === 'absent') return {};
  return stated.kind === 'unreadable'
    ? { unreadable: [unread(keyword, stated.shape)] }
    : { given: [`${keywordWords(keyword)} ${stated.values.join('/')}`] };
}

function moment(image: Dataset, keyword: string): Part {
  const { given, unreadable } = text(image, keyword);
  // A time of zeros is what a device writes that has none.
  if (given && stringsOf(image, tagOf(keyword)).every((time) => /^[0:.]*$/u.test(time.trim()))) return {};
  return given ? { given: [`${keywordWords(keyword)} stated`] } : { unreadable: unreadable ?? [] };
}

function amount(image: Dataset, keyword: string): Part {
  const stated = statedNumbers(image, tagOf(keyword));
  if (stated.kind === 'absent') return {};
  if (stated.kind === 'unreadable') return { unreadable: [unread(keyword, stated.shape)] };
  const words = `${keywordWords(keyword)} ${stated.values.map((value) => plainNumber(value)).join('/')}`;
  if (stated.values.some((value) => value < 0)) return { unreadable: [words] };
  return stated.values.some((value) => value > 0) ? { given: [words] } : { denied: [words] };
}

function sequence(image: Dataset, keyword: string): Part {
  const element = image[tagOf(keyword)];
  if (element === undefined) return {};
  const items = itemsOf(image, tagOf(keyword)).length;
  const isRead = element.vr === 'SQ' && !element.bytes?.length && items === (element.Value ?? []).length;
  if (!isRead && (element.vr === 'SQ' || hasValue(image, keyword))) return { unreadable: [unread(keyword)] };
  return items > 0 ? { given: [`${keywordWords(keyword)} stated`] } : {};
}

function hasValue(image: Dataset, keyword: string): boolean {
  return statedTexts(image, tagOf(keyword)).kind !== 'absent';
}

/** A use of an agent of which nothing is said. */
const unsaid: Part = { unreadable: [unread('ContrastBolusUsageSequence')] };

/** What is said of the use of an agent; empty where nothing is. */
function used(item: Dataset): Part[] {
  const parts = [...FLAGS.map((keyword) => flag(item, keyword)), phase(item)];
  return parts.filter(({ given, denied, unreadable }) => [given, denied, unreadable].flat().some(Boolean));
}

function flag(item: Dataset, keyword: string): Part {
  const { given, unreadable } = text(item, keyword);
  if (given === undefined) return { unreadable: unreadable ?? [] };
  const value = stringOf(item, tagOf(keyword))?.toUpperCase();
  if (value === 'YES') return { given };
  if (value !== 'NO') return { unreadable: given };
  // Not to have been seen is not to have been absent.
  return keyword === 'ContrastBolusAgentAdministered' ? { denied: given } : {};
}

function phase(item: Dataset): Part {
  const { given, unreadable } = text(item, PHASE);
  if (given === undefined) return { unreadable: unreadable ?? [] };
  return /^PRE(?:_CONTRAST)?$/iu.test(stringOf(item, tagOf(PHASE)) ?? '') ? { denied: given } : { given };
}

function unread(keyword: string, shape?: string): string {
  return `${keywordWords(keyword)} unreadable${shape === undefined ? '' : `: ${shape}`}`;
}
