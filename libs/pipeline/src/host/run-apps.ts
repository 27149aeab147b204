import type { Server } from 'node:http';
import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PrelectorError } from '@prelector/kernel';
import { guardPeers, hostGuard, nestLog } from '@prelector/platform';
import type { Shutdown } from '@prelector/platform';
import type { Resources } from './pipeline.module.js';
import { PipelineModule } from './pipeline.module.js';

/** The modules of one process. */
export type AppModule = Type | DynamicModule;

class ProcessModule {}

function processModule(resources: Resources, modules: readonly AppModule[]): DynamicModule {
  return { module: ProcessModule, imports: [PipelineModule.forRoot(resources), ...modules] };
}

/** Runs apps without an HTTP server, and stops them before the queues and the database. */
export async function runApps(
  resources: Resources,
  modules: readonly AppModule[],
  shutdown: Shutdown,
): Promise<INestApplicationContext> {
  const app = await NestFactory.createApplicationContext(processModule(resources, modules), {
    logger: nestLog(resources.log),
    abortOnError: false,
  });
  shutdown.add('apps', () => app.close(), 'intake');
  return app;
}

/**
 * The same with an HTTP server, for a process that holds the console. It takes connections from this machine
 * and `http.allowedPeers` only, and requests by the names it has.
 */
export async function runAppsWithHttp(
  resources: Resources,
  modules: readonly AppModule[],
  shutdown: Shutdown,
): Promise<{ url: string }> {
  const app = await NestFactory.create(processModule(resources, modules), {
    logger: nestLog(resources.log),
    abortOnError: false,
  });
  shutdown.add('apps', () => app.close(), 'intake');
  const { http } = resources.configuration;
  const guard = { ...http, log: resources.log };
  guardPeers(app.getHttpServer() as Server, guard);
  app.use(hostGuard(guard));
  await app.listen(http.port, http.host).catch((cause: unknown) => {
    throw new PrelectorError(
      'http.not-listening',
      'permanent',
      `The HTTP server cannot listen on ${http.host}:${http.port}: another program may hold the port; set http.port.`,
      { cause },
    );
  });
  return { url: await app.getUrl() };
}
