import type { StatusCounts } from '@prelector/ledger';
import type {
  FeedHeard,
  InDoubt,
  NeedsPerson,
  NodeRefusal,
  ToldDeadLetter,
  TurnedAway,
} from '@prelector/ledger';
import { listPackages } from '@prelector/models';
import type { Resources } from '@prelector/pipeline';
import { SiteView } from '@prelector/pipeline';
import { deadLetterLines } from './dead-letter-lines.js';
import { turnedAwayLine } from './turned-away-line.js';

/** What `prelector status` tells. */
export interface Status {
  readonly counts: StatusCounts;
  readonly deadLetters: readonly ToldDeadLetter[];
  /** Studies and orders that wait for a person. */
  readonly held: readonly NeedsPerson[];
  /** Reports that their node may have: nobody knows what came of a store of them. */
  readonly inDoubt: readonly InDoubt[];
  readonly waiting: readonly { readonly step: string; readonly reason: string; readonly count: number }[];
  readonly nodes: readonly {
    readonly name: string;
    readonly profile: string;
    readonly purpose: string;
    readonly url: string;
    /** Why the polls that failed last did, in words with their codes; empty when all is well. */
    readonly pollErrors: readonly string[];
    /** Why our account is not tried now, in words; empty when it is accepted. */
    readonly refusals: readonly string[];
  }[];
  /** What of the configuration cannot be read, and a clock that is wrong. */
  readonly faults: readonly string[];
  readonly feeds: readonly {
    readonly name: string;
    readonly listens: string;
    /** How it was heard of late. */
    readonly heard: FeedHeard | undefined;
    /** Connections that it turned away in the last week before any message could come, by reason. */
    readonly turnedAway: readonly TurnedAway[];
  }[];
  readonly rules: readonly {
    readonly name: string;
    readonly model: string;
    readonly state: string;
    /** Why it runs nothing although its state says otherwise; empty when it does. */
    readonly remark: string;
  }[];
}

/** Reads where everything stands. */
export async function readStatus(resources: Resources): Promise<Status> {
  const view = new SiteView(resources.ledger, resources.log);
  await view.refresh();
  const { nodes, feeds, rules, faults } = view.current;
  const packages = await installedDigests(resources.configuration.models.folder);
  const polls = await resources.ledger.pool.polls.states();
  const refusals = await resources.ledger.pool.nodeRefusals.all();
  const heard = await resources.ledger.pool.feeds.heard();
  const turned = await resources.ledger.pool.feeds.turnedAway();
  return {
    counts: await resources.ledger.pool.status.counts(),
    deadLetters: await resources.ledger.pool.status.deadLetters(),
    held: await resources.ledger.pool.status.needsPerson(),
    inDoubt: await resources.ledger.pool.status.deliveriesInDoubt(),
    waiting: await resources.ledger.pool.status.waitingReasons(),
    nodes: [...nodes.values()].map(({ id, name, configuration }) => ({
      name,
      profile: configuration.profile,
      purpose: configuration.purpose ?? 'clinical (not stated)',
      url: configuration.roots.base,
      pollErrors: [
        ...new Set(
          polls.flatMap(({ nodeId, lastErrorCode, lastError }) =>
            nodeId === id && lastErrorCode !== null ? `${lastError ?? ''} (${lastErrorCode})`.trim() : [],
          ),
        ),
      ],
      refusals: refusals.filter(({ nodeId }) => nodeId === id).map(refusalLine),
    })),
    faults: [...faults, ...[resources.ledger.clockProblem].filter((problem) => problem !== undefined)],
    feeds: feeds.map(({ name, configuration }) => ({
      name,
      listens: `${configuration.host}:${configuration.port}`,
      heard: heard.find(({ feed }) => feed === name),
      turnedAway: turned.filter(({ feed }) => feed === name),
    })),
    rules: rules.map(({ name, configuration, activation, activatedDigest }) => ({
      name,
      model: configuration.model,
      state: activation,
      remark: remarkOn(packages.get(configuration.model), activation, activatedDigest),
    })),
  };
}

