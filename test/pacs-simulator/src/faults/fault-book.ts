import type { Fault, FaultKind, Service } from './fault.js';

/** A request as faults see it. */
export interface Seen {
  readonly method: string;
  readonly service: Service;
  /** Below the DICOMweb root, without its query. */
  readonly path: string;
}

interface Entry {
  readonly fault: Fault;
  readonly path: RegExp | undefined;
  seen: number;
}

/** The service whose requests a kind meets where its match names none. */
const home: Partial<Record<FaultKind, Service>> = {
  'cut-off': 'wado',
  reset: 'wado',
  'slow-drip': 'wado',
  'wrong-study-instance': 'wado',
  'duplicate-instance': 'wado',
  'missing-instances': 'wado',
  'zero-parts': 'wado',
  'missing-closing-boundary': 'wado',
  'changed-instance': 'wado',
  'stow-nothing-stored': 'stow',
  'stow-lost-answer': 'stow',
  'stow-misfile': 'stow',
  'stow-empty-body': 'stow',
  'refuse-sop-class': 'stow',
  'visibility-delay': 'stow',
  'ignore-filters': 'qido',
  'page-drift': 'qido',
  'page-cap': 'qido',
  'qido-shape': 'qido',
  'multipart-shape': 'wado',
};

/** The faults in force, with how often each was met. */
export class FaultBook {
  #entries: Entry[] = [];

  constructor(faults: readonly Fault[] = []) {
    this.replace(faults);
  }

  replace(faults: readonly Fault[]): void {
    this.#entries = faults.map((fault) => ({
      fault,
      path: fault.match?.path === undefined ? undefined : globOf(fault.match.path),
      seen: 0,
    }));
  }

  list(): { fault: Fault; seen: number; met: number }[] {
    return this.#entries.map(({ fault, seen }) => ({ fault, seen, met: metOf(fault, seen) }));
  }

  /** The faults that this request meets; counts it for each that matches. */
  meet(request: Seen): Faults {
    const met = this.#entries.filter((entry) => {
      if (!matches(entry, request)) return false;
      entry.seen += 1;
      return metOf(entry.fault, entry.seen) > metOf(entry.fault, entry.seen - 1);
    });
    return new Faults(met.map(({ fault }) => fault));
  }
}

/** The faults of one request. */
export class Faults {
  constructor(readonly all: readonly Fault[]) {}

  of(...kinds: FaultKind[]): Fault | undefined {
    return this.all.find(({ kind }) => kinds.includes(kind));
  }
}

function metOf({ skip = 0, count = Number.POSITIVE_INFINITY }: Fault, seen: number): number {
  return Math.min(Math.max(0, seen - skip), count);
}

function matches({ fault, path }: Entry, request: Seen): boolean {
  const { match } = fault;
  const service = match?.service ?? home[fault.kind];
  return (
    (match?.method === undefined || match.method === request.method) &&
    (service === undefined || service === request.service) &&
    (path === undefined || path.test(request.path))
  );
}

function globOf(glob: string): RegExp {
  const escaped = glob.replaceAll(/[.+?^${}()|[\]\\]/gu, String.raw`\$&`);
  const pattern = escaped.replaceAll(/\*+/gu, (stars) => (stars.length > 1 ? '.*' : '[^/]*'));
  return new RegExp(`^${pattern}$`, 'u');
}
