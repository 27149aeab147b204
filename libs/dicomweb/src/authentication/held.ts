/** A credential that is held until a server refuses it; however many ask, it is obtained once. */
export class Held<T> {
  readonly #obtain: () => T | Promise<T>;
  #current: Promise<T> | undefined;
  #renewal: Promise<T> | undefined;

  /** @param obtain asked at once, and again for each renewal; what is the same as before is no renewal */
  constructor(obtain: () => T | Promise<T>) {
    this.#obtain = obtain;
    // Whoever asks for it is told of a failure; until then nobody waits.
    this.current().catch(() => undefined);
  }

  current(): Promise<T> {
    this.#current ??= this.#obtained().catch((thrown: unknown) => {
      this.#current = undefined;
      throw thrown;
    });
    return this.#current;
  }

  /** Whether there is another one than the one that was refused; a request that was slow finds it renewed already. */
  async renewed(refused: T): Promise<boolean> {
    if ((await this.current()) !== refused) return true;
    this.#renewal ??= this.#obtained().finally(() => (this.#renewal = undefined));
    const now = await this.#renewal;
    this.#current = Promise.resolve(now);
    return now !== refused;
  }

  async #obtained(): Promise<T> {
    return this.#obtain();
  }
}
