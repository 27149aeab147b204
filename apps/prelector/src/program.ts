import { join, resolve } from 'node:path';
import { counted } from '@prelector/kernel';
import { askRefusingNodeAgain, retryDeadLetter, retryDeadLetters } from '@prelector/pipeline';
import { profileNames } from '@prelector/profiles';
import { Argument, Command } from 'commander';
import { acceptanceLines, readAcceptances } from './commands/acceptance.js';
import { analyseStudy } from './commands/analyse.js';
import { applySiteFile, changeLine } from './commands/apply.js';
import { listModels, modelLines } from './commands/models.js';
import { exportSite } from './commands/export.js';
import { installationFolder } from './commands/installation-folder.js';
import type { SessionOptions } from './commands/session.js';
import { withResources } from './commands/session.js';
import { simulate } from './commands/simulate.js';
import { start, startable } from './commands/start.js';
import { readStatus, statusLines } from './commands/status.js';
import type { Json, ProgramContext } from './installation-command.js';
import { here, person, placed, session } from './installation-command.js';
import { addMessages, addOrders, addStudy } from './looking-commands.js';
import { runDemo } from './demo/demo.js';
import { isWellSettled } from './commands/follow-study.js';

/** The command line: see `docs/command-line.md`. */
export function program(context: ProgramContext): Command {
  const command = new Command('prelector')
    .description('AI pre-reader worker downstream of any PACS')
    .version('0.1.0')
    .exitOverride();
  for (const add of [
    addDemo,
    addStart,
    addApply,
    addExport,
    addStatus,
    addMessages,
    addOrders,
    addStudy,
    addAnalyse,
    addRetry,
    addAcceptance,
    addModels,
    addProfiles,
    addSimulate,
  ])
    add(command, context);
  return command;
}

function addDemo(command: Command, { env, exit }: ProgramContext): void {
  command
    .command('demo')
    .description('run the main job end to end on a phantom, or on your own DICOM folder')
    .option('--dicom <folder>', 'a folder with the DICOM files of one study')
    .option('--pacs <which>', 'orthanc, simulator[:vendor] or the DICOMweb URL of a test server')
    .option('--confirm-test-server', 'the server of --pacs URL is a test server and may be stored to')
    .option(
      '--data <folder>',
      'where ledger, PACS storage and reports are kept',
      join(installationFolder(), '.data', 'demo'),
    )
    .option('--phantom <options>', 'options for the phantom, such as "--cut-apex"')
    .option('--patient-name <pn>', 'the name of the phantom, such as "Yamada^Tarou=山田^太郎=やまだ^たろう"')
    .option('--json', 'print one JSON object')
    .action(async (options: DemoCommand) => {
      const { phantom, patientName, ...rest } = options;
      const words = [
        ...(phantom?.split(/\s+/u).filter((word) => word !== '') ?? []),
        ...(patientName ? ['--patient-name', patientName] : []),
      ];
      exit(await runDemo({ ...rest, workingFolder: here(env), phantom: words }, env));
    });
}

interface DemoCommand {
  dicom?: string;
  pacs?: string;
  confirmTestServer?: boolean;
  data: string;
  json?: boolean;
  phantom?: string;
  patientName?: string;
}

function addStart(command: Command, { env }: ProgramContext): void {
  command
    .command('start')
    .description('start one app, or all of them in one process')
    .addArgument(new Argument('[app]').choices([...startable]).default('all'))
    .option('--config <file>', 'prelector.yaml (else PRELECTOR_CONFIG)')
    .option('--allow-root', 'run as root')
    .action(async (app: string, options: { config?: string; allowRoot?: boolean }) => {
      await start(app, placed(options, env), env);
    });
}

function addApply(command: Command, { env, print }: ProgramContext): void {
  session(command.command('apply'))
    .description('apply nodes, feeds and rules from a YAML file; each change makes a new version')
    .requiredOption('-f, --file <file>', 'site.yaml')
    .action(async (options: SessionOptions & Json & { file: string }) => {
      const file = resolve(here(env), options.file);
      const applied = await withResources(placed(options, env), env, (resources) =>
        applySiteFile(resources, file, person()),
      );
      if (options.json) print(JSON.stringify(applied));
      else [...applied.changes.map(changeLine), ...applied.warnings].forEach((line) => print(line));
    });
}

function addExport(command: Command, { env, print }: ProgramContext): void {
  session(command.command('export'))
    .description('print nodes, feeds and rules as the YAML that apply takes')
    .action(async (options: SessionOptions) => {
      print(await withResources(placed(options, env), env, exportSite));
    });
}

function addStatus(command: Command, { env, print }: ProgramContext): void {
  session(command.command('status'))
    .description('say where everything stands, and what needs a person')
    .action(async (options: SessionOptions & Json) => {
      const status = await withResources(placed(options, env), env, readStatus);
      if (options.json) print(JSON.stringify(status));
      else statusLines(status).forEach((line) => print(line));
    });
}

