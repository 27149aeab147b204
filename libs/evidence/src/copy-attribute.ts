import {
  personNameOf,
  valueProblem,
  vrOf,
  type Dataset,
  type Element,
  type PersonNameValue,
} from '@prelector/dicom';

/** Private tags have an odd group (PS3.5 7.8). */
function isPrivate(tag: string): boolean {
  return Number.parseInt(tag.slice(0, 4), 16) % 2 === 1;
}

function isStated(value: unknown): boolean {
  return value !== null && value !== undefined && value !== '';
}

const unpadded = (text: string) => text.replace(/[\0 ]+$/u, '');
/** Of a person name (PS3.5 section 6.2); empty ones behind them say nothing. */
const MOST_COMPONENTS = 5;

/** A person name by component groups, also where a server sends all groups as one text. */
function nameGroups(value: unknown): PersonNameValue {
  const { Alphabetic, ...others } = (
    typeof value === 'string' ? { Alphabetic: value } : value
  ) as PersonNameValue;
  const groups = { ...others, ...personNameOf(Alphabetic ?? '') };
  const plain = (text: string) =>
    text.split('^').length > MOST_COMPONENTS ? text.replace(/\^+$/u, '') : text;
  return Object.fromEntries(
    Object.entries(groups).flatMap(([group, text]) =>
      typeof text === 'string' && unpadded(text) !== '' ? [[group, plain(unpadded(text))]] : [],
    ),
  );
}

function plainValue(vr: string, value: unknown): unknown {
  if (vr === 'SQ') return plainDataset(value as Dataset);
  if (vr === 'PN') return nameGroups(value);
  return typeof value === 'string' ? unpadded(value) : value;
}

/** Values without padding and empty ones; undefined when none is left. */
function plainElement({ vr, Value: values = [] }: Element): Element | undefined {
  const plain = values
    .filter(isStated)
    .map((value) => plainValue(vr, value))
    .filter((value) => isStated(value) && !(vr === 'PN' && Object.keys(value as object).length === 0));
  return plain.length > 0 ? { vr, Value: plain } : undefined;
}

/** The standard attributes of an item, values normalised; private ones are left out. */
function plainDataset(item: Dataset): Dataset {
  return Object.fromEntries(
    Object.entries(item).flatMap(([tag, element]) => {
      const plain = isPrivate(tag) ? undefined : plainElement(element);
      return plain ? [[tag, plain]] : [];
    }),
  );
}

const textVrs = new Set(['AE', 'AS', 'CS', 'DA', 'DT', 'LO', 'LT', 'SH', 'ST', 'TM', 'UC', 'UI', 'UR', 'UT']);

/** True where what the file calls the value can be read as what the dictionary calls it. */
function isReadableAs(vr: string, stated: string): boolean {
  return vr === stated || (textVrs.has(stated) && (textVrs.has(vr) || vr === 'PN'));
}

function isGuessed(element: Element): boolean {
  if (element.guessed) return true;
  if (element.vr !== 'SQ') return false;
  return (element.Value ?? []).some((item) => Object.values(item as Dataset).some(isGuessed));
}

/** One attribute of the source as evidence repeats it, or why it cannot; neither where nothing is stated. */
export interface CopiedAttribute {
  readonly element?: Element | undefined;
  /** What a person must correct in the archive before any report can bear it. */
  readonly unwritable?: string;
  /** It could be written, but its characters are a guess. */
  readonly guessed?: boolean;
}

/** True where a value that should be text, or a text in an item of it, came as bytes that nobody read. */
function holdsBytes(element: Element): boolean {
  if (element.bytes || element.InlineBinary !== undefined || element.BulkDataURI !== undefined) return true;
  if (element.vr !== 'SQ') return false;
  const standard = (item: unknown) => Object.entries(item as Dataset).filter(([tag]) => !isPrivate(tag));
  return (element.Value ?? []).some((item) => standard(item).some(([, each]) => holdsBytes(each)));
}

/**
 * An attribute of the source in the form in which evidence repeats it: padding and private elements of
 * sequences left away, the VR that of the dictionary, and otherwise unchanged.
 */
export function copyAttribute(tag: string, element: Element, multiplicity: 'one' | 'any'): CopiedAttribute {
  const vr = vrOf(tag);
  const values = element.Value ?? [];
  if (holdsBytes(element)) return { unwritable: `stated as ${element.vr} in bytes that are no text` };
  if (values.length === 0) return {};
  if (!isReadableAs(vr, element.vr)) return { unwritable: `stated as ${element.vr} and not as ${vr}` };
  if (multiplicity === 'one' && vr !== 'SQ' && values.length > 1)
    return { unwritable: `${values.length} values where one is allowed` };
  const plain = plainElement({ vr, Value: values });
  if (!plain) return {};
  const problem = valueProblem(tag, plain);
  return problem === undefined ? { element: plain, guessed: isGuessed(element) } : { unwritable: problem };
}
