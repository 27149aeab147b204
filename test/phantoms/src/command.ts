import { randomInt } from 'node:crypto';
import { isUid } from '@prelector/dicom';
import type { Clock } from '@prelector/kernel';
import { Command } from 'commander';
import { phantomError } from './errors.js';
import { writeMutations } from './header-mutations/write-mutations.js';
import { newIdentity } from './identity.js';
import { planScan } from './scan.js';
import { writeStudy } from './write-study.js';

/** Where the command writes what people and machines read. */
export interface CommandOutput {
  readonly result: (text: string) => void;
  readonly progress: (text: string) => void;
}

interface ChestCtOptions {
  readonly out: string;
  readonly seed?: number;
  readonly cutApex?: true;
  readonly contrast?: true;
  readonly thickness?: number;
  readonly slices?: number;
  readonly pixels?: number;
  readonly noise?: number;
  readonly kernel: string;
  readonly studyUid?: string;
  readonly seriesUid?: string;
  readonly patientId?: string;
  readonly issuer?: string;
  readonly patientName?: string;
  readonly birthDate?: string;
  readonly sex?: string;
  readonly accession?: string;
  readonly date?: string;
  readonly time?: string;
  readonly json?: true;
}

/** The command line `prelector-phantoms`. */
export function phantomsCommand(clock: Clock, output: CommandOutput): Command {
  const program = new Command('prelector-phantoms').description('Makes DICOM studies whose truth is known.');
  program
    .command('chest-ct')
    .description('A chest CT: lungs with emphysema and a bulla, airways, bowel gas, table. Not a patient.')
    .requiredOption('--out <dir>', 'a new or empty folder')
    .option('--seed <n>', 'the same seed gives the same images', numberIn('--seed', 0, 2 ** 32 - 1, true))
    .option('--cut-apex', 'end the scan below the apices of the lungs')
    .option('--contrast', 'with a contrast agent, in the header and in the blood')
    .option('--thickness <mm>', 'slice thickness (1.25)', numberIn('--thickness', 0.4, 20))
    .option('--slices <n>', 'how many slices over the same chest', numberIn('--slices', 4, 2000, true))
    .option('--pixels <n>', 'rows and columns (256)', numberIn('--pixels', 32, 1024, true))
    .option('--noise <hu>', 'standard deviation of the noise (12)', numberIn('--noise', 0, 200))
    .option('--kernel <name>', 'reconstruction kernel in the header', 'B31f')
    .option('--study-uid <uid>', 'Study Instance UID (random)', uid)
    .option('--series-uid <uid>', 'Series Instance UID (random)', uid)
    .option('--patient-id <text>', 'Patient ID (random)')
    .option('--issuer <text>', 'Issuer of Patient ID (none)')
    .option('--patient-name <pn>', 'Family^Given')
    .option('--birth-date <yyyymmdd>', "patient's birth date")
    .option('--sex <code>', 'M, F or O')
    .option('--accession <text>', 'Accession Number (random)')
    .option('--date <yyyymmdd>', 'Study Date (today)')
    .option('--time <hhmmss>', 'Study Time (now)')
    .option('--json', 'print the whole truth instead of a line')
    .action((options: ChestCtOptions) => chestCt(options, clock, output));
  program
    .command('header-mutations')
    .description(
      'Small CT series, each with one attribute of its header absent, unreadable or of another kind.',
    )
    .requiredOption('--out <dir>', 'a new or empty folder')
    .action(async ({ out }: { out: string }) => {
      output.result(`${await writeMutations(out)} series in ${out}\n`);
    });
  return program;
}

async function chestCt(options: ChestCtOptions, clock: Clock, output: CommandOutput): Promise<void> {
  const plan = planScan({ ...options, seed: options.seed ?? randomInt(2 ** 32 - 1) });
  const identity = newIdentity(
    {
      ...options,
      issuerOfPatientId: options.issuer,
      accessionNumber: options.accession,
      studyInstanceUid: options.studyUid,
      seriesInstanceUid: options.seriesUid,
    },
    clock.now(),
  );
  const header = {
    identity,
    plan,
    kernel: options.kernel,
    contrastAgent: options.contrast ? 'Iohexol 350' : undefined,
  };
  const truth = await writeStudy(options.out, header, {
    wholeLung: options.cutApex !== true,
    onSlice: (done, of) => {
      if (done % 50 === 0 || done === of) output.progress(`slice ${done} of ${of}\n`);
    },
  });
  const line = `${truth.acquisition.slices} files in ${options.out}, study ${identity.studyInstanceUid}`;
  output.result(options.json ? `${JSON.stringify(truth)}\n` : `${line}\n`);
}

function numberIn(name: string, low: number, high: number, whole = false) {
  return (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value >= low && value <= high && (!whole || Number.isInteger(value))) return value;
    throw phantomError('phantom.option-invalid', `${name} ${low} to ${high}${whole ? ', whole' : ''}`);
  };
}

function uid(text: string): string {
  if (isUid(text)) return text;
  throw phantomError('phantom.option-invalid', 'a UID is digits and dots, at most 64');
}
