import type { BeforeApplicationShutdown } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Log } from '@prelector/kernel';
import { asPrelectorError } from '@prelector/kernel';
import { Ledger } from '@prelector/ledger';
import { ARTIFACTS, LOG } from '@prelector/pipeline';
import type { ArtifactStore } from '@prelector/platform';
import { mediaType } from './prepare-evidence.js';

const hourMs = 3_600_000;
/** So long evidence may come of bytes that are kept: no encoding takes a hundredth of it. */
const orphanedAfterSeconds = 24 * 3600;

/**
 * Removes encoded objects that no evidence came of: a process died behind them, or another result was first. They hold
 * identity, and no purge of a study would find them.
 */
@Injectable()
export class OrphanSweep implements BeforeApplicationShutdown {
  #sweeping: Promise<void> | undefined;
  #stopped = false;

  constructor(
    private readonly ledger: Ledger,
    @Inject(ARTIFACTS) private readonly artifacts: ArtifactStore,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @Interval(hourMs)
  tick(): void {
    if (this.#sweeping || this.#stopped) return;
    this.#sweeping = this.#quietly().finally(() => {
      this.#sweeping = undefined;
    });
  }

  async #quietly(): Promise<void> {
    try {
      const removed = await this.sweep(orphanedAfterSeconds);
      if (removed > 0) this.log.info('removed encoded objects that no evidence came of', { removed });
    } catch (thrown) {
      this.log.warn('sweep failed', { code: asPrelectorError(thrown).code });
    }
  }

  /** Rows and bytes go together or not at all; how many went. */
  sweep(olderThanSeconds: number): Promise<number> {
    return this.ledger.transaction(async (tx) => {
      const digests = await tx.retention.removeOrphanArtifacts(mediaType, olderThanSeconds);
      for (const digest of digests) await this.artifacts.remove(digest);
      return digests.length;
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    await this.#sweeping;
  }
}
