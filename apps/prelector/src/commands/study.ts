import { PrelectorError, counted } from '@prelector/kernel';
import type { OpenStep, OrderNaming, StudyStory, ToldAccession } from '@prelector/ledger';
import type { Resources } from '@prelector/pipeline';
import { notRunLines } from './not-run.js';
import { accessionWords } from './study-lines.js';
import { entryLines } from './story-lines.js';
import { presentationOf, toldFindings, type ToldFindings } from './told-findings.js';

/** A story with what each run said, by run id, without the numbers that are withheld. */
export interface ToldStory extends StudyStory {
  readonly findings: Readonly<Record<string, ToldFindings>>;
  readonly accession: ToldAccession;
}

/**
 * The whole story of a study; throws `study.only-named` when messages named it and no archive has shown it, and
 * `study.unknown` when we never heard of it.
 */
export async function storyOf(resources: Resources, studyInstanceUid: string): Promise<ToldStory> {
  const { pool } = resources.ledger;
  const story = await pool.stories.ofStudy(studyInstanceUid);
  if (story) {
    const findings: Record<string, ToldFindings> = {};
    const presentation = presentationOf(story);
    for (const run of story.runs) {
      const row = await pool.runs.findingsOf(run.id);
      if (row) findings[run.id] = toldFindings(row.body, presentation);
    }
    return { ...story, findings, accession: await pool.studySearch.accession(story.study.id) };
  }
  const named = await pool.orderSearch.naming(studyInstanceUid);
  if (named.length > 0) {
    throw new PrelectorError(
      'study.only-named',
      'permanent',
      `No archive has shown that study yet. Named by:\n${named.map(namedLine).join('\n')}`,
    );
  }
  throw new PrelectorError(
    'study.unknown',
    'permanent',
    'We never heard of that study: no message, poll or person has named it. To analyse it: prelector analyse <node> <uid>.',
  );
}

function namedLine(naming: OrderNaming): string {
  const { feed, messageType, controlId, receivedAt, state, stateReason, readingState } = naming;
  const message = `${messageType ?? 'a message'} ${controlId ?? ''}`.trim();
  const why = stateReason ? `: ${stateReason}` : '';
  const reading = readingState === 'unknown' ? '' : `, reading ${readingState}, no study yet`;
  return `  - ${message} of feed ${feed} at ${receivedAt.toISOString()}; its order is ${state}${why}${reading}`;
}

/** An order by the id under which `prelector orders` and `prelector messages` tell of it. */
function orderLine({ id, state, stateReason, readingState }: ToldStory['orders'][number]): string {
  const reading = readingState === 'unknown' ? '' : `, reading ${readingState}`;
  return `  order ${id}: ${state}${reading}${stateReason ? ` (${stateReason})` : ''}`;
}

/** A step that is not done: what it waits for, or what takes it up again where it was given up. */
function openStepLine({ entries }: ToldStory, step: OpenStep): string {
  const why = step.reason ? `: ${step.reason}` : '';
  if (step.state !== 'dead')
    return `  open: ${step.step}, ${step.state}, ${counted(step.failures, 'failure')}${why}`;
  const letter = entries.findLast(
    ({ kind, subjectId, detail }) =>
      kind === 'dead-letter' && subjectId === step.stepId && detail?.['resolvedAt'] === undefined,
  );
  const id = letter?.detail?.['id'];
  const command = typeof id === 'string' ? `prelector retry ${id} --reason "..."` : 'prelector status';
  return `  given up: ${step.step}${why} (once that is mended: ${command})`;
}

/** The story as lines for a person: where the study stands, what is open, and what happened when and why. */
export function storyLines(story: ToldStory): string[] {
  const { study } = story;
  const modelOf = new Map(story.runs.map((run) => [run.id, run.packageId]));
  return [
    `Study ${study.studyInstanceUid}`,
    `  ${accessionWords(story.accession)}`,
    `  ${study.state}${study.stateReason ? `: ${study.stateReason}` : ''}`,
    `  reading: ${study.readingState}${study.readingReason ? ` (${study.readingReason})` : ''}`,
    ...story.copies.map(
      (copy) =>
        `  on ${copy.node}: ${copy.instances === null ? '? instances' : counted(copy.instances, 'instance')} in ${copy.series ?? '?'} series`,
    ),
    ...story.orders.map(orderLine),
    ...notRunLines(story).map((line) => `  ${line}`),
    ...story.runs.flatMap((run) => [
      `  run of ${run.packageId} ${run.packageVersion}: ${run.outcome ?? run.state}${run.stateReason ? ` (${run.stateReason})` : ''}`,
      ...(story.findings[run.id]?.lines ?? []).map((line) => `    ${line}`),
    ]),
    ...story.deliveries.map(
      (each) =>
        `  ${each.kind} of ${modelOf.get(each.runId) ?? '?'} to ${each.node}: ${each.state}${each.stateReason ? ` (${each.stateReason})` : ''}`,
    ),
    ...story.openSteps.map((step) => openStepLine(story, step)),
    '',
    ...entryLines(story.entries),
  ];
}
