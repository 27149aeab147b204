#!/usr/bin/env node
import { asPrelectorError } from '@prelector/kernel';
import { simulatorCommand } from './command.js';

const command = simulatorCommand((simulator, vendor) => {
  const { url, roots, controlUrl } = simulator;
  process.stdout.write(`${JSON.stringify({ url, controlUrl, roots, vendor, pid: process.pid })}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void simulator.stop().finally(() => process.exit(0));
    });
  }
});

try {
  await command.parseAsync();
} catch (thrown) {
  const error = asPrelectorError(thrown);
  const message = error.code === 'internal' && thrown instanceof Error ? thrown.message : error.message;
  process.stderr.write(`${error.code}: ${message}\n`);
  process.exitCode = 1;
}
