#!/usr/bin/env node
import { asPrelectorError } from '@prelector/kernel';
import { simulatorCommand } from './command.js';

const parentEveryMs = 1000;

const command = simulatorCommand((simulator, { vendor, withParent }) => {
  const { url, roots, controlUrl } = simulator;
  const stop = () => void simulator.stop().finally(() => process.exit(0));
  process.once('SIGTERM', stop).once('SIGINT', stop);
  const parent = process.ppid;
  if (withParent) setInterval(() => process.ppid !== parent && stop(), parentEveryMs).unref();
  process.stdout.write(`${JSON.stringify({ url, controlUrl, roots, vendor, pid: process.pid })}\n`);
});

try {
  await command.parseAsync();
} catch (thrown) {
  const error = asPrelectorError(thrown);
  const message = error.code === 'internal' && thrown instanceof Error ? thrown.message : error.message;
  process.stderr.write(`${error.code}: ${message}\n`);
  process.exitCode = 1;
}
