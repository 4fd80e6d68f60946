import { accounts, requests, roles } from './access.ts';
import { cron, expiring } from './batch.ts';
import { mirrors, owners } from './owners.ts';
import { budgets, quotas, volumes } from './policy.ts';
import { autoscaled, controllers, daemons, evictions, stateful } from './sets.ts';
import { doomed, shop } from './shop.ts';
import type { Story } from './story.ts';

/** What a run's story is made of, by name: each seed takes some. */
export const stories: readonly Story[] = [
  accounts,
  autoscaled,
  budgets,
  controllers,
  cron,
  daemons,
  doomed,
  evictions,
  expiring,
  mirrors,
  owners,
  quotas,
  requests,
  roles,
  shop,
  stateful,
  volumes,
];
