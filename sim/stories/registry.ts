import { accounts, requests, roles } from './access.ts';
import { cron, expiring } from './batch.ts';
import { bootstrap, ranges, visitors } from './cluster.ts';
import { claims, devices } from './devices.ts';
import { mirrors, owners } from './owners.ts';
import { budgets, quotas, volumes } from './policy.ts';
import { autoscaled, controllers, daemons, evictions, stateful } from './sets.ts';
import { doomed, shop } from './shop.ts';
import { attachments, classes } from './storage.ts';
import type { Story } from './story.ts';

/** What a run's story is made of, by name: each seed takes some. */
export const stories: readonly Story[] = [
  accounts,
  attachments,
  autoscaled,
  bootstrap,
  budgets,
  claims,
  classes,
  controllers,
  cron,
  daemons,
  devices,
  doomed,
  evictions,
  expiring,
  mirrors,
  owners,
  quotas,
  ranges,
  requests,
  roles,
  shop,
  stateful,
  visitors,
  volumes,
];
