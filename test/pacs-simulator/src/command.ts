import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { simulatorError } from './errors.js';
import { readFaults } from './faults/read-faults.js';
import type { Simulator } from './server/simulator.js';
import { startSimulator } from './server/simulator.js';
import { personalities } from './vendors/personalities.js';

interface Options {
  readonly port: number;
  readonly controlPort: number;
  readonly host: string;
  readonly storage: string;
  readonly vendor: string;
  readonly faults?: string;
  readonly auth?: string;
  readonly withParent?: true;
}

/** The command line `prelector-pacs-simulator`; hands over the simulator once it listens. */
export function simulatorCommand(
  listening: (simulator: Simulator, about: { vendor: string; withParent: boolean }) => void,
): Command {
  return new Command('prelector-pacs-simulator')
    .description('A DICOMweb server that behaves as a vendor does, and misbehaves when told to.')
    .requiredOption('--storage <dir>', 'folder of its DICOM files; kept over restarts')
    .option('--port <n>', 'port of DICOMweb, 0 for a free one', portOf, 0)
    .option('--control-port <n>', 'port of the control API, 0 for a free one', portOf, 0)
    .option('--host <address>', 'address that both listen on', '127.0.0.1')
    .option('--vendor <name>', [...personalities.keys()].join(', '), 'plain')
    .option('--faults <file>', 'JSON list of faults in force from the start')
    .option('--auth <kind:value>', 'basic:user:password, bearer:TOKEN or key:VALUE (default: none)')
    .option('--with-parent', 'stop when the process that started it is gone')
    .option('--json', 'print the line for machines; it is the only form')
    .action(async (options: Options) => {
      const personality = personalities.get(options.vendor);
      if (!personality)
        throw simulatorError('simulator.option-invalid', `--vendor ${[...personalities.keys()].join(', ')}`);
      const simulator = await startSimulator({
        storage: options.storage,
        port: options.port,
        controlPort: options.controlPort,
        host: options.host,
        personality,
        faults: options.faults === undefined ? [] : await faultsIn(options.faults),
        ...(options.auth === undefined ? {} : { authorization: authorizationOf(options.auth) }),
      });
      listening(simulator, { vendor: options.vendor, withParent: options.withParent === true });
    });
}

async function faultsIn(path: string) {
  try {
    return readFaults(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'simulator.fault-invalid') throw cause;
    throw simulatorError('simulator.option-invalid', '--faults: a file with a JSON list', { cause });
  }
}

function authorizationOf(auth: string): string {
  const [, kind, value = ''] = /^(basic|bearer|key):(.+)$/su.exec(auth) ?? [];
  if (kind === 'basic') return `Basic ${Buffer.from(value).toString('base64')}`;
  if (kind === 'bearer') return `Bearer ${value}`;
  if (kind === 'key') return value;
  throw simulatorError('simulator.option-invalid', '--auth basic:user:password, bearer:TOKEN or key:VALUE');
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/u.test(text) && port < 65_536) return port;
  throw simulatorError('simulator.option-invalid', 'a port is 0 to 65535');
}
