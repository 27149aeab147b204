import type { SiteConfiguration } from '@prelector/pipeline';
import { siteSchema } from '@prelector/pipeline';
import type { DemoPacs } from './pacs-process.js';

/** The names under which the demo configures itself. */
export const demoNames = { node: 'demo-pacs', feed: 'demo-ris', rule: 'demo-lung-densitometry' } as const;

/** The demo's own site: its PACS with purpose `test`, its HL7 feed, and one rule that is on. */
export function demoSite(pacs: DemoPacs, hl7Port: number): SiteConfiguration {
  return siteSchema.parse({
    nodes: [
      {
        name: demoNames.node,
        profile: pacs.profile,
        roots: pacs.roots,
        allowHttp: pacs.url.startsWith('http:'),
        purpose: 'test',
        completeness: { settleSeconds: 3, settleSecondsAfterAcquisition: 2, maximumWaitSeconds: 120 },
        poll: { everySeconds: 5, sweep: { days: 0 } },
      },
    ],
    feeds: [
      {
        name: demoNames.feed,
        port: hl7Port,
        nodes: [demoNames.node],
        resolve: { everySeconds: 1, giveUpAfterHours: 0.1 },
      },
    ],
    rules: [
      {
        name: demoNames.rule,
        source: [demoNames.node],
        model: 'ct-lung-densitometry',
        state: 'on',
        // Whatever became of the package since the last one, this demo shows what it says.
        why: `shown by the demo of ${new Date().toISOString()}`,
        conditions: { modalities: ['CT'] },
      },
    ],
  });
}