/** The same for a person. */
export function statusLines(status: Status): string[] {
  const { counts } = status;
  const line = (title: string, states: Readonly<Record<string, number>>) => {
    const words = Object.entries(states)
      .filter(([, count]) => count > 0)
      .map(([state, count]) => `${count} ${state}`);
    return `${title.padEnd(14)}${words.join(', ') || 'none'}`;
  };
  return [
    ...status.faults.map((fault) => `FAULT         ${fault}`),
    ...status.nodes.map(
      (node) =>
        `node          ${node.name}: ${node.profile}, ${node.purpose}, ${node.url}${node.pollErrors.length > 0 ? `, POLL FAILS: ${node.pollErrors.join(', ')}` : ''}`,
    ),
    ...status.nodes.flatMap(({ name, refusals }) =>
      refusals.map(
        (refusal) => `  REFUSED     ${name}: ${refusal} (prelector retry --node ${name} --reason "...")`,
      ),
    ),
    ...status.feeds.flatMap((feed) => [
      `feed          ${feed.name}: ${feed.listens}, ${heardLine(feed.heard)}`,
      ...(feed.heard?.lastRefusedAt
        ? [`  REFUSED     at ${feed.heard.lastRefusedAt.toISOString()}: ${feed.heard.lastRefusal ?? ''}`]
        : []),
      ...feed.turnedAway.map(turnedAwayLine),
    ]),
    ...status.rules.map((rule) => `rule          ${rule.name}: ${rule.model}, ${rule.state}${rule.remark}`),
    line('studies', counts.studies),
    line('orders', counts.orders),
    line('runs', counts.runs),
    line('deliveries', counts.deliveries),
    line('steps', counts.steps),
    ...status.waiting.map(({ step, reason, count }) => `  ${count} ${step}: ${reason}`),
    ...status.held.map(heldLine),
    ...status.inDoubt.map(inDoubtLine),
    `${'dead letters'.padEnd(14)}${counts.deadLetters}`,
    ...status.deadLetters.flatMap(deadLetterLines),
    ...(counts.deadLetters > status.deadLetters.length
      ? [
          `  and ${counts.deadLetters - status.deadLetters.length} older ones: prelector status shows the newest`,
        ]
      : []),
  ];
}

/** What waits for a person, since when and why, and what tells more of it. */
function heldLine({ kind, id, studyInstanceUids, state, reason, since }: NeedsPerson): string {
  const command = kind === 'order' ? `orders --state ${state}` : `study ${studyInstanceUids.join(' ')}`;
  return `${state.padEnd(14)}${kind} ${studyInstanceUids.join(' ') || id} since ${since.toISOString()}: ${reason ?? 'no reason was given'} (prelector ${command})`;
}

function inDoubtLine({ studyInstanceUid, kind, node, state, since, cause }: InDoubt): string {
  return `may be stored study ${studyInstanceUid}: ${kind} to ${node}, ${state}, what came of the store at ${since.toISOString()} is open${cause ? `: ${cause}` : ''} (prelector study ${studyInstanceUid})`;
}

function heardLine(heard: FeedHeard | undefined): string {
  if (!heard?.lastHeardAt) return 'never heard';
  const { used, ignored, refused } = heard;
  return `last heard ${heard.lastHeardAt.toISOString()}; in 24 h ${used} used, ${ignored} ignored, ${refused} refused`;
}

/** Digests of the packages that load, by id. */
async function installedDigests(folder: string): Promise<ReadonlyMap<string, string>> {
  const listed = await listPackages(folder).catch(() => []);
  return new Map(
    listed.flatMap((each) =>
      each.package ? [[each.package.manifest.id, each.package.digest] as const] : [],
    ),
  );
}

function refusalLine({ purpose, refusals, reason, since, nextTryAt }: NodeRefusal): string {
  const often = refusals === 1 ? 'once, at' : `${refusals} times in a row since`;
  return `${reason} To ${purpose}, ${often} ${since.toISOString()}; asked again at ${nextTryAt.toISOString()}, or when the node or its password changes`;
}

function remarkOn(
  digest: string | undefined,
  activation: string,
  activatedDigest: string | undefined,
): string {
  if (activation === 'off') return '';
  if (digest === undefined) return ', RUNS NOTHING: the model package is not installed, or does not load';
  return activation === 'on' && digest !== activatedDigest
    ? ', COUNTS AS OFF: the model package has changed since; say why anew in the rule to turn it on'
    : '';
}
