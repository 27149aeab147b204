import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';

/** The web console; so far health, readiness and a JSON status. */
@Module({ controllers: [HealthController] })
export class ConsoleModule {}
