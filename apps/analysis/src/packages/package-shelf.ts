import { Inject, Injectable } from '@nestjs/common';
import type { ModelPackage } from '@prelector/models';
import { listPackages } from '@prelector/models';
import { CONFIGURATION } from '@prelector/pipeline';
import type { Configuration } from '@prelector/platform';

const freshMs = 5_000;

/** The model packages in the models folder, read anew at most every few seconds. */
@Injectable()
export class PackageShelf {
  #packages: Promise<ReadonlyMap<string, ModelPackage>> | undefined;
  #readAt = 0;

  constructor(@Inject(CONFIGURATION) private readonly configuration: Configuration) {}

  /** The package of that id, or undefined when none is installed (or it does not load: see `listPackages`). */
  async find(id: string): Promise<ModelPackage | undefined> {
    if (!this.#packages || Date.now() - this.#readAt > freshMs) {
      this.#readAt = Date.now();
      this.#packages = this.#read();
    }
    return (await this.#packages).get(id);
  }

  async #read(): Promise<ReadonlyMap<string, ModelPackage>> {
    const listed = await listPackages(this.configuration.models.folder);
    return new Map(
      listed.flatMap((each) =>
        'package' in each && each.package ? [[each.package.manifest.id, each.package] as const] : [],
      ),
    );
  }
}
