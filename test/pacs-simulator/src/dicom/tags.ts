import dcmjs from 'dcmjs';

const { dictionary, nameMap } = dcmjs.data.DicomMetaDictionary;

/** `00100020` of `PatientID` or of `00100020`; undefined where it is neither a keyword nor a tag. */
export function tagOf(name: string): string | undefined {
  if (/^[0-9A-Fa-f]{8}$/u.test(name)) return name.toUpperCase();
  const tag = /^\w+$/u.test(name) ? nameMap[name]?.tag : undefined;
  return tag?.replaceAll(/[(),]/gu, '');
}

/** The VR that the data dictionary (PS3.6) gives a tag; UN where it has none. */
export function vrOf(tag: string): string {
  return dictionary[`(${tag.slice(0, 4)},${tag.slice(4)})`]?.vr ?? 'UN';
}
