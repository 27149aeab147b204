import { orderTransitions, studyTransitions } from '@prelector/findings';
import type { OrderState, StudyState } from '@prelector/findings';
import type { MessageQuery, StudyQuery } from '@prelector/ledger';
import type { Resources } from '@prelector/pipeline';
import { findStudies, readMessages, readOrders } from '@prelector/pipeline';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { StudyAnswer } from './commands/find-study.js';
import { findStudy, foundLines } from './commands/find-study.js';
import { endTime, limit, messageLines, time } from './commands/messages.js';
import { orderLines } from './commands/orders.js';
import { release } from './commands/release.js';
import type { SessionOptions } from './commands/session.js';
import { withResources } from './commands/session.js';
import type { TypedNumbers } from './commands/sought.js';
import { soughtNumbers } from './commands/sought.js';
import { studyLines } from './commands/study-lines.js';
import { storyLines, storyOf } from './commands/study.js';
import type { Json, ProgramContext } from './installation-command.js';
import { person, placed, session } from './installation-command.js';

type MessageOptions = {
  feed?: string;
  from?: Date;
  to?: Date;
  outcome?: MessageQuery['outcome'];
  limit: number;
};

/** `prelector messages`. */
export function addMessages(command: Command, { env, print, exit }: ProgramContext): void {
  session(command.command('messages'))
    .description('list HL7 messages with what became of each and why, and when each feed was last heard')
    .option('--feed <name>', 'of this feed alone')
    .option('--from <time>', 'received at this time or later', time)
    .option('--to <time>', 'received at this time or earlier', endTime)
    .addOption(
      new Option('--outcome <outcome>', 'of this outcome alone').choices([
        'used',
        'remark',
        'ignored',
        'refused',
      ]),
    )
    .option('--limit <number>', 'at most so many, newest first', limit, 50)
    .action(async (options: SessionOptions & Json & MessageOptions) => {
      const { feed, from, to, outcome, limit: most } = options;
      const told = await withResources(placed(options, env), env, ({ ledger }) =>
        readMessages(ledger, { feed, from, to, outcome, limit: most }),
      );
      if (feed !== undefined && told.feeds.length === 0)
        command.error(`error: no feed is named "${feed}"; see: prelector status`);
      if (options.json) print(JSON.stringify(told));
      else messageLines(told).forEach((line) => print(line));
      if (told.messages.length === 0) exit(1);
    });
}

/** The options by which a person looks for orders and studies. */
function byNumbers(command: Command): Command {
  return command
    .option('--accession <number>', 'with this accession number, A or A^ISSUER')
    .option('--order-number <number>', 'with this placer or filler order number, N or N^NAMESPACE')
    .option('--patient-id <number>', 'of this patient, P or P^ISSUER');
}

/** The typed numbers; ends the command where one cannot be read. */
function readNumbers(command: Command, typed: TypedNumbers) {
  const sought = soughtNumbers(typed);
  return sought.ok ? sought : command.error(sought.error);
}

type OrderOptions = TypedNumbers & {
  feed?: string;
  state?: OrderState;
  study?: string;
  from?: Date;
  to?: Date;
  limit: number;
};

/** `prelector orders`. */
export function addOrders(command: Command, { env, print, exit }: ProgramContext): void {
  const orders = session(command.command('orders'))
    .description('list orders with their numbers, where each stands, its studies and candidates')
    .option('--feed <name>', 'of this feed alone')
    .addOption(new Option('--state <state>', 'in this state alone').choices(Object.keys(orderTransitions)));
  byNumbers(orders)
    .option('--study <uid>', 'naming this study, joined with it, or with a number that it bears')
    .option('--from <time>', 'first heard of at this time or later', time)
    .option('--to <time>', 'first heard of at this time or earlier', endTime)
    .option('--limit <number>', 'at most so many, newest first', limit, 50)
    .action(async (options: SessionOptions & Json & OrderOptions) => {
      const { feed, state, study, from, to, limit: most } = options;
      const { numbers } = readNumbers(orders, options);
      const query = { ...numbers, feed, state, studyInstanceUid: study, from, to, limit: most };
      const told = await withResources(placed(options, env), env, ({ ledger }) => readOrders(ledger, query));
      if (options.json) print(JSON.stringify(told));
      else orderLines(told).forEach((line) => print(line));
      if (told.orders.length === 0) exit(1);
    });
}

type StudyOptions = TypedNumbers & {
  release?: boolean;
  reason?: string;
  state?: StudyState;
  from?: Date;
  to?: Date;
  limit: number;
};

/** `prelector study`. */
export function addStudy(command: Command, context: ProgramContext): void {
  const { env, print } = context;
  const study = session(command.command('study [uid]'))
    .description(
      'tell the whole story of a study, with reasons and times; list studies; or release a held one',
    )
    .option('--release', 'release a held study: the identity in the archive now is right')
    .option('--reason <text>', 'why, for the record')
    .addOption(
      new Option('--state <state>', 'list those in this state').choices(Object.keys(studyTransitions)),
    );
  byNumbers(study)
    .option('--from <time>', 'list those first heard of at this time or later', time)
    .option('--to <time>', 'list those first heard of at this time or earlier', endTime)
    .option('--limit <number>', 'list at most so many, newest first', limit, 50)
    .action(async (uid: string | undefined, options: SessionOptions & Json & StudyOptions) => {
      const { state, from, to, limit: most } = options;
      const { numbers, words } = readNumbers(study, options);
      const isListing = [state, from, to].some((each) => each !== undefined);
      if ((uid === undefined) === (words === '' && !isListing))
        study.error(
          'error: give either a Study Instance UID or what to look for: numbers, --state, --from, --to',
        );
      if (uid === undefined) {
        if (options.release) study.error('error: a study is released by its Study Instance UID alone');
        const query = { ...numbers, state, from, to, limit: most };
        return isListing
          ? tellList(options, context, query)
          : tellFound(options, context, (resources) => findStudy(resources, query, words));
      }
      const story = await withResources(placed(options, env), env, async (resources) => {
        if (options.release) await release(resources, uid, person(), options.reason ?? '');
        return storyOf(resources, uid);
      });
      if (options.json) print(JSON.stringify(story));
      else storyLines(story).forEach((line) => print(line));
    });
}

async function tellList(
  options: SessionOptions & Json,
  { env, print, exit }: ProgramContext,
  query: StudyQuery,
): Promise<void> {
  const { studies, more } = await withResources(placed(options, env), env, ({ ledger }) =>
    findStudies(ledger, query),
  );
  if (options.json) print(JSON.stringify({ studies, more }));
  else studyLines({ studies, more }).forEach((line) => print(line));
  if (studies.length === 0) exit(1);
}

async function tellFound(
  options: SessionOptions & Json,
  { env, print, exit }: ProgramContext,
  find: (resources: Resources) => Promise<StudyAnswer>,
): Promise<void> {
  const found = await withResources(placed(options, env), env, find);
  if (found.kind === 'story') {
    if (options.json) print(JSON.stringify(found.story));
    else storyLines(found.story).forEach((line) => print(line));
    return;
  }
  if (options.json) print(JSON.stringify(found.kind === 'several' ? found.told : { orders: found.orders }));
  else foundLines(found).forEach((line) => print(line));
  if (found.kind === 'ordered') exit(1);
}
