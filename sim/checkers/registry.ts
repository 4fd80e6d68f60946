import { addresses } from './addresses.ts';
import { caches } from './caches.ts';
import { capacity } from './capacity.ts';
import type { Checker } from './checker.ts';
import { disruptions } from './disruptions.ts';
import { endpoints } from './endpoints.ts';
import { jobs } from './jobs.ts';
import { namespaces } from './namespaces.ts';
import { nodes } from './nodes.ts';
import { orphans } from './orphans.ts';
import { placement } from './placement.ts';
import { quiet } from './quiet.ts';
import { revisions } from './revisions.ts';
import { rollouts } from './rollouts.ts';
import { serviceAddresses } from './service-addresses.ts';
import { stories } from './stories.ts';
import { watchFeed } from './watch-feed.ts';

/** Everything that is looked at in every run, by name. */
export const checkers: readonly Checker[] = [
  addresses,
  caches,
  capacity,
  disruptions,
  endpoints,
  jobs,
  namespaces,
  nodes,
  orphans,
  placement,
  quiet,
  revisions,
  rollouts,
  serviceAddresses,
  stories,
  watchFeed,
];