function addAnalyse(command: Command, { env, print, exit }: ProgramContext): void {
  session(command.command('analyse <node> <studyUid>'))
    .description('have a study analysed; rule states still decide what is sent')
    .option('--no-push', 'keep the findings and send nothing')
    .option('--force', 'run again on images that were analysed before')
    .option('--out <folder>', 'write findings and evidence there')
    .option('--wait <seconds>', 'how long to wait for the end', '600')
    .action(
      async (
        node: string,
        uid: string,
        options: SessionOptions & Json & { push: boolean; force?: boolean; out?: string; wait: string },
      ) => {
        const story = await withResources(placed(options, env), env, (resources, shutdown) =>
          analyseStudy(resources, node, uid, {
            push: options.push,
            ...(options.force ? { force: true } : {}),
            who: person(),
            limitSeconds: Number(options.wait),
            tell: options.json ? () => undefined : print,
            shutdown,
            ...(options.out ? { out: resolve(here(env), options.out) } : {}),
          }),
        );
        if (options.json) print(JSON.stringify(story));
        exit(isWellSettled(story) ? 0 : 1);
      },
    );
}

function addRetry(command: Command, { env, print }: ProgramContext): void {
  session(command.command('retry [deadLetter]'))
    .description('try again what could not succeed (see status)')
    .requiredOption('--reason <text>', 'what was mended')
    .option('--all', 'every dead letter')
    .option('--code <code>', 'with --all: only those of this error code')
    .option('--node <name>', 'a PACS node that refused our account: ask it again at once')
    .action(async (id: string | undefined, options: SessionOptions & Json & RetryCommand) => {
      const { code, node, reason } = options;
      const named = [id, options.all, node].filter((each) => each !== undefined);
      if (named.length !== 1) command.error('error: name one dead letter, or --all, or --node');
      if (node !== undefined) {
        const asked = await withResources(placed(options, env), env, ({ ledger }) =>
          askRefusingNodeAgain(ledger, node, person(), reason),
        );
        print(
          options.json
            ? JSON.stringify({ node, asked })
            : `${node} ${asked ? 'will be asked again' : 'refuses nothing'}`,
        );
        return;
      }
      const { retried, answeredMeanwhile } = await withResources(
        placed(options, env),
        env,
        async ({ ledger }) =>
          id === undefined
            ? retryDeadLetters(ledger, code, person(), reason)
            : { retried: [await retryDeadLetter(ledger, id, person(), reason)], answeredMeanwhile: 0 },
      );
      const others = answeredMeanwhile > 0 ? `; ${answeredMeanwhile} had been answered meanwhile` : '';
      print(options.json ? JSON.stringify(retried) : `${retried.length} will be tried again${others}`);
    });
}

interface RetryCommand {
  reason: string;
  node?: string;
  all?: boolean;
  code?: string;
}

function addAcceptance(command: Command, { env, print }: ProgramContext): void {
  session(command.command('acceptance'))
    .description('say which forms of reports each node takes or refused; or forget the refusals')
    .option('--node <name>', 'of this node alone')
    .option('--reset', 'forget what was refused: the next report is sent in each form again')
    .option('--reason <text>', 'with --reset: what was changed at the server')
    .action(async (options: SessionOptions & Json & { node?: string; reset?: boolean; reason?: string }) => {
      const { node, reset, reason } = options;
      if (reset && !reason?.trim()) command.error('error: --reset needs a reason: --reason "..."');
      const by = { who: person(), why: reason ?? '' };
      const told = await withResources(placed(options, env), env, (resources) =>
        readAcceptances(resources, { node, ...(reset ? { reset: by } : {}) }),
      );
      if (options.json) print(JSON.stringify(told));
      else {
        if (reset) print(`${counted(told.forgotten, 'refusal')} forgotten`);
        acceptanceLines(told.acceptances).forEach((line) => print(line));
      }
    });
}

function addModels(command: Command, { env, print, exit }: ProgramContext): void {
  command
    .command('models')
    .description('list the model packages of a folder, with what is wrong with them')
    .option('--folder <folder>', 'the models folder', join(installationFolder(), 'models'))
    .option('--try', 'run each on its own test vectors')
    .option('--json', 'print JSON for machines')
    .action(async (options: Json & { folder: string; try?: boolean }) => {
      const models = await listModels(resolve(here(env), options.folder), options.try ?? false);
      if (options.json) print(JSON.stringify(models));
      else modelLines(models).forEach((line) => print(line));
      exit(models.every((model) => model.problems.length === 0) ? 0 : 1);
    });
}

function addProfiles(command: Command, { print }: ProgramContext): void {
  command
    .command('profiles')
    .description('list the built-in compatibility profiles')
    .action(() => profileNames().forEach((name) => print(name)));
}

function addSimulate(command: Command, { exit }: ProgramContext): void {
  command
    .command('simulate')
    .description('run the DICOMweb simulator; its options: simulate --help')
    .allowUnknownOption()
    .helpOption(false)
    .argument('[options...]')
    .action(async (_options: string[], _known: unknown, self: Command) => exit(await simulate(self.args)));
}
