import { describe, expect, it } from '@jest/globals';
import { Metrics } from './metrics.js';

describe('the metrics of a process', () => {
  it('counts, measures and distributes, and says so in the text format', async () => {
    const metrics = new Metrics();
    const runs = { name: 'prelector_runs_total', help: 'Runs ended', labels: ['outcome'] };
    metrics.counter(runs).inc({ outcome: 'measured' });
    metrics.counter(runs).inc({ outcome: 'measured' }, 2);
    metrics.gauge({ name: 'prelector_waiting', help: 'Jobs that wait', read: () => 7 });
    metrics.gauge({ name: 'prelector_open', help: 'Open' }).set(3);
    metrics.histogram({ name: 'prelector_run_seconds', help: 'Run', buckets: [1, 10] }).observe(4);
    const text = await metrics.text();
    expect(text).toContain('prelector_runs_total{outcome="measured"} 3');
    expect(text).toContain('prelector_waiting 7');
    expect(text).toContain('prelector_open 3');
    expect(text).toContain('prelector_run_seconds_bucket{le="10"} 1');
    expect(text).toContain('prelector_process_resident_memory_bytes');
    expect(metrics.contentType).toContain('text/plain');
  });

  it('forgets the labels that are not there any more', async () => {
    const metrics = new Metrics();
    const studies = metrics.gauge({ name: 'prelector_studies', help: 'Studies', labels: ['state'] });
    studies.replace([{ labels: { state: 'held' }, value: 2 }]);
    studies.replace([{ labels: { state: 'complete' }, value: 3 }]);
    const text = await metrics.text();
    expect(text).toContain('prelector_studies{state="complete"} 3');
    expect(text).not.toContain('held');
  });

  it('keeps two processes of one test apart', async () => {
    const [a, b] = [new Metrics(), new Metrics()];
    a.counter({ name: 'prelector_x_total', help: 'X' }).inc();
    expect(await b.text()).not.toContain('prelector_x_total');
  });
});
