import { setTimeout as sleep } from 'node:timers/promises';

const limitMs = 60_000;
const everyMs = 50;

/** Asks again and again until there is an answer; fails, naming what never came, after a minute. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + limitMs;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(everyMs);
  }
  throw new Error(`waited in vain until ${what}`);
}
