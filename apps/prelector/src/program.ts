import { join } from 'node:path';
import type { Environment } from '@prelector/platform';
import { Command } from 'commander';
import { installationFolder } from './commands/installation-folder.js';
import { runDemo } from './demo/demo.js';

/** The command line. `exit` takes the exit code of a command that ran to its end. */
export function program(env: Environment, exit: (code: number) => void): Command {
  const command = new Command('prelector')
    .description('AI pre-reader worker downstream of any PACS')
    .version('0.1.0')
    .exitOverride();
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
    .option('--json', 'print one JSON object')
    .action(
      async (options: {
        dicom?: string;
        pacs?: string;
        confirmTestServer?: boolean;
        data: string;
        json?: boolean;
        phantom?: string;
      }) => {
        const { phantom, ...rest } = options;
        exit(
          await runDemo(
            {
              ...rest,
              workingFolder: env['INIT_CWD'] ?? process.cwd(),
              ...(phantom ? { phantom: phantom.split(/\s+/u).filter((word) => word !== '') } : {}),
            },
            env,
          ),
        );
      },
    );
  return command;
}
