import { apiBench } from './api.ts';
import { churnBench } from './churn.ts';
import { cronJobsBench } from './cronjobs.ts';
import { deploymentBench } from './deployment.ts';
import { embeddedBench } from './embedded.ts';
import type { Bench } from './figures.ts';
import { hollowBench } from './hollow.ts';
import { schedulerBench } from './scheduler.ts';
import { stallsBench } from './stalls.ts';
import { startBench } from './start.ts';
import { storeBench } from './store.ts';

/** Every bench, sorted by name. */
export const benches: readonly Bench[] = [
  apiBench,
  churnBench,
  cronJobsBench,
  deploymentBench,
  embeddedBench,
  hollowBench,
  schedulerBench,
  stallsBench,
  startBench,
  storeBench,
];
