import type { ToldAccession, ToldStudies, ToldStudy } from '@prelector/ledger';
import { thereAreMore } from './orders.js';

/** The studies as lines for a person, newest first. */
export function studyLines({ studies, more }: ToldStudies): string[] {
  return [
    ...(studies.length === 0 ? ['No such study.'] : studies.flatMap(linesOf)),
    ...(more ? [thereAreMore] : []),
  ];
}

/** When a study was first heard of, its number and where it is; where it stands and why; what came of it. */
function linesOf(study: ToldStudy): string[] {
  const { studyInstanceUid, state, stateReason, readingState, firstHeardAt, accession, nodes } = study;
  const where = nodes.length > 0 ? `on ${nodes.join(', ')}` : 'on no node';
  const reading = readingState === 'unknown' ? '' : `, reading ${readingState}`;
  const came = [counts('runs', study.runs), counts('reports', study.deliveries)].filter(
    (each) => each !== '',
  );
  return [
    `${firstHeardAt.toISOString()} study ${studyInstanceUid}: ${accessionWords(accession)}, ${where}`,
    `  ${state}${reading}${stateReason ? `: ${stateReason}` : ''}`,
    ...(came.length > 0 ? [`  ${came.join('; ')}`] : []),
  ];
}

function counts(title: string, states: Readonly<Record<string, number>>): string {
  const words = Object.entries(states).map(([state, count]) => `${count} ${state}`);
  return words.length > 0 ? `${title}: ${words.sort().join(', ')}` : '';
}

const withoutNumber: Readonly<Record<Exclude<ToldAccession['state'], 'stated'>, string>> = {
  none: 'no accession number',
  'not-looked-at': 'accession number not looked at yet',
  purged: 'accession number purged',
};

/** An accession number as a person looks for it; else that there is none, or why it is not known. */
export function accessionWords(accession: ToldAccession): string {
  if (accession.state !== 'stated') return withoutNumber[accession.state];
  return `accession ${accession.value}${accession.issuer ? `^${accession.issuer}` : ''}`;
}
