import type { DynamicModule, FactoryProvider, ModuleMetadata } from '@nestjs/common';
import { Inject, Module } from '@nestjs/common';
import { getDataSourceToken, getEntityManagerToken } from '@nestjs/typeorm';
import type { LedgerOptions } from './ledger.js';
import { Ledger } from './ledger.js';
import type { Aggregate } from './unit-of-work.js';
import { aggregates } from './unit-of-work.js';

/** A ledger that the process has opened already (it closes it, too), or how to open one. */
export type LedgerSource = { readonly ledger: Ledger } | (LedgerOptions & { readonly migrate?: boolean });

export interface LedgerModuleAsyncOptions {
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  readonly inject?: NonNullable<FactoryProvider['inject']>;
  readonly useFactory: (...dependencies: never[]) => LedgerSource | Promise<LedgerSource>;
}

const SOURCE = Symbol('LedgerSource');

async function openLedger(source: LedgerSource): Promise<Ledger> {
  if ('ledger' in source) return source.ledger;
  const ledger = await Ledger.open(source);
  try {
    await (source.migrate === false ? ledger.checkMigrated() : ledger.migrate());
  } catch (thrown) {
    await ledger.close();
    throw thrown;
  }
  return ledger;
}

/** Each aggregate over the connection pool, under its class. */
const readers = Object.entries(aggregates).map(([name, provide]): FactoryProvider => ({
  provide,
  inject: [Ledger],
  useFactory: ({ pool }: Ledger) => pool[name as Aggregate],
}));

/**
 * Makes {@link Ledger} injectable everywhere: `LedgerModule.forRoot({ ledger })`, or
 * `LedgerModule.forRoot({ url, keys, log })`, which also closes it at shutdown; with it, for what reads outside a
 * transaction, each aggregate under its class. Its data source stands under the tokens of `@nestjs/typeorm`, so that
 * `TypeOrmModule.forFeature` and `@InjectDataSource` work. That package's own root module is not used: it destroys at
 * shutdown whatever its `dataSourceFactory` gives, and so would close a ledger that several apps share.
 */
@Module({})
export class LedgerModule {
  constructor(
    @Inject(Ledger) private readonly ledger: Ledger,
    @Inject(SOURCE) private readonly source: LedgerSource,
  ) {}

  static forRoot(source: LedgerSource): DynamicModule {
    return LedgerModule.forRootAsync({ useFactory: () => source });
  }

  static forRootAsync(options: LedgerModuleAsyncOptions): DynamicModule {
    return {
      module: LedgerModule,
      global: true,
      imports: options.imports ?? [],
      providers: [
        { provide: SOURCE, inject: options.inject ?? [], useFactory: options.useFactory },
        { provide: Ledger, inject: [SOURCE], useFactory: openLedger },
        {
          provide: getDataSourceToken(),
          inject: [Ledger],
          useFactory: (ledger: Ledger) => ledger.dataSource,
        },
        {
          provide: getEntityManagerToken(),
          inject: [Ledger],
          useFactory: (ledger: Ledger) => ledger.dataSource.manager,
        },
        ...readers,
      ],
      exports: [
        Ledger,
        getDataSourceToken(),
        getEntityManagerToken(),
        ...readers.map(({ provide }) => provide),
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    if (!('ledger' in this.source)) await this.ledger.close();
  }
}
