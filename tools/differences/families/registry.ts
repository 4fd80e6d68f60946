import type { Family } from '../case.ts';
import { accessFamily } from './access.ts';
import { coreFamily } from './core.ts';
import { customFamily } from './custom.ts';
import { deletesFamily } from './deletes.ts';
import { groupsFamily } from './groups.ts';
import { othersFamily } from './others.ts';
import { patchesFamily } from './patches.ts';
import { podsFamily } from './pods.ts';
import { protocolFamily } from './protocol.ts';
import { readsFamily } from './reads.ts';
import { servicesFamily } from './services.ts';
import { watchesFamily } from './watches.ts';
import { workloadsFamily } from './workloads.ts';
import { writesFamily } from './writes.ts';

/** Every family of cases, in the order of the page. */
export const families: readonly Family[] = [
  readsFamily,
  writesFamily,
  patchesFamily,
  deletesFamily,
  watchesFamily,
  accessFamily,
  protocolFamily,
  podsFamily,
  coreFamily,
  workloadsFamily,
  servicesFamily,
  othersFamily,
  groupsFamily,
  customFamily,
];
