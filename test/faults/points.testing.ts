import type { HoldPoint } from './holding-gateway.testing.js';

/** Half of the images of a series have left the PACS. */
export const fetching: HoldPoint = {
  method: 'GET',
  path: /^\/studies\/[\d.]+\/series\/[\d.]+$/u,
  at: 'body',
};

/** The PACS has not heard of the report yet. */
export const beforeStore: HoldPoint = { method: 'POST', path: /^\/studies/u, at: 'before' };

/** The PACS has stored the report, and we do not know. */
export const afterStore: HoldPoint = { ...beforeStore, at: 'answer' };

/** A study is being counted: its series are asked for. */
export const observing: HoldPoint = { method: 'GET', path: /^\/studies\/[\d.]+\/series\?/u, at: 'before' };
