import type { ToldDeadLetter } from '@prelector/ledger';

/**
 * A dead letter for a person who is called for it: since when, what of which study and model did not reach which
 * server, why, where its story stands, and what tries it again.
 */
export function deadLetterLines(letter: ToldDeadLetter): string[] {
  const { step, code, reason, at, model, report, nodes, orderId } = letter;
  const made = [report, model].filter((each) => each !== null).join(' of ');
  const where = nodes.length > 0 ? `${report ? 'to' : 'at'} ${nodes.join(', ')}` : '';
  const what = [step, made, where].filter((each) => each !== '').join(' ');
  const subjects = [
    ...(orderId ? [`order ${orderId}`] : []),
    ...letter.studyInstanceUids.map((uid) => `study ${uid}`),
  ];
  // What fails in a run names its model itself.
  const why = model && reason.startsWith(`${model}: `) ? reason.slice(model.length + 2) : reason;
  return [
    `  ${at.toISOString()} ${[what, ...subjects].join(', ')}: ${code}: ${why}`,
    `    ${lookedAtBy(letter)}; once that is mended: prelector retry ${letter.id} --reason "..."`,
  ];
}

function lookedAtBy({ orderId, orderState, studyInstanceUids: [uid] }: ToldDeadLetter): string {
  if (orderId !== null)
    return `prelector orders ${uid === undefined ? `--state ${orderState ?? 'announced'}` : `--study ${uid}`}`;
  return `prelector study ${uid ?? '<uid>'}`;
}
