#!/usr/bin/env node
import 'reflect-metadata';
import { asPrelectorError } from '@prelector/kernel';
import { CommanderError } from 'commander';
import { program } from './program.js';

// oxlint-disable-next-line node/no-process-env -- the one place of this process that reads its environment
const env = process.env;

// A reader that has seen enough closes the pipe: that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 70));

/** 0 done; 1 done with a bad outcome; 2 wrong call; 69 a service is missing; 70 a fault. */
try {
  await program({
    env,
    // What a server or a message stated may hold control characters, which a terminal would obey.
    print: (line) => void process.stdout.write(`${line.replace(/(?![\n\t])\p{Cc}/gu, '?')}\n`),
    exit: (code) => {
      process.exitCode = code;
    },
  }).parseAsync(process.argv);
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : 2;
  else {
    const error = asPrelectorError(thrown);
    process.stderr.write(`${error.message}\n`);
    if (error.code === 'internal') process.stderr.write(`${(thrown as Error).stack ?? String(thrown)}\n`);
    process.exitCode = error.code === 'internal' ? 70 : 1;
  }
}
