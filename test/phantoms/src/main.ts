#!/usr/bin/env node
import { asPrelectorError, systemClock } from '@prelector/kernel';
import { phantomsCommand } from './command.js';

const command = phantomsCommand(systemClock, {
  result: (text) => process.stdout.write(text),
  progress: (text) => process.stderr.write(text),
});

try {
  await command.parseAsync();
} catch (thrown) {
  const cause = thrown instanceof Error ? thrown : undefined;
  const error = asPrelectorError(thrown);
  const message = error.code === 'internal' && cause !== undefined ? cause.message : error.message;
  process.stderr.write(`${error.code}: ${message}\n`);
  process.exitCode = 1;
}
