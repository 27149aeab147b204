import { PrelectorError } from '@prelector/kernel';

/** A model package as the ledger knows it by a run. */
interface NamedModel {
  readonly packageId: string;
  readonly packageVersion: string;
}

/**
 * Does work on a run; what fails says which model it is of, so that a dead letter does. Errors of a node or of the
 * installation have nothing to do with the model, and those that are none of ours are left to who knows them.
 */
export async function ofModel<T>(model: NamedModel, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw named(model, thrown);
  }
}

function named({ packageId, packageVersion }: NamedModel, thrown: unknown): unknown {
  if (!(thrown instanceof PrelectorError)) return thrown;
  const { code, recovery, scope, message } = thrown;
  const name = `${packageId} ${packageVersion}: `;
  if (scope === 'node' || scope === 'installation' || code.startsWith('ledger.')) return thrown;
  if (message.startsWith(name)) return thrown;
  return new PrelectorError(code, recovery, name + message, { cause: thrown.cause, scope });
}
