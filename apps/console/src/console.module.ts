import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';

/** The web console; so far health, readiness, a JSON status and metrics. */
@Module({ controllers: [HealthController, MetricsController] })
export class ConsoleModule {}
