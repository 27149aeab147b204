interface Waiting {
  readonly needMiB: number;
  readonly go: () => void;
}

/**
 * Admits runs in the order of asking, while a place is free and the memory that each states fits beside
 * those inside. One that asks for more than there is gets everything, alone.
 */
export class MemoryAdmission {
  readonly #waiting: Waiting[] = [];
  #places: number;
  #freeMiB: number;

  constructor(
    places: number,
    private readonly totalMiB: number,
  ) {
    this.#places = places;
    this.#freeMiB = totalMiB;
  }

  /** Resolves when the run is admitted; its place and memory are then taken until {@link leave}. */
  enter(needMiB: number): Promise<void> {
    return new Promise((go) => {
      this.#waiting.push({ needMiB: this.#bounded(needMiB), go });
      this.#admit();
    });
  }

  leave(needMiB: number): void {
    this.#places += 1;
    this.#freeMiB += this.#bounded(needMiB);
    this.#admit();
  }

  #bounded(needMiB: number): number {
    return Math.min(needMiB, this.totalMiB);
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (this.#places === 0 || next.needMiB > this.#freeMiB) return;
      this.#waiting.shift();
      this.#places -= 1;
      this.#freeMiB -= next.needMiB;
      next.go();
    }
  }
}
